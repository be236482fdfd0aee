"""Boards for tests of the live view in the terminal: made by hand, without a ledger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tokencli.domain.charge import CostStatus
from tokencli.domain.event import EventId, UsageEvent
from tokencli.domain.intent import Intent
from tokencli.domain.money import usd
from tokencli.domain.period import Period
from tokencli.domain.report import Report, ReportRow, Totals
from tokencli.domain.session import Session
from tokencli.domain.threshold import Threshold
from tokencli.domain.usage import Basis, TokenUsage
from tokencli.services.board import Board, OpenCall
from tokencli.services.sessions import SessionView
from tokencli.store.calls import StoredCall

NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
DAY = Period(name="today", start=NOW.replace(hour=0, minute=0), end=NOW.replace(hour=23, minute=59), zone="UTC")
HOURS = Period(name="24h", start=NOW - timedelta(hours=24), end=NOW, zone="UTC")
HOSTILE = "\x1b[31mred[bold]x[/]"


def stored(number: int = 1, cost: Any = "0.0125", *, status: Any = CostStatus.PRICED, **told: Any) -> Any:
    """Return a settled call, so many minutes old as its number says."""
    values: dict[str, Any] = {
        "event_id": EventId(f"0123456789ab.{number}"),
        "occurred_at": NOW - timedelta(minutes=number),
        "source": "proxy",
        "basis": Basis.REPORTED,
        "provider_name": "anthropic",
        "request_model": "claude-sonnet-4-5-20250929",
        "session_id": "s1",
        "client": "claude-code",
        "agent": "neo",
        "usage": TokenUsage(input_tokens=12_345, cache_read_tokens=9000, output_tokens=678),
        "duration_s": 12.34,
        "time_to_first_token_s": 0.42,
    }
    return StoredCall(
        number=number,
        event=UsageEvent(**(values | told)),
        cost_status=status,
        list_cost=None if cost is None else usd(cost),
        price_body=None,
        sightings=(),
    )


def opened(number: int = 99, **told: Any) -> OpenCall:
    """Return a call that was sent three seconds ago."""
    at = NOW - timedelta(seconds=3)
    values: dict[str, Any] = {"request_model": "gpt-4.1", "session_id": "s1", "estimated_input_tokens": 4321}
    return OpenCall(event_id=f"0123456789ab.{number}", opened_at=at, intent=Intent(opened_at=at, **(values | told)))


def session_view(name: str = "work", used: int | None = 50, **told: Any) -> SessionView:
    """Return a session with `used` of its 100 tokens of context used."""
    values: dict[str, Any] = {
        "session": Session(id=f"id-{name}", name=name, created_at=NOW - timedelta(hours=1), is_active=name == "work"),
        "context_limit_tokens": 100,
        "model_in_use": "mistral/mistral-large-2411",
        "requests": 12,
        "open_requests": 0,
        "estimated_requests": 0,
        "input_tokens": 67_000,
        "estimated_input_tokens": 0,
        "output_tokens": 62,
        "context_used_tokens": used,
        "is_context_estimated": False,
        "totals": Totals(requests=12, priced_requests=12, list_cost=usd("0.134372")),
    }
    return SessionView(**(values | told))


def totals(cost: str = "1.23", **told: Any) -> Totals:
    """Return the sums of some calls."""
    values: dict[str, Any] = {
        "requests": 142,
        "input_tokens": 1_234_567,
        "output_tokens": 34_100,
        "list_cost": usd(cost),
        "priced_requests": 142,
    }
    return Totals(**(values | told))


def made(**told: Any) -> Board:
    """Return a board with one session, one call under way and two settled ones, and a limit for the day."""
    hours = tuple(ReportRow(key={"hour": f"h{hour}"}, totals=totals(str(hour))) for hour in range(24))
    values: dict[str, Any] = {
        "now": NOW,
        "zone": "UTC",
        "sessions": (session_view(),),
        "names": {"s1": "work"},
        "totals": {"day": totals(), "week": totals("8.5"), "month": totals("19.9")},
        "thresholds": (Threshold(name="day", period=DAY, limit=usd("3"), spent=usd("1.23")),),
        "open_calls": (opened(),),
        "calls": (stored(1), stored(2, "0.5", request_model="gpt-4.1", session_id=None)),
        "minutes": (*range(59), 7),
        "hours": Report(period=HOURS, group_by=("hour",), totals=totals("6.5"), rows=hours),
    }
    return Board(**(values | told))
