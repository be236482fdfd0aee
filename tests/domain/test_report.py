"""Reports hold sums that calls can have, over dimensions that exist."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal
from typing import Any

import pytest

from tokencli.domain.errors import ImpossibleValueError, UsageError
from tokencli.domain.money import usd
from tokencli.domain.report import NAME_DIMENSIONS, TIME_DIMENSIONS, NoticeCount, Totals, dimensions_of, together

COUNTS = [field.name for field in fields(Totals) if not field.name.endswith("_cost")]


@pytest.mark.parametrize("name", [*TIME_DIMENSIONS, *NAME_DIMENSIONS, "tag:team"])
def test_every_documented_dimension_is_known(name: str) -> None:
    assert dimensions_of(name) == (name,)


def test_dimensions_may_be_spaced_and_keep_their_order() -> None:
    assert dimensions_of("day, model ,tag:a b") == ("day", "model", "tag:a b")


@pytest.mark.parametrize("text", ["", "weekday", "day,", "tag:", "Day", "day,day"])
def test_an_unknown_or_doubled_dimension_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="dimension"):
        dimensions_of(text)


@pytest.mark.parametrize("name", COUNTS)
@pytest.mark.parametrize("value", [-1, True, 1.0, None])
def test_a_sum_of_counts_is_whole_and_not_negative(name: str, value: Any) -> None:
    with pytest.raises(ImpossibleValueError, match=name):
        Totals(**{name: value})


@pytest.mark.parametrize("name", ["list_cost", "reported_cost"])
@pytest.mark.parametrize("value", [0.1, Decimal("NaN"), Decimal(-1), True])
def test_a_sum_of_money_is_money(name: str, value: Any) -> None:
    with pytest.raises(ImpossibleValueError, match=name):
        Totals(**{name: value})


def test_no_calls_cost_nothing_and_no_source_said_so() -> None:
    assert (Totals().list_cost, Totals().reported_cost, Totals().is_lower_bound) == (Decimal(0), None, False)


def test_totals_do_not_add_parts_again() -> None:
    totals = Totals(input_tokens=100, cache_read_tokens=90, output_tokens=50, reasoning_tokens=40)
    assert totals.total_tokens == 150


def test_a_sum_with_unpriced_calls_is_a_lower_bound() -> None:
    assert Totals(requests=2, priced_requests=1, unpriced_requests=1).is_lower_bound


def test_notices_count_what_can_be_counted() -> None:
    with pytest.raises(ImpossibleValueError, match="count"):
        NoticeCount(code="timeout", provider_name=None, model=None, count=-1)


@pytest.mark.parametrize(
    ("requests", "missing", "has_counts"), [(0, 0, True), (2, 0, True), (2, 1, True), (2, 2, False)]
)
def test_tokens_are_unknown_only_when_no_call_at_all_has_counts(
    requests: int, missing: int, *, has_counts: bool
) -> None:
    totals = Totals(requests=requests, missing_requests=missing)
    assert totals.has_counts is has_counts
    assert totals.sum_of("total_tokens") == (0 if has_counts else None)
    assert totals.sum_of("requests") == requests


def test_sums_together_know_what_one_of_them_knows() -> None:
    priced = Totals(requests=2, input_tokens=5, list_cost=usd("0.1"), priced_requests=2)
    unpriced = Totals(requests=1, input_tokens=7, list_cost=None, unpriced_requests=1)
    both = together([priced, unpriced, Totals()])
    assert (both.requests, both.input_tokens, both.list_cost, both.reported_cost) == (3, 12, usd("0.1"), None)
    assert both.is_lower_bound
    assert together([unpriced, unpriced, Totals()]).list_cost is None
    assert together([]) == Totals()
