"""Only calls with both costs are compared; each side is exact, and the stretch is that of the calls themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tokencli.domain.event import UnitPrices
from tokencli.domain.money import from_pico
from tokencli.domain.period import Period, period_of
from tokencli.domain.report import EventFilter
from tokencli.store.differences import comparisons
from tokencli.store.queries import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tokencli.store.database import Database

NOW = datetime(2026, 11, 20, 12, 7, 30, 5, tzinfo=UTC)
PICO = Decimal(10) ** -12


def month() -> Period:
    return period_of("2026-11", now=NOW, zone="UTC")


def test_calls_are_compared_by_provider_and_model(db: Database, add: Callable[..., None], call: Any) -> None:
    add(
        call(at=NOW, listed=10, reported=20, price="card a", logged=(1, 2)),
        call(at=NOW + timedelta(minutes=40), listed=1, reported=2, price="card b", logged=(1, 2)),
        call(at=NOW - timedelta(days=2), listed=1, reported=None),
        call(at=NOW - timedelta(days=3), listed=None, status="unpriced", reported=5),
        call(at=NOW + timedelta(days=1), model="o3", listed=4, reported=4),
    )
    first, second = comparisons(db.connection, month(), EVERYTHING)
    assert (first.provider_name, first.model, first.requests) == ("openai", "gpt-4o", 2)
    assert (first.list_cost, first.reported_cost) == (11 * PICO, 22 * PICO)
    assert (first.first_seen, first.last_seen) == (NOW, NOW + timedelta(minutes=40))
    assert first.price_bodies == ("card a", "card b")
    assert first.logged_prices == (UnitPrices(input_usd=from_pico(1), output_usd=from_pico(2)),)
    assert (second.model, second.requests, second.price_bodies, second.logged_prices) == ("o3", 1, (), ())


def test_a_cut_period_compares_only_its_own_calls(db: Database, add: Callable[..., None], call: Any) -> None:
    add(*(call(at=NOW + timedelta(minutes=minute), listed=1, reported=2) for minute in range(60)))
    for start, end in ((0, 60), (3, 5), (3, 55)):
        period = Period(name="cut", start=NOW + timedelta(minutes=start), end=NOW + timedelta(minutes=end), zone="UTC")
        (found,) = comparisons(db.connection, period, EVERYTHING)
        assert (found.requests, found.list_cost) == (end - start, (end - start) * PICO)
        assert (found.first_seen, found.last_seen) == (period.start, period.end - timedelta(minutes=1))


def test_filters_hold_on_both_sides(db: Database, add: Callable[..., None], call: Any) -> None:
    add(call(at=NOW, model="a", reported=1), call(at=NOW, model="b", reported=1))
    found = comparisons(db.connection, month(), EventFilter(names={"model": ("b",)}))
    assert [one.model for one in found] == ["b"]


def test_sums_beyond_63_bits_stay_exact(db: Database, add: Callable[..., None], call: Any) -> None:
    largest = 2**63 - 1
    add(*(call(at=NOW + timedelta(hours=hour), listed=largest, reported=largest) for hour in range(3)))
    (found,) = comparisons(db.connection, month(), EVERYTHING)
    assert found.list_cost == found.reported_cost == Decimal(3 * largest).scaleb(-12)


def test_nothing_to_compare_is_empty(db: Database) -> None:
    assert comparisons(db.connection, month(), EVERYTHING) == ()
