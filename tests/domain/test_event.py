"""An event that cannot be true is refused where it is made."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from tokencli.domain.errors import ImpossibleValueError
from tokencli.domain.event import EventId, UnitPrices, UsageEvent
from tokencli.domain.money import usd
from tokencli.domain.usage import Basis, TokenUsage

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def event(**changes: Any) -> UsageEvent:
    """Return a plain event with these fields changed."""
    facts: dict[str, Any] = {
        "event_id": EventId("0123456789ab.17"),
        "occurred_at": NOON,
        "source": "cost-line",
        "basis": Basis.REPORTED,
        "usage": TokenUsage(input_tokens=200, output_tokens=75),
    }
    return UsageEvent(**(facts | changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"event_id": ""},
        {"occurred_at": NOON.replace(tzinfo=None)},
        {"occurred_at": NOON.astimezone(timezone(timedelta(hours=1)))},
        {"usage": None},
        {"basis": Basis.MISSING},
        {"reported_cost": Decimal("-0.01")},
        {"reported_cost": Decimal("NaN")},
        {"reported_cost": 0.01},
        {"reported_cost": 1},
        {"duration_s": -0.1},
        {"duration_s": float("nan")},
        {"duration_s": float("inf")},
        {"duration_s": True},
        {"time_to_first_token_s": -1},
    ],
    ids=lambda changes: ",".join(f"{name}={value}" for name, value in changes.items()),
)
def test_what_cannot_be_true_is_refused_by_name(changes: dict[str, Any]) -> None:
    with pytest.raises(ImpossibleValueError, match="|".join([*changes, "basis"])):
        event(**changes)


def test_a_call_without_counts_says_that_they_are_missing() -> None:
    assert event(usage=None, basis=Basis.MISSING).usage is None


def test_the_model_is_the_one_that_answered_else_the_one_asked_for() -> None:
    assert event(request_model="gpt-4o", response_model="gpt-4o-2024-08-06").model == "gpt-4o-2024-08-06"
    assert event(request_model="gpt-4o").model == "gpt-4o"
    assert event().model is None


def test_events_do_not_share_their_tags() -> None:
    assert event().tags == {}
    assert event().tags is not event().tags


@pytest.mark.parametrize("price", [Decimal(-1), Decimal("NaN"), 0.5, True])
def test_a_printed_unit_price_is_money(price: Any) -> None:
    with pytest.raises(ImpossibleValueError, match="input_usd"):
        UnitPrices(input_usd=price, output_usd=usd(0))
    with pytest.raises(ImpossibleValueError, match="output_usd"):
        UnitPrices(input_usd=usd(0), output_usd=price)
