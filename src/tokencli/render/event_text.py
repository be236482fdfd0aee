"""One call as JSON: the event of the interface, and with its charge and sightings the answer of `explain`."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from tokencli.domain.money import plain
from tokencli.domain.period import zone_of

if TYPE_CHECKING:
    from datetime import datetime

    from tokencli.domain.charge import Charge
    from tokencli.domain.event import UsageEvent
    from tokencli.domain.explain import Explanation, Sighting
    from tokencli.domain.money import Usd
    from tokencli.domain.usage import Estimate

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


def explain_json(explanation: Explanation, *, zone: str) -> str:
    """Return a call, our own count, its charge and its sightings as one JSON document in ASCII, without a line end."""
    document = {
        **event_values(explanation.event, explanation.charge, zone=zone),
        "estimate": _estimate(explanation.event.estimate),
        "charge": charge_values(explanation.charge),
        "sightings": [_sighting(one, zone) for one in explanation.sightings],
    }
    return json.dumps(document, indent=2)


def event_values(event: UsageEvent, charge: Charge, *, zone: str) -> dict[str, Any]:
    """Return the interface's JSON object of one call; its time is shown in `zone`."""
    return {
        "event_id": event.event_id,
        "occurred_at": _moment(event.occurred_at, zone),
        **{name: getattr(event, name) for name in _NAMES},
        "tags": dict(event.tags),
        "usage": _usage(event),
        "list_cost": _exact(charge.list_cost),
        "reported_cost": _exact(event.reported_cost),
        "cost_status": charge.status.value,
        "finish": event.finish.value,
        "error_type": event.error_type,
        "duration_s": event.duration_s,
        "time_to_first_token_s": event.time_to_first_token_s,
    }


def charge_values(charge: Charge) -> dict[str, Any]:
    """Return the JSON object of a charge with the lines of its sum; money is exact."""
    since = charge.price_effective_from
    return {
        "status": charge.status.value,
        "list_cost": _exact(charge.list_cost),
        "price_source": charge.price_source,
        "price_effective_from": None if since is None else since.isoformat(),
        "is_disputed": charge.is_disputed,
        "reason": charge.reason,
        "lines": [
            {
                "unit": line.unit,
                "quantity": line.quantity,
                "unit_price_usd": plain(line.unit_price_usd),
                "amount": plain(line.amount),
                "note": line.note,
            }
            for line in charge.lines
        ],
    }


def _usage(event: UsageEvent) -> dict[str, Any] | None:
    if event.usage is None:
        return None
    counts = {field.name: getattr(event.usage, field.name) for field in fields(event.usage)}
    return {**counts, "basis": event.basis.value}


def _estimate(estimate: Estimate | None) -> dict[str, int | None] | None:
    if estimate is None:
        return None
    return {"input_tokens": estimate.input_tokens, "output_tokens": estimate.output_tokens}


def _sighting(one: Sighting, zone: str) -> dict[str, Any]:
    return {
        "source": one.source,
        "origin": one.origin,
        "place": one.place,
        "seq": one.seq,
        "occurred_at": _moment(one.occurred_at, zone),
        "note": one.note,
    }


def _moment(moment: datetime, zone: str) -> str:
    return moment.astimezone(zone_of(zone)).isoformat()


def _exact(amount: Usd | None) -> str | None:
    return None if amount is None else plain(amount)
