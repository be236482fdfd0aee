from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tokencli.domain.errors import ImpossibleValueError
from tokencli.domain.money import usd
from tokencli.domain.period import period_of
from tokencli.domain.repricing import PriceChange, RepriceReason, Repricing, known_sum

PERIOD = period_of("2026-11", now=datetime(2026, 11, 21, tzinfo=UTC), zone="UTC", week_start=0)


def change(provider: str, before: str | None, after: str | None, requests: int = 1) -> PriceChange:
    return PriceChange(
        provider_name=provider,
        model="m",
        reason=RepriceReason.CORRECTION,
        requests=requests,
        priced_before=requests if before else 0,
        priced_after=requests if after else 0,
        list_cost_before=usd(before) if before else None,
        list_cost_after=usd(after) if after else None,
    )


def test_a_sum_of_nothing_known_is_not_known() -> None:
    assert known_sum([None, None]) is None
    assert known_sum([None, usd("1"), usd("2")]) == 3


def test_sums_are_those_of_the_rows_by_provider_and_in_all() -> None:
    changes = (change("a", None, "2"), change("b", "5", "1", 3), change("a", "1", "1"))
    found = Repricing(period=PERIOD, requests=9, changes=changes, is_applied=False)
    assert (found.changed_requests, found.list_cost_before, found.list_cost_after) == (5, usd("6"), usd("4"))
    assert [(one.provider_name, one.requests, one.list_cost_after) for one in found.by_provider()] == [
        ("a", 2, usd("3")),
        ("b", 3, usd("1")),
    ]


def test_impossible_sums_are_refused() -> None:
    with pytest.raises(ImpossibleValueError):
        change("a", "-1", None)


def test_every_reason_has_words() -> None:
    assert all(reason.words for reason in RepriceReason)
