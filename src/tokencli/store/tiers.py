"""Which calls were served in a tier of their own: what of them is in `event_detail.usage` alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from tokencli.domain.money import Usd, from_pico
from tokencli.store.slices import from_us, to_us

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from datetime import datetime

    from tokencli.domain.period import Period

_CALLS = """\
SELECT e.occurred_at, coalesce(f.response_model, f.request_model), e.list_cost_pico, d.usage
FROM event AS e JOIN facet AS f ON f.id = e.facet_id JOIN event_detail AS d ON d.event_id = e.id
WHERE e.occurred_at >= ? AND e.occurred_at < ? AND e.list_cost_pico > 0 AND d.usage LIKE ?"""


class TierCall(NamedTuple):
    """One call in a tier: when, of which model, and what it costs by the list."""

    occurred_at: datetime
    model: str | None
    list_cost: Usd


def calls_in_tier(connection: sqlite3.Connection, period: Period, tier: str) -> Iterator[TierCall]:
    """Yield the calls of a period that a provider served in a tier, such as "priority"."""
    asked = (to_us(period.start), to_us(period.end), f'%"{tier}"%')
    for occurred_at, model, cost, usage in connection.execute(_CALLS, asked):
        if json.loads(usage).get("service_tier") == tier:
            yield TierCall(from_us(occurred_at), model, from_pico(cost))
