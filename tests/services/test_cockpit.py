"""The cockpit's figures are those of the report, in the user's days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

import pytest

from tokencli.domain.event import EventId, UsageEvent
from tokencli.domain.money import usd
from tokencli.domain.session import Session
from tokencli.domain.usage import Basis, TokenUsage
from tokencli.services.budgets import Calendar
from tokencli.services.cockpit import BadStretchError, by_agent, distribution, session_id_of, summary, timeline
from tokencli.services.record import record
from tokencli.services.report import Question, report
from tokencli.store.ledger import Ledger
from tokencli.store.sessions import create

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cost_logs import Shop

NOW = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
PARIS = Calendar(NOW, "Europe/Paris")
LIMITS = {"day": usd("3"), "month": usd("20")}


@pytest.fixture
def called(shop: Shop) -> Callable[..., None]:
    """Return a function that records a call: (hours ago, tokens in, model, what else is told of it)."""
    numbers = count(1)

    def called(hours: float, tokens: int, model: str = "gpt-4o", **told: str) -> None:
        event = UsageEvent(
            event_id=EventId(f"abcdef012345.{next(numbers)}"),
            occurred_at=NOW - timedelta(hours=hours),
            source="proxy",
            basis=Basis.REPORTED,
            provider_name="openai",
            request_model=model,
            usage=TokenUsage(input_tokens=tokens, output_tokens=10),
            **told,  # type: ignore[arg-type]
        )
        with shop.database.transaction() as connection:
            record(Ledger(connection), shop.book, event)

    return called


def test_the_summary_counts_days_of_the_users_zone(shop: Shop, called: Callable[..., None]) -> None:
    called(0, 1000)
    called(2, 500)  # before midnight in Paris
    called(24 * 45, 70)
    told = summary(shop.database.connection, LIMITS, PARIS)
    assert told["messages"] == {"total": 3, "today": 1, "week": 2, "month": 2}
    assert told["tokens"] == {"total": 1600, "input": 1570, "output": 30, "avgPerMessage": 533.33}
    assert told["thresholds"] == {"daily_threshold": 3.0, "weekly_threshold": 0.0, "monthly_threshold": 20.0}
    for key, period in (("today_cost", "today"), ("current_week_cost", "week"), ("total_cost", "all")):
        cost = report(shop.database, Question(zone="Europe/Paris", period=period), now=NOW).totals.list_cost
        assert cost is not None
        assert told["costs"][key] == float(cost)


def test_a_session_has_a_summary_of_its_own(shop: Shop, called: Callable[..., None]) -> None:
    with shop.database.transaction() as connection:
        create(connection, Session(id="s1", name="work", created_at=NOW))
        create(connection, Session(id="s2", name="play", created_at=NOW))
    called(0, 1000, session_id="s1")
    called(0, 1, session_id="s2")
    connection = shop.database.connection
    told = summary(connection, LIMITS, PARIS, session_id_of(connection, "work"))
    assert told["tokens"]["input"] == 1000
    assert [each["title"] for each in told["raw_data"]["sessions"]] == ["work"]
    assert summary(connection, LIMITS, PARIS)["monitoring"]["total_sessions"] == 2
    assert session_id_of(connection, "of-a-log") == "of-a-log"


def test_days_without_calls_are_there_with_zero(shop: Shop, called: Callable[..., None]) -> None:
    called(0, 1000, session_id="a")
    called(0, 1000, session_id="b")
    called(50, 10, session_id="a")
    rows = timeline(shop.database.connection, "activity", "7d", PARIS)
    assert [(row["messages"], row["threads"]) for row in rows] == [(0, 0)] * 3 + [(1, 1), (0, 0), (0, 0), (2, 2)]
    assert rows[-1]["date"] == "2026-11-21"
    assert [row["input"] for row in timeline(shop.database.connection, "tokens", "7d", PARIS)][3:] == [10, 0, 0, 2000]
    assert sum(row["cost"] for row in timeline(shop.database.connection, "costs", "7d", PARIS)) > 0
    with pytest.raises(BadStretchError):
        timeline(shop.database.connection, "costs", "today", PARIS)


def test_distributions_are_by_model_the_most_first(shop: Shop, called: Callable[..., None]) -> None:
    called(0, 10, session_id="a")
    called(0, 10, session_id="a")
    called(0, 5000, "gpt-4o-mini", session_id="b")
    found = {
        kind: [(each["label"], each["value"]) for each in distribution(shop.database.connection, kind, "30d", PARIS)]
        for kind in ("messages", "threads", "tokens")
    }
    assert found["messages"] == [("gpt-4o", 2), ("gpt-4o-mini", 1)]
    assert found["threads"] == [("gpt-4o", 1), ("gpt-4o-mini", 1)]
    assert found["tokens"] == [("gpt-4o-mini", 5010), ("gpt-4o", 40)]


def test_agents_are_shown_with_their_models(shop: Shop, called: Callable[..., None]) -> None:
    called(0, 100, agent="nexus")
    called(0, 100, agent="nexus")
    called(0, 7, "nobody-sells-it")
    rows = by_agent(shop.database.connection, PARIS)
    assert [(row["agent"], row["model"], row["request_count"], row["input_tokens"]) for row in rows] == [
        ("nexus", "gpt-4o", 2, 200),
        (None, "nobody-sells-it", 1, 7),
    ]
    assert rows[1]["unpriced_requests"] == 1
