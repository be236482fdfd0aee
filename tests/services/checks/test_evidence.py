"""Evidence reads the sums by day and by facet, and both agree with the calls."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.cost_logs import cost, twin
from tokencli.config.values import Settings
from tokencli.domain.period import Period
from tokencli.services.checks.evidence import Evidence, Tools, calls_words, day_name, is_lonely_twin, name_of

if TYPE_CHECKING:
    from tests.cost_logs import Shop
    from tokencli.store.database import Connection

NOW = datetime(2025, 10, 11, tzinfo=UTC)
DAY = 86_400


def evidence(shop: Shop, connection: Connection, period: Period) -> Evidence:
    return Evidence(connection, period, Tools(book=lambda: shop.book, settings=Settings(place="")), NOW)


def days(first: datetime, end: datetime) -> Period:
    return Period(name="custom", start=first, end=end, zone="UTC")


def test_sums_are_told_by_utc_day_and_facet(shop: Shop) -> None:
    shop.take(shop.write("a.log", cost(0), cost(1), cost(DAY), cost(DAY + 1, model="beta")))
    with shop.database.reading() as connection:
        found = evidence(shop, connection, days(datetime(2025, 10, 1, tzinfo=UTC), datetime(2025, 11, 1, tzinfo=UTC)))
        assert [(str(day_name(each.day)), each.sums.requests) for each in found.days] == [
            ("2025-10-10", 2),
            ("2025-10-11", 1),
            ("2025-10-11", 1),
        ]
        by_model = found.by(lambda facet: facet.model)
        assert {model: rows[0][1].total_tokens for model, rows in by_model.items()} == {"alpha": 825, "beta": 275}


def test_a_period_that_cuts_a_quarter_of_an_hour_counts_its_own_calls_only(shop: Shop) -> None:
    shop.take(shop.write("a.log", cost(0), cost(60), cost(120)))
    noon = datetime(2025, 10, 10, 12, tzinfo=UTC)
    with shop.database.reading() as connection:
        found = evidence(shop, connection, days(noon.replace(second=30), noon.replace(minute=1, second=30)))
        assert [each.sums.requests for each in found.days] == [1]


def test_a_call_that_only_the_tracker_told_is_a_lonely_twin(shop: Shop) -> None:
    shop.take(shop.write("a.log", twin(0), cost(30)))
    with shop.database.reading() as connection:
        found = evidence(shop, connection, days(datetime(2025, 10, 1, tzinfo=UTC), NOW))
        assert [is_lonely_twin(facet) for facet in found.facets.values()].count(True) == 1
        assert {name_of(facet) for facet in found.facets.values()} == {"alpha"}


def test_numbers_of_calls_are_said_in_words() -> None:
    assert (calls_words(1), calls_words(2000)) == ("1 call", "2,000 calls")
