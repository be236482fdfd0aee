"""The calls of one session, one after the other."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tokencli.store.calls import call_numbered
from tokencli.store.facets import facets_of_sessions
from tokencli.store.slices import BUCKET_US

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from tokencli.store.calls import StoredCall

# The session's own quarters of an hour are looked through, not all calls.
IDS_OF_FACETS = f"""\
SELECT e.id FROM rollup AS r
CROSS JOIN event AS e ON e.occurred_at >= r.bucket * {BUCKET_US} AND e.occurred_at < (r.bucket + 1) * {BUCKET_US}
                     AND +e.facet_id = r.facet_id
WHERE r.facet_id IN (SELECT value FROM json_each(?)) ORDER BY e.occurred_at, e.id"""  # noqa: S608 - our own number

_REQUESTS_BY_BUCKET = """\
SELECT bucket, sum(requests) FROM rollup WHERE facet_id IN (SELECT value FROM json_each(?))
GROUP BY bucket ORDER BY bucket DESC"""
NEWEST_IDS = """\
SELECT id FROM event WHERE occurred_at >= ? AND occurred_at < ? AND +facet_id IN (SELECT value FROM json_each(?))
ORDER BY occurred_at DESC, id DESC LIMIT ?"""


def calls_of_session(connection: sqlite3.Connection, session_id: str) -> Iterator[StoredCall]:
    """Yield a session's calls in the order of time."""
    facets = json.dumps([facet.id for facet in facets_of_sessions(connection, [session_id])])
    for (number,) in connection.execute(IDS_OF_FACETS, (facets,)):
        yield call_numbered(connection, number)


def latest_calls_of_session(connection: sqlite3.Connection, session_id: str, most: int) -> list[StoredCall]:
    """Return a session's newest calls, the newest first; older quarters of an hour are not looked at."""
    facets = json.dumps([facet.id for facet in facets_of_sessions(connection, [session_id])])
    buckets: list[int] = []
    found = 0
    for bucket, requests in connection.execute(_REQUESTS_BY_BUCKET, (facets,)):
        buckets.append(bucket)
        found += requests
        if found >= most:
            break
    if not buckets:
        return []
    ends = buckets[-1] * BUCKET_US, (buckets[0] + 1) * BUCKET_US
    rows = connection.execute(NEWEST_IDS, (*ends, facets, most)).fetchall()
    return [call_numbered(connection, number) for (number,) in rows]
