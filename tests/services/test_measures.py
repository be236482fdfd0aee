"""What monitoring is told equals the report, never goes down, and has a bounded number of names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

import pytest

from tokencli.domain.event import EventId, Finish, UsageEvent
from tokencli.domain.money import usd
from tokencli.domain.usage import Basis, TokenUsage
from tokencli.services import measures
from tokencli.services.budgets import Calendar
from tokencli.services.measures import Labels, Measures
from tokencli.services.record import Door
from tokencli.services.report import Question, report
from tokencli.store.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cost_logs import Shop
    from tokencli.services.measures import Snapshot

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CALENDAR = Calendar(NOW, "UTC")
GPT = Labels("openai", "gpt-4o", "")
LIMITS = {"day": usd("3")}


@pytest.fixture
def called(shop: Shop) -> Callable[..., None]:
    """Return a function that records a call, or puts a better known one in its place: (tokens, model, number, ...)."""
    numbers = count(1)

    def called(tokens: int | None, model: str = "gpt-4o", number: int = 0, **told: object) -> None:
        event = UsageEvent(
            event_id=EventId(f"abcdef012345.{number or next(numbers)}"),
            occurred_at=NOW,
            source="proxy",
            basis=Basis.MISSING if tokens is None else Basis.REPORTED,
            provider_name="openai",
            request_model=model,
            usage=None if tokens is None else TokenUsage(input_tokens=tokens, output_tokens=tokens // 10),
            **told,  # type: ignore[arg-type]
        )
        with shop.database.transaction() as connection:
            door = Door(Ledger(connection), shop.book)
            if not door.record(event):
                door.improve(event)

    return called


def reading(shop: Shop, kept: Measures | None = None) -> Snapshot:
    return (kept or Measures()).read(shop.database, LIMITS, CALENDAR)


def test_sums_are_those_of_the_report(shop: Shop, called: Callable[..., None]) -> None:
    called(1000)
    called(5000, agent="planner")
    called(70, "a-model-nobody-sells")
    called(None, finish=Finish.ERROR, error_type="overloaded")
    found = reading(shop)
    rows = report(shop.database, Question(zone="UTC", group_by=("provider", "model", "agent")), now=NOW).rows
    for name in ("requests", "errors", "input_tokens", "output_tokens", "unpriced_requests", "missing_requests"):
        told = {tuple(part or "" for part in row.key.values()): getattr(row.totals, name) for row in rows}
        assert found.counters[name] == told, name
    assert Labels("openai", "a-model-nobody-sells", "") not in found.counters["list_cost_pico"]
    costs = [row.totals.list_cost for row in rows if row.totals.list_cost is not None]
    assert sum(found.counters["list_cost_pico"].values()) == sum(costs) * 10**12 == found.costs.total
    assert sum(found.costs.counts) == sum(row.totals.requests - row.totals.unpriced_requests for row in rows)
    assert found.thresholds[0].spent == sum(costs) == found.spent["month"].list_cost


def test_a_counter_never_goes_down_and_is_the_same_after_a_restart(shop: Shop, called: Callable[..., None]) -> None:
    called(1000, number=1)
    kept = Measures()
    assert reading(shop, kept).counters["input_tokens"][GPT] == 1000
    called(400, number=1)
    assert reading(shop, kept).counters["input_tokens"][GPT] == 1000
    assert kept.is_save_due
    with shop.database.transaction() as connection:
        kept.save(connection)
    assert not kept.is_save_due
    assert reading(shop).counters["input_tokens"][GPT] == 1000
    called(900, number=2)
    assert reading(shop).counters["input_tokens"][GPT] == 1300


def test_names_beyond_the_first_so_many_are_one(
    shop: Shop, called: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measures, "MOST_MODELS", 2)
    monkeypatch.setattr(measures, "MOST_AGENTS", 1)
    for model, agent in (("gpt-4o", None), ("m1", None), ("m2", "x"), ("m3", "y")):
        called(10, model, agent=agent)
    assert reading(shop).counters["requests"] == {
        GPT: 1,
        Labels("openai", "m1", ""): 1,
        Labels("other", "other", "other"): 2,
    }


def test_an_empty_ledger_has_nothing_to_tell(shop: Shop) -> None:
    found = reading(shop)
    assert not any(found.counters.values())
    assert found.costs.total == sum(found.costs.counts) == 0


def test_saving_is_due_at_first_and_every_five_minutes(shop: Shop, called: Callable[..., None]) -> None:
    kept = Measures()
    assert not kept.is_save_due
    called(10)
    reading(shop, kept)
    assert kept.is_save_due
    with shop.database.transaction() as connection:
        kept.save(connection)
    for minutes, is_due in ((4, False), (5, True)):
        kept.read(shop.database, LIMITS, Calendar(NOW + timedelta(minutes=minutes), "UTC"))
        assert kept.is_save_due is is_due
