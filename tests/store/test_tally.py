"""A tally adds whole numbers by kind of call."""

from __future__ import annotations

from decimal import Decimal

from tokencli.domain.report import Totals
from tokencli.store.slices import Sums
from tokencli.store.tally import Kind, Tally

PRICED = Kind("priced", "reported", is_error=False)
UNPRICED = Kind("unpriced", "missing", is_error=True)


def sums(requests: int, *, list_pico: int = 0, reported: tuple[int, int] = (0, 0)) -> Sums:
    return Sums(0, 0, requests, reported[0], 5, 4, 3, 2, 1, list_pico, reported[1])


def test_nothing_added_is_zero_not_unknown() -> None:
    assert Tally().totals() == Totals()


def test_kinds_decide_the_counts() -> None:
    tally = Tally()
    tally.add(PRICED, sums(2, list_pico=10**12))
    tally.add(PRICED, sums(1, list_pico=1))
    tally.add(UNPRICED, sums(4, reported=(4, 0)))
    totals = tally.totals()
    assert (totals.requests, totals.priced_requests, totals.unpriced_requests) == (7, 3, 4)
    assert (totals.errors, totals.missing_requests) == (4, 4)
    assert totals.list_cost == Decimal("1.000000000001")
    assert totals.reported_cost == 0
    assert totals.total_tokens == 3 * 5 + 3 * 2


def test_cost_is_unknown_when_no_call_has_a_price() -> None:
    tally = Tally()
    tally.add(UNPRICED, sums(4))
    assert tally.totals().list_cost is None
    assert tally.totals().reported_cost is None


def test_a_free_call_without_counts_leaves_no_sum_too_low() -> None:
    tally = Tally()
    tally.add(Kind("free", "missing", is_error=True), sums(2))
    tally.add(UNPRICED, sums(3))
    assert (tally.totals().missing_requests, tally.totals().free_requests) == (3, 2)
