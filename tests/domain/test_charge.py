"""A charge adds up, and what has no price is not $0."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokencli.domain.charge import Charge, ChargeLine, CostStatus, unbilled, unpriced
from tokencli.domain.errors import ImpossibleValueError
from tokencli.domain.event import EventId, Finish, UsageEvent
from tokencli.domain.money import ZERO, exact_product, exact_sum, from_pico, usd
from tokencli.domain.usage import Basis, TokenUsage


def line(quantity: int, price: str) -> ChargeLine:
    """Return a line that multiplies out."""
    unit_price = usd(price)
    return ChargeLine(
        unit="input tokens",
        quantity=quantity,
        unit_price_usd=unit_price,
        amount=exact_product(quantity, unit_price),
    )


@given(st.lists(st.tuples(st.integers(0, 2**53), st.integers(0, 10**9)), max_size=8))
def test_lines_that_multiply_out_make_a_charge_that_adds_up(parts: list[tuple[int, int]]) -> None:
    lines = tuple(line(quantity, str(from_pico(pico))) for quantity, pico in parts)
    total = exact_sum(one.amount for one in lines)
    assert Charge(status=CostStatus.PRICED, list_cost=total, lines=lines).list_cost == total


@pytest.mark.parametrize(
    "changes",
    [
        {"quantity": -1},
        {"quantity": 1.5},
        {"quantity": True},
        {"unit_price_usd": Decimal("-0.000001")},
        {"unit_price_usd": 0.000001},
        {"amount": Decimal("0.0003")},
        {"amount": Decimal("NaN")},
        {"amount": 0.0002},
    ],
    ids=str,
)
def test_a_line_that_does_not_multiply_out_is_refused(changes: dict[str, Any]) -> None:
    facts: dict[str, Any] = {
        "unit": "output tokens",
        "quantity": 200,
        "unit_price_usd": usd("0.000001"),
        "amount": usd("0.0002"),
    }
    assert ChargeLine(**facts).amount == usd("0.0002")
    with pytest.raises(ImpossibleValueError):
        ChargeLine(**(facts | changes))


@pytest.mark.parametrize(
    "facts",
    [
        {"status": CostStatus.PRICED},
        {"status": CostStatus.FREE},
        {"status": CostStatus.SUBSCRIPTION},
        {"status": CostStatus.UNPRICED, "list_cost": ZERO},
        {"status": CostStatus.FREE, "list_cost": usd("0.01")},
        {"status": CostStatus.SUBSCRIPTION, "list_cost": usd("0.01")},
        {"status": CostStatus.PRICED, "list_cost": usd("-0.01")},
        {"status": CostStatus.PRICED, "list_cost": Decimal("NaN")},
        {"status": CostStatus.PRICED, "list_cost": Decimal("Infinity")},
        {"status": CostStatus.PRICED, "list_cost": 0.01},
        {"status": CostStatus.PRICED, "list_cost": usd("0.0003"), "lines": (line(200, "0.000001"),)},
    ],
    ids=str,
)
def test_a_status_and_a_cost_that_contradict_are_refused(facts: dict[str, Any]) -> None:
    with pytest.raises(ImpossibleValueError, match="list_cost"):
        Charge(**facts)


def test_a_priced_call_may_cost_nothing() -> None:
    assert Charge(status=CostStatus.PRICED, list_cost=ZERO).list_cost == 0


def test_an_unpriced_call_has_no_cost_and_says_why() -> None:
    charge = unpriced("no price list knows the model 'nexus-1'")
    assert charge.list_cost is None
    assert charge.status is CostStatus.UNPRICED
    assert charge.reason == "no price list knows the model 'nexus-1'"


CALL = UsageEvent(
    event_id=EventId("run.1"), occurred_at=datetime(2026, 11, 21, tzinfo=UTC), source="proxy", basis=Basis.MISSING
)


def test_a_call_that_failed_without_a_count_costs_nothing() -> None:
    charge = unbilled(replace(CALL, finish=Finish.ERROR))
    assert charge is not None
    assert (charge.status, charge.list_cost, charge.reason) == (
        CostStatus.FREE,
        ZERO,
        "the call failed, and nothing was used",
    )


@pytest.mark.parametrize("error_type", ["timeout", "no_answer"])
def test_a_request_that_left_and_was_never_answered_may_have_been_billed(error_type: str) -> None:
    assert unbilled(replace(CALL, finish=Finish.ERROR, error_type=error_type)) is None


def test_counting_tokens_costs_nothing_whatever_it_counted() -> None:
    counted = replace(CALL, operation_name="count_tokens", usage=TokenUsage(input_tokens=9), basis=Basis.REPORTED)
    assert unbilled(counted) is not None


@pytest.mark.parametrize("finish", [Finish.OK, Finish.TRUNCATED, Finish.CANCELLED, Finish.UNKNOWN])
def test_a_call_that_may_have_been_billed_is_not_free(finish: Finish) -> None:
    assert unbilled(replace(CALL, finish=finish)) is None


def test_a_failed_call_with_a_count_is_billed_for_it() -> None:
    told = replace(CALL, finish=Finish.ERROR, usage=TokenUsage(input_tokens=9), basis=Basis.PARTIAL)
    assert unbilled(told) is None
