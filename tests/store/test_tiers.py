"""Calls in a tier are found by what their usage says."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tokencli.domain.money import usd
from tokencli.domain.period import period_of
from tokencli.store.tiers import TierCall, calls_in_tier

if TYPE_CHECKING:
    from collections.abc import Callable

    from tokencli.store.database import Database

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = period_of("2026-11-20", now=NOON, zone="UTC")


def test_only_calls_of_that_tier_and_that_day_are_found(db: Database, add: Callable[..., None], call: Any) -> None:
    add(*(call(at=NOON, listed=10**12) for _ in range(3)), call(at=NOON.replace(day=21), listed=5))
    numbers = [row[0] for row in db.connection.execute("SELECT id FROM event ORDER BY id")]
    usages = ('{"service_tier": "priority"}', '{"service_tier": "batch", "x": "priority"}', None)
    with db.transaction():
        for number, usage in zip(numbers, (*usages, '{"service_tier": "priority"}'), strict=True):
            db.connection.execute("INSERT INTO event_detail(event_id, usage) VALUES (?, ?)", (number, usage))
    assert list(calls_in_tier(db.connection, DAY, "priority")) == [TierCall(NOON, "gpt-4o", usd("1"))]
