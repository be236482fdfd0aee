"""`tokencli status` as it is typed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest


def test_one_line_with_the_limits_of_the_environment(
    typed: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert typed("session", "new", "--name", "work", "--model", "mistral/mistral-large-2411").code == 0
    monkeypatch.setenv("COST_DAILY_LIMIT", "7")
    said = typed("status")
    assert (said.code, said.err) == (0, "")
    assert said.out == "today $0.00 of $7.00, week $0.00 of $12.00, month $0.00 of $20.00, work 0% of 128K\n"
    assert typed("status", "--format", "{session}").out == "work\n"
    assert json.loads(typed("status", "--json").out)["session"]["name"] == "work"


def test_what_is_wrong_is_one_sentence(typed: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    assert typed("status").code == 4
    assert typed("session", "new", "--name", "work").code == 0
    assert typed("status", "--format", "{nope}").code == 2
    monkeypatch.setenv("COST_DAILY_LIMIT", "lots")
    said = typed("status")
    assert (said.code, said.out) == (3, "")
    assert "COST_DAILY_LIMIT is 'lots'" in said.err
