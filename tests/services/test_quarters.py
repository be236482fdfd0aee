"""Kept histograms equal those of the whole ledger, and only what changed is read again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tokencli.domain.event import EventId, UsageEvent
from tokencli.domain.usage import Basis, TokenUsage
from tokencli.services.quarters import Quarters, stretches
from tokencli.services.record import Door
from tokencli.store.histograms import Bins
from tokencli.store.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cost_logs import Shop

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DOLLAR = 10**12


@pytest.fixture
def called(shop: Shop) -> Callable[..., UsageEvent]:
    """Return a function that records a call of gpt-4o: (number, minutes after noon, input tokens, seconds)."""

    def called(number: int, minutes: int, tokens: int, seconds: float | None = None) -> UsageEvent:
        event = UsageEvent(
            event_id=EventId(f"abcdef012345.{number}"),
            occurred_at=NOON + timedelta(minutes=minutes),
            source="proxy",
            basis=Basis.REPORTED,
            provider_name="openai",
            request_model="gpt-4o",
            usage=TokenUsage(input_tokens=tokens),
            duration_s=seconds,
        )
        with shop.database.transaction() as connection:
            door = Door(Ledger(connection), shop.book)
            if not door.record(event):
                door.improve(event)
        return event

    return called


def test_only_quarters_whose_calls_changed_are_read_again(shop: Shop, called: Callable[..., UsageEvent]) -> None:
    quarters = Quarters([DOLLAR], [1_000_000])
    for number in range(1, 9):
        called(number, number * 15, 1000, 0.5)
    assert quarters.renew(shop.database.connection) == 8
    assert quarters.renew(shop.database.connection) == 0
    called(9, 15, 10**6, 2.0)
    assert quarters.renew(shop.database.connection) == 1
    assert quarters.costs.counts == (8, 1)
    assert quarters.durations == {"openai": Bins((8, 1), 8 * 500_000 + 2_000_000)}
    assert quarters.first_tokens == {}


def test_a_call_that_is_known_better_takes_the_place_of_the_old(shop: Shop, called: Callable[..., UsageEvent]) -> None:
    quarters = Quarters([DOLLAR], [1_000_000])
    called(1, 0, 10**6)
    quarters.renew(shop.database.connection)
    assert quarters.costs.counts == (0, 1)
    called(1, 0, 1000)
    quarters.renew(shop.database.connection)
    assert quarters.costs.counts == (1, 0)
    fresh = Quarters([DOLLAR], [1_000_000])
    fresh.renew(shop.database.connection)
    assert fresh.costs == quarters.costs


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [([], []), ([4], [(4, 5)]), ([1, 2, 3, 7, 9, 10], [(1, 4), (7, 8), (9, 11)])],
)
def test_stretches_have_no_gaps(numbers: list[int], expected: list[tuple[int, int]]) -> None:
    assert list(stretches(numbers)) == expected
