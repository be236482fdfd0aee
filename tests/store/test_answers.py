"""A call is found by its answer's id whether an index has it or a name does; nothing else is taken for it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.store.conftest import tables_read_through
from tokencli.store import answers
from tokencli.store.answers import NAME_START, first_with_answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from tokencli.store.database import Database

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
FIRST = (1 << 40) + 1
DETAIL = "INSERT INTO event_detail (event_id, response_id, found_elsewhere) VALUES (?, ?, ?)"


@pytest.fixture
def calls(db: Database, add: Callable[..., None], call: Callable[..., Any]) -> Database:
    """Return a ledger with five calls: a1 by its name and the index, a2 by the index, a3 by its name, z by none."""
    add(*(call(at=NOON) for _ in range(5)))
    with db.transaction() as connection:
        rows = (("a1", None), ("a1", 1), ("a2", None), ("a3", 1), ("a2", None))
        for seq, row in enumerate(rows):
            connection.execute(DETAIL, (FIRST + seq, *row))
        for name, seq in (("a1", 1), ("a3", 3), ("z", 3), ("a2", 4)):
            connection.execute("INSERT INTO identity VALUES (?, ?)", (NAME_START + name, FIRST + seq))
    return db


def under(db: Database, *ids: str) -> list[tuple[str, int]]:
    values = (*ids, *(NAME_START + each for each in ids))
    return [(name, number - FIRST) for name, number in db.connection.execute(answers.under_ids(len(ids)), values)]


def test_calls_are_found_once_each_and_in_their_order(calls: Database) -> None:
    assert under(calls, "a3", "a2", "a1", "a0", "z") == [("a1", 0), ("a1", 1), ("a2", 2), ("a3", 3), ("a2", 4)]
    for name, numbers in (("a1", [0, 1]), ("a2", [2, 4]), ("a3", [3]), ("z", [])):
        found = calls.connection.execute(answers.UNDER_ID, (name,)).fetchall()
        assert sorted(number - FIRST for (number,) in found) == numbers


def test_the_first_call_of_an_answer_is_found(calls: Database) -> None:
    found = {name: first_with_answer(calls.connection, name) for name in ("a1", "a2", "a3", "z", "")}
    assert found == {"a1": FIRST, "a2": FIRST + 2, "a3": FIRST + 3, "z": None, "": None}
    with calls.transaction() as connection:
        connection.execute("UPDATE event_detail SET event_id = event_id - 9 WHERE event_id = ?", (FIRST + 1,))
        connection.execute("UPDATE identity SET event_id = event_id - 9 WHERE event_id = ?", (FIRST + 1,))
    assert first_with_answer(calls.connection, "a1") == FIRST - 8


@pytest.mark.parametrize(("statement", "count"), [(answers.UNDER_ID, 1), (answers.FIRST, 1), (answers.under_ids(3), 6)])
def test_no_table_is_read_through_for_it(calls: Database, statement: str, count: int) -> None:
    assert tables_read_through(calls.connection, statement, ["a"] * count) == []
