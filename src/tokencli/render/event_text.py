"""One call as JSON: the event of the interface, and with its charge and sightings the answer of `explain`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tokencli.domain.money import plain
from tokencli.services.event_json import event_values, exact, local_time

if TYPE_CHECKING:
    from tokencli.domain.charge import Charge
    from tokencli.domain.explain import Explanation, Sighting
    from tokencli.domain.repricing import PastCharge
    from tokencli.domain.usage import Estimate


def explain_json(explanation: Explanation, *, zone: str) -> str:
    """Return a call, our own count, its charge and its sightings as one JSON document in ASCII, without a line end."""
    document = {
        **event_values(explanation.event, explanation.charge, zone=zone),
        "estimate": _estimate(explanation.event.estimate),
        "charge": charge_values(explanation.charge),
        "past_charges": [_past(one, zone) for one in explanation.past_charges],
        "sightings": [_sighting(one, zone) for one in explanation.sightings],
    }
    return json.dumps(document, indent=2)


def charge_values(charge: Charge) -> dict[str, Any]:
    """Return the JSON object of a charge with the lines of its sum; money is exact."""
    since = charge.price_effective_from
    return {
        "status": charge.status.value,
        "list_cost": exact(charge.list_cost),
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


def _past(one: PastCharge, zone: str) -> dict[str, Any]:
    return {
        "replaced_at": local_time(one.replaced_at, zone),
        "reason": one.reason,
        "status": one.status,
        "list_cost": exact(one.list_cost),
        "price_source": one.price_source,
    }


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
        "occurred_at": local_time(one.occurred_at, zone),
        "note": one.note,
    }
