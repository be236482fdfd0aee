"""One call as the event object of the interface: the same keys wherever a call leaves tokencli as JSON."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from tokencli.domain.money import plain
from tokencli.domain.period import zone_of

if TYPE_CHECKING:
    from datetime import datetime

    from tokencli.domain.charge import Charge
    from tokencli.domain.event import UsageEvent
    from tokencli.domain.money import Usd

_NAMES = (
    "source",
    "provider_name",
    "operation_name",
    "request_model",
    "response_model",
    "response_id",
    "session_id",
    "conversation_id",
    "client",
    "agent",
    "project",
)


def event_values(event: UsageEvent, charge: Charge, *, zone: str) -> dict[str, Any]:
    """Return the interface's JSON object of one call; its time is shown in `zone`."""
    return {
        "event_id": event.event_id,
        "occurred_at": local_time(event.occurred_at, zone),
        **{name: getattr(event, name) for name in _NAMES},
        "tags": dict(event.tags),
        "usage": _usage(event),
        "list_cost": exact(charge.list_cost),
        "reported_cost": exact(event.reported_cost),
        "cost_status": charge.status.value,
        "finish": event.finish.value,
        "error_type": event.error_type,
        "duration_s": event.duration_s,
        "time_to_first_token_s": event.time_to_first_token_s,
    }


def local_time(moment: datetime, zone: str) -> str:
    """Return a time as ISO 8601 with the offset that `zone` had then."""
    return moment.astimezone(zone_of(zone)).isoformat()


def exact(amount: Usd | None) -> str | None:
    """Return dollars with every digit and no exponent; None for what is not known."""
    return None if amount is None else plain(amount)


def _usage(event: UsageEvent) -> dict[str, Any] | None:
    if event.usage is None:
        return None
    counts = {field.name: getattr(event.usage, field.name) for field in fields(event.usage)}
    return {**counts, "basis": event.basis.value}
