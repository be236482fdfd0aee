"""Union: what one witness tells of a call and what another one does become one call, whichever came first.

The figures are those of the witness that tells them better; everything else is filled in where it was empty.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, TypeVar

from tokencli.domain.charge import CostStatus
from tokencli.readers.telling import weight
from tokencli.store.ledger import DetailRow, EventRow
from tokencli.store.origins import PROXY
from tokencli.store.witnesses import KnownCall

if TYPE_CHECKING:
    from tokencli.store.dictionary import Facet

_NO_TAGS: Final = "{}"
_Value = TypeVar("_Value")
_FILLED: Final = (
    "provider_name",
    "request_model",
    "response_model",
    "session_id",
    "project",
    "agent",
    "client",
    "logged_price_id",
)


def tells_better(new: KnownCall, old: KnownCall) -> bool:
    """Say whether `new` tells the figures of a call better than `old`: the provider's own, those the proxy saw, more.

    The order is the same whichever of the two is asked about first; equal witnesses leave the first one standing.
    """
    return _weight(new) > _weight(old)


def union(old: KnownCall, new: KnownCall) -> KnownCall:
    """Return the call that both tell, under the number of `old`."""
    if tells_better(new, old):
        return _filled(new, old, old.event.id)
    return _filled(old, new, old.event.id)


def _filled(first: KnownCall, second: KnownCall, number: int) -> KnownCall:
    event = EventRow(
        number,
        _time(first, second),
        *first.event[2:9],
        _either(first.event.reported_cost_pico, second.event.reported_cost_pico),
    )
    facet, other = first.facet, second.facet
    filled: dict[str, Any] = {name: _either(getattr(facet, name), getattr(other, name)) for name in _FILLED}
    facet = facet._replace(**filled, tags=_tags(facet, other))
    known, more = first.detail, second.detail
    detail = DetailRow(
        usage=known.usage,
        raw_usage=known.raw_usage,
        **{name: _either(getattr(known, name), getattr(more, name)) for name in DetailRow._fields[2:]},
    )
    return KnownCall(event, facet, detail)


def _weight(call: KnownCall) -> tuple[int, ...]:
    basis, *counts = weight(call.facet.basis, call.event[3:8])
    is_priced = call.facet.cost_status != CostStatus.UNPRICED
    return (basis, int(call.facet.source == PROXY), *counts, int(is_priced), int(call.detail.usage is not None))


def _time(first: KnownCall, second: KnownCall) -> int:
    """Return the proxy's time, which is that of the beginning, else the earlier one."""
    if first.facet.source == PROXY:
        return first.event.occurred_at
    if second.facet.source == PROXY:
        return second.event.occurred_at
    return min(first.event.occurred_at, second.event.occurred_at)


def _tags(facet: Facet, other: Facet) -> str:
    if other.tags in (_NO_TAGS, facet.tags):
        return facet.tags
    return json.dumps(json.loads(other.tags) | json.loads(facet.tags), sort_keys=True, ensure_ascii=False)


def _either(first: _Value | None, second: _Value | None) -> _Value | None:
    return second if first is None else first
