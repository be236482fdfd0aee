"""Looking back: the ledger as it was believed at a moment, for one connection, without changing the file.

Temporary tables of the connection's own stand before `event` and `rollup`, so that every query sees the charges of
then, and only the calls that had come in by then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokencli.store.ledger import BUCKET_US, ORIGIN_SHIFT

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

_PAST = """\
CREATE TEMP TABLE past AS
SELECT c.event_id, c.facet_id, c.list_cost_pico, min(c.repricing_id) AS repricing_id
FROM main.past_charge AS c JOIN main.repricing AS r ON r.id = c.repricing_id WHERE r.applied_at > {moment}
GROUP BY c.event_id"""
_CUT = """\
CREATE TEMP TABLE cut AS
SELECT origin_id, ifnull(max(iif(arrived_at <= {moment}, seq, NULL)), -1) AS seq FROM main.arrival
GROUP BY origin_id HAVING max(arrived_at) > {moment}"""
_EVENT = f"""\
CREATE TEMP VIEW event AS
SELECT e.id, e.occurred_at, iif(p.event_id IS NULL, e.facet_id, p.facet_id) AS facet_id, e.input_tokens,
       e.cache_read_tokens, e.cache_write_tokens, e.output_tokens, e.reasoning_tokens,
       iif(p.event_id IS NULL, e.list_cost_pico, p.list_cost_pico) AS list_cost_pico, e.reported_cost_pico
FROM main.event AS e LEFT JOIN temp.past AS p ON p.event_id = e.id
LEFT JOIN temp.cut AS c ON c.origin_id = e.id >> {ORIGIN_SHIFT}
WHERE e.occurred_at <= {{moment}} AND (c.seq IS NULL OR e.id & {(1 << ORIGIN_SHIFT) - 1} <= c.seq)"""  # noqa: S608 - our own columns
_ROLLUP = f"""\
CREATE TEMP TABLE rollup AS
SELECT occurred_at / {BUCKET_US} AS bucket, facet_id, count(*) AS requests,
       ifnull(sum(input_tokens), 0) AS input_tokens, ifnull(sum(cache_read_tokens), 0) AS cache_read_tokens,
       ifnull(sum(cache_write_tokens), 0) AS cache_write_tokens, ifnull(sum(output_tokens), 0) AS output_tokens,
       ifnull(sum(reasoning_tokens), 0) AS reasoning_tokens, ifnull(sum(list_cost_pico), 0) AS list_cost_pico,
       count(reported_cost_pico) AS reported_requests, ifnull(sum(reported_cost_pico), 0) AS reported_cost_pico,
       count(list_cost_pico + reported_cost_pico) AS compared_requests,
       ifnull(sum(iif(reported_cost_pico IS NULL, NULL, list_cost_pico)), 0) AS compared_list_pico,
       ifnull(sum(iif(list_cost_pico IS NULL, NULL, reported_cost_pico)), 0) AS compared_reported_pico
FROM temp.event GROUP BY 1, 2"""  # noqa: S608 - our own columns
_MANY = 400
_PLACES = f"BETWEEN o.id << {ORIGIN_SHIFT} AND (o.id << {ORIGIN_SHIFT}) + {(1 << ORIGIN_SHIFT) - 1}"
_EARLIER = f"""\
INSERT INTO arrival SELECT o.id, max(f."offset") - 1, max(f.updated_at)
FROM log_file AS f CROSS JOIN origin AS o ON o.id = f.origin_id
WHERE o.id IN ({{marks}}) AND f."offset" > 0 AND EXISTS (SELECT 1 FROM event WHERE id {_PLACES})
      AND NOT EXISTS (SELECT 1 FROM arrival WHERE origin_id = o.id) GROUP BY o.id"""  # noqa: S608 - our own numbers
_NOW = f"""\
INSERT INTO arrival SELECT o.id, e.id - (o.id << {ORIGIN_SHIFT}), ?
FROM origin AS o CROSS JOIN event AS e ON e.id = (SELECT max(id) FROM event WHERE id {_PLACES})
WHERE o.id IN ({{marks}}) ON CONFLICT DO NOTHING"""  # noqa: S608 - our own numbers
_STATEMENTS = (
    _PAST,
    "CREATE UNIQUE INDEX temp.past_event ON past(event_id)",
    _CUT,
    "CREATE UNIQUE INDEX temp.cut_origin ON cut(origin_id)",
    _EVENT,
    _ROLLUP,
    "CREATE UNIQUE INDEX temp.rollup_place ON rollup(bucket, facet_id)",
)


def look_back(connection: sqlite3.Connection, moment_us: int) -> None:
    """Let this connection see calls and charges as they were known at a time, in microseconds since 1970 UTC.

    A call of a log was known from the commit on that took it in, any other call from when it happened.
    """
    (is_reader,) = connection.execute("PRAGMA query_only").fetchone()
    connection.execute("PRAGMA query_only = OFF")
    connection.execute("BEGIN")
    for statement in _STATEMENTS:
        connection.execute(statement.format(moment=int(moment_us)))
    connection.execute("COMMIT")
    connection.execute(f"PRAGMA query_only = {int(is_reader)}")


def note_arrivals(connection: sqlite3.Connection, origin_ids: Sequence[int], now_us: int) -> None:
    """Keep that everything told by some origins up to here is in by now, in the caller's transaction.

    What an earlier version had taken in arrived when its log was last read.
    """
    for start in range(0, len(origin_ids), _MANY):
        some = origin_ids[start : start + _MANY]
        marks = ", ".join("?" for _ in some)
        connection.execute(_EARLIER.format(marks=marks), some)
        connection.execute(_NOW.format(marks=marks), (now_us, *some))
