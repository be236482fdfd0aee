from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tokencli.domain.money import usd
from tokencli.render.page_scale import log_scale

counts = st.lists(st.integers(0, 10**12), min_size=1)


@given(counts)
def test_every_value_lies_inside_the_axis(values: list[int]) -> None:
    scale = log_scale(values)
    low, high = scale.bounds
    assert all(low < scale.at(value) < high for value in values)


@given(counts)
def test_larger_values_never_stand_further_left(values: list[int]) -> None:
    scale = log_scale(values)
    places = [scale.at(value) for value in sorted(values)]
    assert all(one <= other for one, other in pairwise(places))


@given(counts, st.integers(2, 9))
def test_ticks_are_few_and_inside_the_axis(values: list[int], most: int) -> None:
    scale = log_scale(values)
    places, texts = scale.ticks(str, most)
    assert len(places) == len(texts) <= most + 2
    assert all(scale.bounds[0] <= place <= scale.bounds[1] for place in places)


def test_zero_has_a_place_of_its_own_only_when_it_occurs() -> None:
    assert log_scale([10, 1000]).zero is None
    with_zero = log_scale([0, 10, 1000])
    assert with_zero.ticks(str, 5) == ([0.4, 1.0, 2.0, 3.0], ["0", "1", "2", "3"])
    assert with_zero.at(0) == 0.4


def test_money_and_nothing_at_all_have_an_axis() -> None:
    assert (log_scale([usd("0.0001"), usd("0.02")]).low, log_scale([usd("0.02")]).high) == (-4, -1)
    assert (log_scale([]).low, log_scale([]).high) == (0, 1)
