from __future__ import annotations

from typing import TYPE_CHECKING

from tests.tiny_agent import TinyRows
from tokencli.readers.agents import AGENTS
from tokencli.services import foreign

if TYPE_CHECKING:
    import pytest


def test_rows_of_a_database_become_what_it_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(foreign.ROWS, "tiny-rows", lambda path: [(path, 5), ("b", "much")])
    (telling,) = foreign.tellings("tiny-rows", TinyRows(), "a")
    assert ([call.key for call in telling.calls], telling.lines, telling.broken) == (["tiny:a"], 2, 1)


def test_every_format_that_reads_rows_has_somebody_who_fetches_them() -> None:
    assert {agent.name for agent in AGENTS if agent.rows is not None} == set(foreign.ROWS)
