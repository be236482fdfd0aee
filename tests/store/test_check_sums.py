"""Sums for the checks: by UTC day and facet, by quarter of an hour, costs compared by day, the newest calls."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tokencli.domain.period import Period
from tokencli.store import check_sums

if TYPE_CHECKING:
    from collections.abc import Callable

    from tokencli.store.database import Database

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAYS = Period(name="custom", start=NOON - timedelta(days=9), end=NOON + timedelta(days=9), zone="UTC")


def test_sums_stand_under_their_day_and_facet(db: Database, add: Callable[..., None], call: Callable[..., Any]) -> None:
    add(call(at=NOON), call(at=NOON), call(at=NOON + timedelta(days=1)), call(at=NOON, model="o3"))
    with db.reading() as connection:
        found = check_sums.day_sums(connection, DAYS, [1, 2])
    assert [(each.day, each.facet_id, each.sums.requests) for each in found] == [
        (20777, 1, 2),
        (20777, 2, 1),
        (20778, 1, 1),
    ]


def test_costs_are_compared_by_day(db: Database, add: Callable[..., None], call: Callable[..., Any]) -> None:
    add(call(at=NOON, listed=10**13, reported=3 * 10**13), call(at=NOON, reported=None))
    with db.reading() as connection:
        (found,) = check_sums.compared_days(connection, DAYS)
    assert (found.requests, found.list_pico, found.reported_pico) == (1, 10**13, 3 * 10**13)


def test_quarters_with_calls_are_counted(db: Database, add: Callable[..., None], call: Callable[..., Any]) -> None:
    add(call(at=NOON), call(at=NOON + timedelta(minutes=14)), call(at=NOON + timedelta(minutes=15)))
    with db.reading() as connection:
        assert [requests for _, requests in check_sums.quarter_requests(connection, DAYS)] == [2, 1]


def test_the_newest_calls_come_first(db: Database, add: Callable[..., None], call: Callable[..., Any]) -> None:
    add(*(call(at=NOON + timedelta(minutes=minute)) for minute in range(9)))
    with db.reading() as connection:
        found = list(check_sums.newest(connection, DAYS, 2))
        assert check_sums.holdings(connection).calls == 9
    assert [each.event_id for each in found] == ["0123456789ab.9", "0123456789ab.8"]
