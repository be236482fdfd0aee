"""`tokencli providers` as it is typed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest


def test_every_provider_says_where_its_key_is_read(typed: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MISTRAL_API_KEY", "sk-canary")
    monkeypatch.delenv("GROQ_API_KEY", raising=False)
    said = typed("providers")
    assert (said.code, said.err) == (0, "")
    assert "  https://api.mistral.ai/v1\n  from MISTRAL_API_KEY\n" in said.out
    assert "  GROQ_API_KEY is not set\n" in said.out
    told = typed("providers", "--json")
    providers = {each["name"]: each for each in json.loads(told.out)["providers"]}
    assert len(providers) == 11
    assert (providers["mistral"]["has_key"], providers["mistral"]["key_source"]) == (True, "MISTRAL_API_KEY")
    assert (providers["groq"]["has_key"], providers["openai"]["is_wellknown"]) == (False, True)
    assert "sk-canary" not in said.out + told.out
