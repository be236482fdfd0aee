from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from tokencli.domain.usage import Basis
from tokencli.readers.cost_table import CostTableReader, claims
from tokencli.readers.told import BrokenRecordError, Told

if TYPE_CHECKING:
    from pathlib import Path

ROW = ("costs", 1, "2025-10-10T12:00:00", "s", "neo", None, "models/gemini-2.5-flash", 200, 75, 0.1, "chat")


def read(**changes: Any) -> Told | BrokenRecordError:
    names = ("table", "number", "time", "session", "agent", "provider", "model", "into", "out", "cost", "feature")
    row = tuple(changes.get(name, value) for name, value in zip(names, ROW, strict=True))
    (told,) = CostTableReader().read("a.db", [row])
    return told


def test_a_row_is_a_call() -> None:
    told = read()
    assert isinstance(told, Told)
    assert told.usage is not None
    assert (told.usage.input_tokens, told.usage.output_tokens, told.basis) == (200, 75, Basis.REPORTED)
    assert (told.provider_name, told.request_model, told.agent) == ("gemini", "models/gemini-2.5-flash", "neo")
    assert (told.reported_cost_pico, told.conversation_id, told.tags) == (10**11, "s", {"feature": "chat"})


def test_a_row_without_counts_is_not_one_of_zero_tokens() -> None:
    told, zero = read(into=None, out=None), read(into=0, out=0)
    assert isinstance(told, Told)
    assert isinstance(zero, Told)
    assert (told.usage, told.basis) == (None, Basis.MISSING)
    assert zero.basis is Basis.REPORTED


def test_the_key_is_the_rows_own_whatever_its_figures_say() -> None:
    assert read().key == read(cost=9.0, into=5).key  # type: ignore[union-attr]
    assert len({read().key, read(number=2).key, read(table="cost_logs").key, read(time="2025-10-10T12:00:01").key}) == 4  # type: ignore[union-attr]


@pytest.mark.parametrize("changes", [{"time": None}, {"time": "soon"}, {"cost": "x"}, {"into": -1}])
def test_a_row_that_cannot_be_true_is_refused(changes: dict[str, Any]) -> None:
    assert isinstance(read(**changes), BrokenRecordError)


def test_a_row_without_a_time_is_dated_to_its_file_and_stays_the_same_row(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    row = (*ROW[:2], None, *ROW[3:])
    seen: list[Told] = []
    for at in (1_760_000_000, 1_770_000_000):
        path.touch()
        os.utime(path, (at, at))
        (told,) = CostTableReader().read(str(path), [row])
        assert isinstance(told, Told)
        assert told.at == at * 1_000_000
        seen.append(told)
    assert seen[0].key == seen[1].key


def test_a_file_is_claimed_by_its_tables() -> None:
    assert claims("any.db", b"SQLite format 3\x00 CREATE TABLE cost_logs (x)")
    assert not claims("costs.db", b"CREATE TABLE costs (x)")
