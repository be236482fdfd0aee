"""Where the proxy and a client's own log tell of the same time: which calls only one of them saw.

Only quarters of an hour are looked at in which both saw calls of that client and that model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tokencli.store.slices import BUCKET_US, to_us

if TYPE_CHECKING:
    import sqlite3

    from tokencli.domain.period import Period

# A call belongs to whoever told it first; its other witnesses are its sightings.
_SEEN = """\
SELECT e.occurred_at AS at, shared.quarter AS quarter, f.client, coalesce(f.response_model, f.request_model) AS model,
       f.source = 'proxy' OR EXISTS (SELECT 1 FROM sighting AS s WHERE s.event_id = e.id AND s.source = 'proxy')
           AS by_proxy,
       f.source <> 'proxy' OR EXISTS (SELECT 1 FROM sighting AS s WHERE s.event_id = e.id AND s.source <> 'proxy')
           AS by_log
FROM shared CROSS JOIN event AS e
     ON e.occurred_at >= shared.quarter * :bucket AND e.occurred_at < (shared.quarter + 1) * :bucket
JOIN facet AS f ON f.id = e.facet_id
WHERE f.client = shared.client AND f.finish = 'ok' AND f.basis = 'reported' AND e.output_tokens > 0
  AND f.operation_name IN ('chat', 'generate_content', 'text_completion')"""
# What a log told of a call that the proxy had told before is a sighting of it, and no row of its own.
_SHARED = """\
SELECT r.bucket AS quarter, f.client AS client FROM rollup AS r JOIN facet AS f ON f.id = r.facet_id
WHERE f.source = 'proxy' AND f.client IS NOT NULL AND r.bucket >= :first AND r.bucket < :last
  AND (f.client IN (SELECT client FROM facet WHERE source <> 'proxy')
       OR EXISTS (SELECT 1 FROM sighting WHERE source NOT IN ('proxy', 'cost-line')))
GROUP BY 1, 2 ORDER BY 1 DESC LIMIT :most"""
# A side can miss only what lies between calls that it saw: before and after, it may not have been there.
_STATEMENT = f"""\
WITH shared AS MATERIALIZED ({_SHARED}), seen AS MATERIALIZED ({_SEEN}), span AS MATERIALIZED (
    SELECT client, model, quarter,
           min(at) FILTER (WHERE by_proxy) AS proxy_from, max(at) FILTER (WHERE by_proxy) AS proxy_to,
           min(at) FILTER (WHERE by_log) AS log_from, max(at) FILTER (WHERE by_log) AS log_to
    FROM seen GROUP BY 1, 2, 3 HAVING max(by_proxy) AND max(by_log)
)
SELECT client, count(*), sum(NOT by_proxy AND at BETWEEN proxy_from AND proxy_to),
       sum(NOT by_log AND at BETWEEN log_from AND log_to), min(quarter), max(quarter)
FROM span JOIN seen USING (client, model, quarter) GROUP BY client"""  # noqa: S608 - our own statements


class Apart(NamedTuple):
    """One client's calls in the quarters that both sides saw, and how many each side missed."""

    client: str
    calls: int
    missed_by_proxy: int
    missed_by_log: int
    first_quarter: int
    last_quarter: int


def apart(connection: sqlite3.Connection, period: Period, *, most: int) -> list[Apart]:
    """Return by client what the proxy and the client's own log saw without the other.

    `most` is how many quarters are looked at, the newest first; -1 for all.
    """
    first, last = -(-to_us(period.start) // BUCKET_US), -(-to_us(period.end) // BUCKET_US)
    asked = {"first": first, "last": last, "bucket": BUCKET_US, "most": most}
    return [Apart(*row) for row in connection.execute(_STATEMENT, asked)]
