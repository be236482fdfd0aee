"""A charge adds up, and what has no price is not $0."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokencli.domain.charge import Charge, ChargeLine, CostStatus, unpriced
from tokencli.domain.errors import ImpossibleValueError
from tokencli.domain.money import ZERO, exact_product, exact_sum, from_pico, usd


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
