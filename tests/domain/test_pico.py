"""Whole-number money says what Decimal says."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokencli.domain.money import from_pico, to_pico
from tokencli.domain.pico import cents, pico_of, rounded
from tokencli.render.terminal import money


@given(pico=st.one_of(st.integers(0, 2**63 - 1), st.integers(0, 3 * 10**10)), is_lower_bound=st.booleans())
def test_cents_are_those_of_every_table(pico: int, *, is_lower_bound: bool) -> None:
    assert cents(pico, is_lower_bound=is_lower_bound) == money(from_pico(pico), is_lower_bound=is_lower_bound, places=2)


@given(st.from_regex(r"(0|[1-9][0-9]{0,5})(\.[0-9]{1,12})?", fullmatch=True))
def test_written_dollars_are_read_exactly(text: str) -> None:
    assert pico_of(text) == to_pico(Decimal(text))


@pytest.mark.parametrize(
    "text", ["", "01", "-1", "+1", "1e3", "1.", ".5", "1_000", "0.0000000000001", "NaN", "٣", " 1"]
)
def test_other_words_are_no_plain_dollars(text: str) -> None:
    assert pico_of(text) is None


@given(st.integers(0, 10**15), st.sampled_from([10**3, 10**6, 7, 2]), st.integers(0, 3))
def test_rounding_is_half_to_even(number: int, unit: int, places: int) -> None:
    assert rounded(number, unit, places) == f"{Decimal(number) / unit:,.{places}f}"
