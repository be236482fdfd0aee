"""How far off the estimates were, and how an estimator goes on where another ended."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING

import pytest

from tokencli.domain.event import EventId, UsageEvent
from tokencli.domain.report import EventFilter
from tokencli.domain.usage import Basis, Estimate, TokenUsage
from tokencli.services.estimate_report import estimate_report
from tokencli.services.record import record
from tokencli.services.report import Question
from tokencli.store.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cost_logs import Shop

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
EVERYTHING = Question(zone="UTC")


@pytest.fixture
def called(shop: Shop) -> Callable[..., None]:
    """Return a function that records a call: (estimated input, reported input, the model)."""
    numbers = count(1)

    def called(estimated: int | None, real: int, model: str = "gpt-4o", basis: Basis = Basis.REPORTED) -> None:
        event = UsageEvent(
            event_id=EventId(f"abcdef012345.{next(numbers)}"),
            occurred_at=NOW,
            source="proxy",
            basis=basis,
            provider_name="openai",
            request_model=model,
            usage=TokenUsage(input_tokens=real),
            estimate=Estimate(input_tokens=estimated),
        )
        with shop.database.transaction() as connection:
            record(Ledger(connection), shop.book, event)

    return called


def test_errors_are_told_by_model_the_most_calls_first(shop: Shop, called: Callable[..., None]) -> None:
    called(110, 100)
    called(1900, 2000)
    called(50, 100, "gpt-5")
    first, second = estimate_report(shop.database, EVERYTHING, now=NOW).rows
    assert (first.provider_name, first.model, first.side, first.calls) == ("openai", "gpt-4o", "input", 2)
    assert first.mean_error == pytest.approx(0.025)
    assert first.mean_absolute_error == pytest.approx(0.075)
    assert first.bias == pytest.approx(-90 / 2100)
    assert (second.model, second.mean_error, second.p90_absolute_error) == ("gpt-5", -0.5, 0.501)


def test_nine_calls_of_ten_stay_below_the_p90(shop: Shop, called: Callable[..., None]) -> None:
    for error in range(1, 101):
        called(10_000 + 10 * error, 10_000)
    (row,) = estimate_report(shop.database, EVERYTHING, now=NOW).rows
    assert row.p90_absolute_error == pytest.approx(0.09, abs=0.0011)


def test_exact_estimates_have_no_error(shop: Shop, called: Callable[..., None]) -> None:
    called(100, 100)
    (row,) = estimate_report(shop.database, EVERYTHING, now=NOW).rows
    assert (row.mean_error, row.mean_absolute_error, row.p90_absolute_error, row.bias) == (0, 0, 0, 0)


def test_calls_without_both_figures_do_not_count(shop: Shop, called: Callable[..., None]) -> None:
    called(None, 100)
    called(100, 100, basis=Basis.ESTIMATED)
    called(100, 0)
    assert estimate_report(shop.database, EVERYTHING, now=NOW).rows == ()


def test_filters_choose_the_calls(shop: Shop, called: Callable[..., None]) -> None:
    called(110, 100)
    called(110, 100, "gpt-5")
    only = Question(zone="UTC", where=EventFilter(names={"model": ("gpt-5",)}))
    assert [row.model for row in estimate_report(shop.database, only, now=NOW).rows] == ["gpt-5"]
