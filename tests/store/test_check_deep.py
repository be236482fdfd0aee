"""Every call comes once, with what was made of it and of what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tokencli.domain.period import Period
from tokencli.store import check_deep

if TYPE_CHECKING:
    from collections.abc import Callable

    from tokencli.store.database import Database

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAYS = Period(name="custom", start=NOON - timedelta(hours=1), end=NOON + timedelta(hours=1), zone="UTC")


def test_the_calls_of_a_period_come_with_their_raw_usage_and_prices(
    db: Database, add: Callable[..., None], call: Callable[..., Any]
) -> None:
    add(call(at=NOON, price='{"model":"m"}'), call(at=NOON - timedelta(days=1)), call(at=NOON))
    with db.transaction() as connection:
        connection.execute("INSERT INTO event_detail(event_id, raw_usage) SELECT min(id), '{}' FROM event")
    with db.reading() as connection:
        found = list(check_deep.rows(connection, DAYS))
        assert check_deep.price_bodies(connection) == {1: '{"model":"m"}'}
    assert [(row.input_tokens, row.list_cost_pico, row.raw_usage) for row in found] == [
        (100, 1000, "{}"),
        (100, 1000, None),
    ]
