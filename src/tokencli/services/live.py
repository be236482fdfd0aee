"""How things stand at this moment: what a live page shows when it opens, and after it missed something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tokencli.domain.charge import Charge
from tokencli.services.budgets import PERIODS, current, threshold_values, thresholds
from tokencli.services.event_json import event_values, exact, local_time
from tokencli.services.saved import intent_from
from tokencli.services.sessions import session_values, views_of
from tokencli.store.calls import StoredCall, latest_calls
from tokencli.store.intents import newest
from tokencli.store.slices import from_us

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tokencli.config.values import Settings
    from tokencli.domain.event import EventId, UsageEvent
    from tokencli.domain.intent import Intent
    from tokencli.domain.money import Usd
    from tokencli.domain.report import Totals
    from tokencli.services.budgets import Calendar
    from tokencli.services.sessions import SessionView
    from tokencli.store.database import Connection
    from tokencli.store.intents import IntentRow

MOST_CALLS: Final = 50


def state(connection: Connection, settings: Settings, limits: Mapping[str, Usd], calendar: Calendar) -> dict[str, Any]:
    """Return sessions, sums of the day, week and month, limits, calls under way and the newest calls.

    The active session is the one in "sessions" with "is_active"; calls that ended come newest first.
    """
    zone = calendar.zone
    sums = {name: current(connection, name, calendar, ("session",)) for name in PERIODS}
    return {
        "time_zone": zone,
        "sessions": [live_session(view, zone) for view in views_of(connection, settings)],
        "totals": {name: totals_values(report.totals) for name, report in sums.items()},
        "session_counts": {
            name: sum(row.key["session"] is not None for row in report.rows) for name, report in sums.items()
        },
        "thresholds": [threshold_values(each) for each in thresholds(connection, limits, calendar)],
        "open_calls": open_calls(connection, zone),
        "calls": [call_values(call, zone) for call in latest_calls(connection, MOST_CALLS)],
    }


def live_session(view: SessionView, zone: str) -> dict[str, Any]:
    """Return a session as the interface writes it, with its gauge and what of it is an estimate."""
    return {
        **session_values(view, zone=zone),
        "gauge": view.gauge.value,
        "model_in_use": view.model_in_use,
        "is_context_estimated": view.is_context_estimated,
        "open_requests": view.open_requests,
        "estimated_requests": view.estimated_requests,
        "cache_read_tokens": view.totals.cache_read_tokens,
        "cache_write_tokens": view.totals.cache_write_tokens,
        "unpriced_requests": view.totals.unpriced_requests,
    }


def totals_values(totals: Totals) -> dict[str, Any]:
    """Return the sums that a live page shows of a period, under the names of the report."""
    names = ("requests", "errors", "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")
    return {
        **{name: getattr(totals, name) for name in names},
        "total_tokens": totals.total_tokens,
        "list_cost": exact(totals.list_cost),
        "unpriced_requests": totals.unpriced_requests,
        "estimated_requests": totals.estimated_requests,
    }


def call_values(call: StoredCall, zone: str) -> dict[str, Any]:
    """Return one settled call as the interface writes it, with our own count beside."""
    charge = Charge(status=call.cost_status, list_cost=call.list_cost)
    return {**event_values(call.event, charge, zone=zone), "estimate": _estimate(call.event)}


def settled_values(event: UsageEvent, charge: Charge, zone: str) -> dict[str, Any]:
    """Return a call that has just been settled, as `call_values` does."""
    return {**event_values(event, charge, zone=zone), "estimate": _estimate(event)}


def opened_values(event_id: EventId | str, intent: Intent, zone: str) -> dict[str, Any]:
    """Return a call that is under way: what is known of it, and our own count of its prompt."""
    return {
        "event_id": event_id,
        "occurred_at": local_time(intent.opened_at, zone),
        "provider_name": intent.provider_name,
        "operation_name": intent.operation_name,
        "request_model": intent.request_model,
        "session_id": intent.session_id,
        "client": intent.client,
        "agent": intent.agent,
        "estimated_input_tokens": intent.estimated_input_tokens,
    }


def open_calls(connection: Connection, zone: str) -> list[dict[str, Any]]:
    """Return the calls that are under way, the newest first."""
    return [_opened(event_id, row, zone) for event_id, row in newest(connection, MOST_CALLS)]


def _opened(event_id: str, row: IntentRow, zone: str) -> dict[str, Any]:
    intent = intent_from(row.opened_at, row.body)
    if intent is None:
        return {"event_id": event_id, "occurred_at": local_time(from_us(row.opened_at), zone)}
    return opened_values(event_id, intent, zone)


def _estimate(event: UsageEvent) -> dict[str, Any] | None:
    if event.estimate is None:
        return None
    return {"input_tokens": event.estimate.input_tokens, "output_tokens": event.estimate.output_tokens}
