"""Estimates beside reported counts, in the ledger."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tokencli.domain.period import Period, period_of
from tokencli.domain.report import EventFilter
from tokencli.store.estimates import (
    Pair,
    SavedCalibration,
    error_counts,
    newest_pairs,
    save_calibrations,
    saved_calibrations,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tokencli.store.database import Database

START = datetime(2026, 11, 20, 6, tzinfo=UTC)
TAUGHT = SavedCalibration("openai", "gpt-4o", "input", 1300.0, 1000.0, 3)
EVERYTHING = EventFilter()


def day(name: str = "2026-11-20") -> Period:
    return period_of(name, now=START + timedelta(days=5), zone="UTC")


@pytest.fixture
def guessed(db: Database, add: Callable[..., None], call: Any) -> Callable[..., None]:
    """Return a function that adds a call: (tokens, estimated input, estimated output, what else is told of it)."""

    def guessed(tokens: tuple[int, ...] | None, into: int | None, out: int | None, **told: str) -> None:
        add(call(at=START, tokens=tokens, **told))
        db.connection.execute("INSERT INTO estimate SELECT max(id), ?, ? FROM event", (into, out))

    return guessed


def test_newest_pairs_come_oldest_first_and_only_with_reported_counts(
    db: Database, guessed: Callable[..., None]
) -> None:
    guessed((100, 0, 0, 10, 0), 90, 9)
    guessed((200, 0, 0, 20, 0), 190, 19, basis="estimated")
    guessed((300, 0, 0, 30, 5), 290, 29)
    guessed((400, 0, 0, 40, 0), 390, None, provider="anthropic", model="claude")
    assert newest_pairs(db.connection, limit=2) == [
        Pair("openai", "gpt-4o", 290, 29, 300, None),
        Pair("anthropic", "claude", 390, None, 400, 40),
    ]
    assert len(newest_pairs(db.connection, limit=10)) == 3


def test_pairs_after_the_calibrations_leave_out_what_those_knew(db: Database, guessed: Callable[..., None]) -> None:
    guessed((100, 0, 0, 10, 0), 90, 9)
    save_calibrations(db.connection, [TAUGHT])
    guessed((200, 0, 0, 20, 0), 190, 19)
    after, kept = saved_calibrations(db.connection)
    assert kept == [TAUGHT]
    assert newest_pairs(db.connection, after=after, limit=10) == [Pair("openai", "gpt-4o", 190, 19, 200, 20)]


def test_saving_again_takes_the_place_of_what_was_kept(db: Database) -> None:
    save_calibrations(db.connection, [TAUGHT])
    save_calibrations(db.connection, [])
    assert saved_calibrations(db.connection) == (0, [])


@pytest.mark.parametrize(
    "value",
    [
        "",
        "[]",
        "3",
        '{"after": "x"}',
        '{"calibrations": [[1]]}',
        '{"calibrations": 7}',
        '{"calibrations": [["a", "b", "input", NaN, 1, 1]]}',
        '{"calibrations": [["a", "b", "input", "x", 1, 1]]}',
    ],
)
def test_unreadable_calibrations_are_as_none(db: Database, value: str) -> None:
    db.connection.execute("INSERT INTO meta VALUES ('estimator', ?)", (value,))
    assert saved_calibrations(db.connection) == (0, [])


def test_errors_are_counted_by_side_and_tenths_of_a_percent(db: Database, guessed: Callable[..., None]) -> None:
    guessed((100, 0, 0, 10, 0), 110, 10)
    guessed((1000, 0, 0, 10, 0), 900, None)
    guessed((100, 0, 0, 10, 4), 100, 30)
    guessed((0, 0, 0, 0, 0), 5, 5)
    guessed(None, 5, 5, basis="missing")
    found = sorted(error_counts(db.connection, day(), EVERYTHING), key=lambda one: (one.side, one.step))
    assert [(one.side, one.step, one.calls) for one in found] == [("input", 0, 1), ("input", 100, 2), ("output", 0, 1)]
    assert (found[1].estimated_tokens, found[1].reported_tokens) == (1010, 1100)
    assert found[1].signed_error == pytest.approx(0)
    assert found[1].absolute_error == pytest.approx(0.2)


def test_errors_follow_the_period_and_the_filter(db: Database, guessed: Callable[..., None]) -> None:
    guessed((100, 0, 0, 10, 0), 90, None)
    guessed((100, 0, 0, 10, 0), 90, None, model="gpt-5")
    only = EventFilter(names={"model": ("gpt-5",)})
    assert [one.model for one in error_counts(db.connection, day(), only)] == ["gpt-5"]
    assert list(error_counts(db.connection, day("2026-11-21"), EVERYTHING)) == []


def test_newest_pairs_are_found_without_a_look_at_all_calls(db: Database, guessed: Callable[..., None]) -> None:
    guessed((100, 0, 0, 10, 0), 90, 9)
    db.connection.execute(
        "INSERT INTO event SELECT e.id + value, e.occurred_at, e.facet_id, 100, 0, 0, 10, 0, 0, 0"
        " FROM event AS e, json_each(?)",
        (json.dumps(list(range(1, 100_001))),),
    )
    db.connection.execute("INSERT INTO estimate SELECT id, 95, 9 FROM event WHERE true ON CONFLICT DO NOTHING")
    thousands: list[None] = []  # of steps of SQLite's own machine; looking at every call takes more than 2,000 of them
    db.connection.set_progress_handler(lambda: thousands.append(None), 1000)
    assert len(newest_pairs(db.connection, limit=2000)) == 2000
    db.connection.set_progress_handler(None, 0)
    assert len(thousands) < 200


def test_sums_beyond_63_bits_do_no_harm(db: Database, guessed: Callable[..., None]) -> None:
    guessed((2**53, 0, 0, 10, 0), 2**53, None)
    db.connection.execute(
        "INSERT INTO event SELECT e.id + value, e.occurred_at, e.facet_id, e.input_tokens, 0, 0, 10, 0, 0, 0"
        " FROM event AS e, json_each(?)",
        (json.dumps(list(range(1, 2001))),),
    )
    db.connection.execute("INSERT INTO estimate SELECT id, 1, NULL FROM event WHERE true ON CONFLICT DO NOTHING")
    assert sum(one.reported_tokens for one in error_counts(db.connection, day(), EVERYTHING)) == 2001 * 2**53
