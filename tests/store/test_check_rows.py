"""Impossible calls and impossible times are counted, each with one call as an example."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tokencli.domain.period import Period
from tokencli.store import check_rows
from tokencli.store.slices import to_us

if TYPE_CHECKING:
    from collections.abc import Callable

    from tokencli.store.database import Database

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAYS = Period(name="custom", start=NOON - timedelta(days=9), end=NOON + timedelta(days=9), zone="UTC")


def test_calls_at_or_after_a_time_and_before_it(
    db: Database, add: Callable[..., None], call: Callable[..., Any]
) -> None:
    add(call(at=NOON), call(at=NOON + timedelta(hours=1)), call(at=NOON + timedelta(hours=2)))
    with db.reading() as connection:
        limit = to_us(NOON + timedelta(hours=1))
        assert check_rows.calls_from(connection, limit) == (2, to_us(NOON + timedelta(hours=2)))
        assert check_rows.calls_before(connection, limit) == 1


def test_parts_above_wholes_and_counts_below_zero(
    db: Database, add: Callable[..., None], call: Callable[..., Any]
) -> None:
    add(call(at=NOON), call(at=NOON, tokens=(5, 9, 0, 3, 0)), call(at=NOON, tokens=(5, 0, 0, -3, 0)))
    with db.reading() as connection:
        odd = check_rows.odd_counts(connection, DAYS)
    assert (odd.calls, odd.below_zero, odd.example) == (2, 1, "0123456789ab.2")


def test_marked_counts_are_known_by_their_mark(
    db: Database, add: Callable[..., None], call: Callable[..., Any]
) -> None:
    add(call(at=NOON))
    with db.transaction() as connection:
        connection.execute("INSERT INTO event_detail(event_id, usage) SELECT id, '{\"inconsistent\": true}' FROM event")
    with db.reading() as connection:
        assert check_rows.marked_inconsistent(connection, DAYS).calls == 1


def test_calls_that_say_nothing_are_counted_by_facet(
    db: Database, add: Callable[..., None], call: Callable[..., Any]
) -> None:
    add(call(at=NOON), call(at=NOON, tokens=(0, 0, 0, 0, 0)), call(at=NOON, tokens=(0, 0, 0, 0, 0), model="o3"))
    with db.reading() as connection:
        assert check_rows.zero_calls(connection, DAYS) == {1: 1, 2: 1}
