"""Samples belong to the innermost stage that a stack is in."""

from __future__ import annotations

import pytest

from bench.proxy_stages import REST, shares, stage_of

OUTER = "run (asyncio/runners.py:190);run_asgi (uvicorn/protocols/http/httptools_impl.py:420)"


@pytest.mark.parametrize(
    ("inner", "stage"),
    [
        ("", "speaking to the client (uvicorn)"),
        (";_live (tokencli/proxy/exchange.py:1)", "the exchange"),
        (
            ";_live (tokencli/proxy/exchange.py:1);read (tokencli/wire/openai_chat.py:9);loads (json/x.py:1)",
            "measuring",
        ),
        (";send (tokencli/proxy/upstream.py:1);ask (tokencli/proxy/line.py:2)", "asking the provider"),
    ],
)
def test_what_a_library_does_for_a_stage_belongs_to_it(inner: str, stage: str) -> None:
    assert stage_of(OUTER + inner).startswith(stage)


def test_shares_add_up_to_all_samples() -> None:
    found = shares([f"{OUTER} 30", "poll (uvloop:1) 10", f"{OUTER};plan (tokencli/proxy/plan.py:3) 60"])
    assert (found["planning"], found[REST]) == (0.6, 0.1)
    assert sum(found.values()) == pytest.approx(1)
    assert shares(["_bootstrap (threading.py:1);write (tokencli/store/x.py:1) 500"]) == {}
