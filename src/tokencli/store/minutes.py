"""Calls by minute: what a sparkline of the last hour shows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tokencli.store.facets import facets_of_sessions
from tokencli.store.slices import to_us

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime

MINUTE_US = 60_000_000
BY_MINUTE = f"""\
SELECT occurred_at / {MINUTE_US}, count(*) FROM event
WHERE occurred_at >= ? AND occurred_at < ? GROUP BY 1"""  # noqa: S608 - our own number
OF_FACETS = f"""\
SELECT occurred_at / {MINUTE_US}, count(*) FROM event
WHERE occurred_at >= ? AND occurred_at < ? AND +facet_id IN (SELECT value FROM json_each(?)) GROUP BY 1"""  # noqa: S608 - our own number


def requests_by_minute(
    connection: sqlite3.Connection, now: datetime, minutes: int, session_id: str | None = None
) -> tuple[int, ...]:
    """Return how many calls each of the last whole-clock minutes saw, the oldest first; the last one holds `now`."""
    after = to_us(now) // MINUTE_US + 1
    ends = (after - minutes) * MINUTE_US, after * MINUTE_US
    if session_id is None:
        found = dict(connection.execute(BY_MINUTE, ends))
    else:
        facets = json.dumps([facet.id for facet in facets_of_sessions(connection, [session_id])])
        found = dict(connection.execute(OF_FACETS, (*ends, facets)))
    return tuple(found.get(minute, 0) for minute in range(after - minutes, after))
