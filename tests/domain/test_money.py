"""Money is exact, the same in every order, and never a binary fraction."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokencli.domain.errors import ImpossibleValueError
from tokencli.domain.money import (
    MAX_PICO,
    ZERO,
    check_cost,
    exact_product,
    exact_sum,
    from_pico,
    plain,
    to_pico,
    usd,
)

if TYPE_CHECKING:
    from random import Random

picos = st.integers(-MAX_PICO, MAX_PICO)
amounts = picos.map(from_pico)


@given(picos)
def test_picodollars_survive_the_way_to_dollars_and_back(pico: int) -> None:
    assert to_pico(from_pico(pico)) == pico


@given(picos)
def test_dollars_survive_the_way_to_text_and_back(pico: int) -> None:
    text = plain(from_pico(pico))
    assert to_pico(usd(text)) == pico
    assert not set(text) & set("eE+")
    assert not text.endswith(".")


@given(st.lists(amounts, max_size=60), st.randoms(use_true_random=False))
def test_a_sum_is_exact_and_the_same_in_every_order(costs: list[Decimal], order: Random) -> None:
    shuffled = costs.copy()
    order.shuffle(shuffled)
    assert exact_sum(costs) == exact_sum(shuffled)
    assert exact_sum(costs) == from_pico(sum(to_pico(cost) for cost in costs))


def test_a_sum_keeps_digits_that_plain_decimals_would_round_away() -> None:
    large, small = Decimal("9000000.000000000001"), Decimal("0.00000000000000000000001")
    assert large + small == large
    assert exact_sum([large, small, -large]) == small


@given(st.integers(0, 2**53), st.integers(0, 10**12))
def test_a_product_is_exact(quantity: int, pico: int) -> None:
    assert exact_product(quantity, from_pico(pico)) == from_pico(quantity * pico)


@pytest.mark.parametrize("value", ["0.0105", "1e-12", "-3", 7, Decimal("2.50"), "0"])
def test_strings_integers_and_decimals_are_money(value: str | int | Decimal) -> None:
    assert usd(value) == Decimal(value)


@pytest.mark.parametrize("value", [0.1, 1.0, True, False, float("nan"), "NaN", "sNaN", "Infinity", "-inf", "", "3 $"])
def test_binary_fractions_and_what_is_no_number_are_refused(value: str) -> None:
    with pytest.raises(ImpossibleValueError):
        usd(value)


def test_half_a_picodollar_goes_to_the_even_neighbour() -> None:
    assert [to_pico(Decimal(f"0.000000000000{half}")) for half in ("5", "50001", "4")] == [0, 1, 0]
    assert to_pico(Decimal("0.0000000000015")) == to_pico(Decimal("0.0000000000025")) == 2


@pytest.mark.parametrize(
    "amount", [Decimal(10_000_000), Decimal("-1e7"), Decimal("9223372.036854775808"), Decimal("1e999999999")]
)
def test_what_63_bits_cannot_hold_is_refused(amount: Decimal) -> None:
    with pytest.raises(ImpossibleValueError, match=r"9\.2 million"):
        to_pico(amount)


def test_the_largest_amount_that_fits_is_kept() -> None:
    assert to_pico(Decimal("9223372.036854775807")) == MAX_PICO


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity"])
def test_an_amount_that_is_no_number_is_not_stored(text: str) -> None:
    with pytest.raises(ImpossibleValueError, match="finite"):
        to_pico(Decimal(text))


@pytest.mark.parametrize("amount", [0.5, 1, True, "1", None, Decimal("NaN"), Decimal("Infinity"), Decimal("-0.01")])
def test_a_cost_is_a_finite_decimal_that_is_not_negative(amount: object) -> None:
    with pytest.raises(ImpossibleValueError, match="list_cost"):
        check_cost("list_cost", amount)


def test_nothing_is_a_cost() -> None:
    check_cost("list_cost", ZERO)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0.010500", "0.0105"),
        ("3.000", "3"),
        ("100", "100"),
        ("1E+3", "1000"),
        ("1E-12", "0.000000000001"),
        ("-0.00", "0"),
        ("-0.50", "-0.5"),
    ],
)
def test_plain_text_has_no_exponent_and_no_idle_zeros(amount: str, text: str) -> None:
    assert plain(Decimal(amount)) == text
