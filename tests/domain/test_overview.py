"""What a page shows besides sums is what calls can have."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tokencli.domain.errors import ImpossibleValueError
from tokencli.domain.money import usd
from tokencli.domain.overview import CostBin, HeatCell, PriceDifference, SizeCell

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def difference(**changes: Any) -> PriceDifference:
    """Return a difference of $0.02 logged against $0.01, with these fields changed."""
    facts: dict[str, Any] = {
        "provider_name": "openai",
        "model": "gpt-4o",
        "requests": 2,
        "list_cost": usd("0.01"),
        "reported_cost": usd("0.02"),
        "first_seen": NOON,
        "last_seen": NOON,
    }
    return PriceDifference(**(facts | changes))


def test_a_difference_is_a_factor_unless_the_list_says_nothing() -> None:
    assert difference().factor == 2
    assert difference(list_cost=usd(0)).factor is None


@pytest.mark.parametrize(
    "changes",
    [
        {"requests": -1},
        {"list_cost": 0.01},
        {"reported_cost": Decimal("NaN")},
        {"logged_input_price": Decimal(-1)},
        {"first_seen": NOON.replace(tzinfo=None)},
        {"last_seen": NOON - timedelta(seconds=1)},
    ],
    ids=str,
)
def test_a_difference_that_cannot_be_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ImpossibleValueError):
        difference(**changes)


@pytest.mark.parametrize(("low", "high"), [("0.1", "0.1"), ("0.2", "0.1"), ("-0.1", "0.1")])
def test_a_bin_has_a_width(low: str, high: str) -> None:
    with pytest.raises(ImpossibleValueError):
        CostBin(low=usd(low), high=usd(high), requests=1)


@pytest.mark.parametrize(("weekday", "hour"), [(7, 0), (-1, 0), (0, 24), (0, -1), (True, 0)])
def test_a_heat_cell_is_an_hour_of_the_week(weekday: int, hour: int) -> None:
    with pytest.raises(ImpossibleValueError):
        HeatCell(weekday=weekday, hour=hour, requests=1, list_cost=usd(0))


def test_cells_count_what_can_be_counted() -> None:
    with pytest.raises(ImpossibleValueError, match="input_tokens"):
        SizeCell(model=None, input_tokens=-1, output_tokens=0, requests=1)
