"""Beside ccusage: its sums are compared day by day, and what it is not there for is left out."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from bench import agents
from bench.agents import AGENT_SECTIONS, WAIT_AIM_MS, _sums
from bench.measure import Command
from bench.workshop import Sizes, Workshop

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

TINY = Sizes(
    mixed_lines=10,
    dense_lines=10,
    long_line_bytes=10,
    many_events=10,
    rounds=1,
    short_rounds=1,
    agent_bytes=500_000,
)


def saying(told: object) -> Command:
    return Command(args=(sys.executable, "-c", f"print({json.dumps(json.dumps(told))})"), env={})


def test_where_ccusage_cannot_be_the_rest_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agents, "_ccusage", lambda *_: None)
    cold, again = AGENT_SECTIONS["agents"](Workshop(sizes=TINY, home=tmp_path, data=tmp_path / "data"))
    assert "MB of Claude Code's JSONL in " in cold.what
    assert (cold.unit, cold.aim) == ("x", None)
    assert (again.unit, again.aim) == ("ms", WAIT_AIM_MS)


def test_sums_differ_by_what_each_kind_of_token_differs_and_days_are_told_beside_it() -> None:
    row = {"requests": 1, "input_tokens": 100, "cache_read_tokens": 60, "cache_write_tokens": 30, "output_tokens": 5}
    ours = {"rows": [{"key": {"day": "2026-09-01"}, **row}, {"key": {"day": "2026-09-02"}, **row, "requests": 0}]}
    theirs = {"inputTokens": 10, "cacheReadTokens": 60, "cacheCreationTokens": 29, "outputTokens": 7}
    found = _sums(saying(ours), saying({"daily": [{"period": "2026-09-01", **theirs}]}))
    assert (found.value, found.unit, found.verdict) == (3, "tokens", "ABOVE")
    moved = {"inputTokens": 10, "cacheReadTokens": 60, "cacheCreationTokens": 30, "outputTokens": 5}
    same = _sums(saying(ours), saying({"daily": [{"period": "2026-09-02", **moved}]}))
    assert (same.value, same.measured) == (0, "105 tokens, 105 of them on another day")
