from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.cost_logs import check_sums
from tokencli.store.database import open_ledger
from tokencli.store.dictionary import Facet
from tokencli.store.ledger import (
    BUCKET_US,
    ORIGIN_SHIFT,
    AbsurdSumError,
    CallRow,
    DetailRow,
    EstimateRow,
    EventRow,
    Ledger,
    Recharge,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tokencli.store.database import Database

ROW = EventRow(
    id=(1 << ORIGIN_SHIFT) + 5,
    occurred_at=BUCKET_US * 7 + 3,
    facet_id=1,
    input_tokens=10,
    cache_read_tokens=4,
    cache_write_tokens=2,
    output_tokens=3,
    reasoning_tokens=1,
    list_cost_pico=100,
    reported_cost_pico=90,
)


@pytest.fixture
def ledger(db: Database) -> Ledger:
    """Return a ledger with two facets and an origin, in a transaction that is never over."""
    db.connection.execute("BEGIN IMMEDIATE")
    made = Ledger(db.connection)
    assert made.dictionary.origin("0123456789ab", "log", None) == 1
    assert [made.dictionary.facet(Facet(source="x", agent=agent)) for agent in ("a", "b")] == [1, 2]
    return made


def rows(ledger: Ledger, table: str) -> list[tuple[object, ...]]:
    return ledger.connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()


def test_call_goes_in_with_its_sums(ledger: Ledger) -> None:
    assert ledger.insert(ROW)
    assert ledger.read(ROW.id) == ROW
    assert rows(ledger, "rollup") == [(7, 1, 1, 10, 4, 2, 3, 1, 100, 1, 90, 1, 100, 90)]


def test_call_that_is_known_changes_nothing(ledger: Ledger) -> None:
    ledger.insert(ROW)
    before = rows(ledger, "rollup")
    assert not ledger.insert(ROW._replace(input_tokens=77), DetailRow(response_id="r"))
    assert ledger.read(ROW.id) == ROW
    assert rows(ledger, "rollup") == before
    assert rows(ledger, "event_detail") == []


def test_new_calls_go_in_together_with_the_sums_that_they_have_one_by_one(ledger: Ledger) -> None:
    plain = ROW._replace(reported_cost_pico=None)
    blank = ROW._replace(input_tokens=None, cache_read_tokens=None, output_tokens=None, list_cost_pico=None)
    odd = [ROW, plain, blank, ROW._replace(facet_id=2), ROW._replace(occurred_at=0), plain._replace(facet_id=2)]
    calls = [
        CallRow(
            row._replace(id=ROW.id + number),
            DetailRow(response_id=f"r{number}") if number % 2 else None,
            EstimateRow(number, None) if number % 3 else None,
        )
        for number, row in enumerate(odd)
    ]
    for call in calls:
        ledger.insert(*call)
    tables = ("event", "event_detail", "estimate", "rollup")
    expected = [rows(ledger, table) for table in tables]
    for table in tables:
        ledger.connection.execute(f"DELETE FROM {table}")
    ledger.insert_new(calls)
    assert [rows(ledger, table) for table in tables] == expected
    with pytest.raises(sqlite3.IntegrityError):
        ledger.insert_new([CallRow(ROW)])


def test_details_are_kept_beside_the_call(ledger: Ledger) -> None:
    detail = DetailRow("u", "raw", "response", "record", "conversation", 5, 6)
    ledger.insert(ROW, detail)
    assert rows(ledger, "event_detail") == [(ROW.id, *detail, None)]


def test_improved_call_moves_its_sums_and_leaves_no_empty_ones(ledger: Ledger) -> None:
    ledger.insert(ROW)
    better = ROW._replace(facet_id=2, occurred_at=0, list_cost_pico=None, input_tokens=None)
    ledger.replace(better)
    assert ledger.read(ROW.id) == better
    assert rows(ledger, "rollup") == [(0, 2, 1, 0, 4, 2, 3, 1, 0, 1, 90, 0, 0, 0)]


def test_only_another_facet_brings_a_call_back_into_the_indexes(ledger: Ledger) -> None:
    ledger.insert(ROW)
    ledger.connection.execute("INSERT INTO event_detail(event_id, found_elsewhere) VALUES (?, 1)", (ROW.id,))
    marks = "SELECT found_elsewhere FROM event_detail"
    ledger.replace(ROW._replace(output_tokens=77))
    assert ledger.connection.execute(marks).fetchall() == [(1,)]
    ledger.replace(ROW._replace(facet_id=2))
    assert ledger.connection.execute(marks).fetchall() == [(None,)]


def test_witnesses_notices_and_record_ids_are_kept_once(ledger: Ledger) -> None:
    ledger.insert(ROW)
    sighting, notice = (ROW.id, 1, 9, "x", 3, None), (ROW.id + 1, None, "timeout", None, None)
    for _ in range(2):
        ledger.add_sightings([sighting])
        ledger.add_notices([notice])
    ledger.add_record_ids([(ROW.id, "abc")])
    assert rows(ledger, "sighting") == [sighting]
    assert rows(ledger, "notice") == [notice]
    assert rows(ledger, "event_detail") == [(ROW.id, None, None, None, "abc", None, None, None, None)]


@pytest.mark.parametrize("count", [0, 1, 199, 200, 201, 400, 1003])
def test_many_calls_at_once_are_the_same_as_one_by_one(db: Database, tmp_path: Path, count: int) -> None:
    flat: list[int | None] = []
    for number in range(count):
        listed, reported = (None, 5)[number % 2], (None, 7, 8)[number % 3]
        flat += (ROW.id + number, number * 100_000_000, number % 3 + 1, number, 2, listed, reported)
    kept = []
    with open_ledger(tmp_path / "other.db", write=True, create=True) as other:
        for database, insert in ((db, "insert_plain"), (other, "insert_one_by_one")):
            with database.transaction() as connection:
                getattr(Ledger(connection), insert)(flat)
                check = connection.execute("SELECT * FROM rollup ORDER BY 1, 2").fetchall()
                kept.append((connection.execute("SELECT * FROM event").fetchall(), check))
    assert kept[0] == kept[1]
    assert len(kept[0][0]) == count


def test_sums_beyond_63_bits_are_refused_in_words(ledger: Ledger) -> None:
    most = 2**63 - 1
    ledger.insert(ROW._replace(list_cost_pico=most, reported_cost_pico=0))
    with pytest.raises(AbsurdSumError, match=r"9\.2 million dollars"):
        ledger.insert(ROW._replace(id=ROW.id + 1, list_cost_pico=1))
    flat = [ROW.id + 2, 0, 1, 1, 1, most, None, ROW.id + 3, 0, 1, 1, 1, 1, None]
    with pytest.raises(AbsurdSumError):
        ledger.insert_plain(flat)


AMOUNT = st.none() | st.integers(0, 10**15)
COUNT = st.none() | st.integers(0, 10**9)
PICKED = 3  # a rule that changes known calls takes every third of them, from the first, second or third on
PICK = st.integers(0, PICKED - 1)
ROWS = st.builds(
    EventRow,
    id=st.integers(1, 12),
    occurred_at=st.integers(0, BUCKET_US * 3),
    facet_id=st.integers(1, 3),
    input_tokens=COUNT,
    cache_read_tokens=COUNT,
    cache_write_tokens=COUNT,
    output_tokens=COUNT,
    reasoning_tokens=COUNT,
    list_cost_pico=AMOUNT,
    reported_cost_pico=AMOUNT,
)


class Changes(RuleBasedStateMachine):
    """Any changes to a ledger; every run begins with an empty one."""

    connection: sqlite3.Connection

    def __init__(self) -> None:
        super().__init__()
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK")
        self.connection.execute("BEGIN IMMEDIATE")
        self.ledger = Ledger(self.connection)
        self.plain_id = 100
        self.repricing_id = 0

    def known(self) -> list[int]:
        return [number for (number,) in self.connection.execute("SELECT id FROM event ORDER BY id")]

    @rule(row=ROWS)
    def insert(self, row: EventRow) -> None:
        self.ledger.insert(row)

    @rule(row=ROWS, pick=PICK)
    def replace(self, row: EventRow, pick: int) -> None:
        for number in self.known()[pick::PICKED]:
            self.ledger.replace(row._replace(id=number))

    @rule(pick=PICK)
    def remove(self, pick: int) -> None:
        for number in self.known()[pick::PICKED]:
            self.ledger.remove(self.ledger.read(number))

    @rule(facet_id=st.integers(1, 3), cost=AMOUNT, pick=PICK)
    def recharge(self, facet_id: int, cost: int | None, pick: int) -> None:
        self.repricing_id += 1
        rows = map(self.ledger.read, self.known()[pick::PICKED])
        changes = [Recharge(row.id, facet_id, cost, row.facet_id, row.list_cost_pico) for row in rows]
        self.ledger.recharge(self.repricing_id, changes)

    @rule(rows=st.lists(ROWS, max_size=5))
    def insert_plain(self, rows: list[EventRow]) -> None:
        flat: list[int | None] = []
        for row in rows:
            self.plain_id += 1
            flat += (self.plain_id, row.occurred_at, row.facet_id, 1, 2, row.list_cost_pico, row.reported_cost_pico)
        self.ledger.insert_plain(flat)

    @rule(rows=st.lists(ROWS, max_size=5))
    def insert_new(self, rows: list[EventRow]) -> None:
        first = self.plain_id + 1
        self.plain_id += len(rows)
        self.ledger.insert_new([CallRow(row._replace(id=first + place)) for place, row in enumerate(rows)])

    @invariant()
    def sums_are_those_of_the_calls(self) -> None:
        kept = self.connection.execute("SELECT * FROM rollup").fetchall()
        assert all(type(value) is int for row in kept for value in row)
        check_sums(self.connection, with_names=False)


def test_sums_are_those_of_the_calls_after_any_sequence_of_changes(tmp_path: Path) -> None:
    how = settings(max_examples=40, stateful_step_count=20, deadline=None)
    with open_ledger(tmp_path / "any.db", write=True, create=True) as db:

        class ChangesHere(Changes):
            connection = db.connection

        run_state_machine_as_test(ChangesHere, settings=how)
