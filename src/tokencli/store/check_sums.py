"""What the checks read of the sums: by day and facet, by quarter of an hour, costs compared by day.

Days are UTC days, numbered from 1970. Everything is read from `rollup`, but for the cut edges of a period.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tokencli.domain.audit import Holdings, NewCall
from tokencli.domain.money import from_pico
from tokencli.store.ledger import ORIGIN_SHIFT
from tokencli.store.slices import BUCKET_US, Slice, Sums, from_us, sums, to_us

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator

    from tokencli.domain.period import Period

BUCKETS_A_DAY = 96
DAY_US = BUCKETS_A_DAY * BUCKET_US
_PART = 10**9
_COMPARED = f"""\
SELECT bucket / {BUCKETS_A_DAY}, facet_id, sum(compared_requests),
       sum(compared_list_pico / {_PART}), sum(compared_list_pico % {_PART}),
       sum(compared_reported_pico / {_PART}), sum(compared_reported_pico % {_PART})
FROM rollup WHERE bucket >= ? AND bucket < ? AND compared_requests > 0 GROUP BY 1, 2 ORDER BY 1, 2"""  # noqa: S608
_NEWEST = """\
SELECT e.id, o.key, e.occurred_at, f.source, coalesce(f.response_model, f.request_model), f.agent,
       e.input_tokens, e.output_tokens, e.list_cost_pico, e.reported_cost_pico
FROM event AS e JOIN facet AS f ON f.id = e.facet_id LEFT JOIN origin AS o ON o.id = e.id >> ?
WHERE e.occurred_at >= ? AND e.occurred_at < ? ORDER BY e.occurred_at DESC, e.id DESC LIMIT ?"""


class DaySums(NamedTuple):
    """The calls of one facet on one UTC day."""

    day: int
    sums: Sums

    @property
    def facet_id(self) -> int:
        """Return the facet's number."""
        return self.sums.group


class ComparedDay(NamedTuple):
    """The calls of one facet on one UTC day that have both a list and a reported cost; picodollars."""

    day: int
    facet_id: int
    requests: int
    list_pico: int
    reported_pico: int


def holdings(connection: sqlite3.Connection) -> Holdings:
    """Return how many of each kind of thing the whole ledger holds."""
    counts = [
        connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - our own tables
        for table in ("sighting", "session", "intent", "log_file", "notice")
    ]
    (calls,) = connection.execute("SELECT coalesce(sum(requests), 0) FROM rollup").fetchone()
    seen, sessions, open_calls, logs, failures = counts
    return Holdings(
        calls=calls, sightings=seen, sessions=sessions, open_calls=open_calls, logs=logs, failure_lines=failures
    )


def size(connection: sqlite3.Connection) -> int:
    """Return how many bytes the ledger takes."""
    return int(
        connection.execute("PRAGMA page_count").fetchone()[0] * connection.execute("PRAGMA page_size").fetchone()[0]
    )


def newest(connection: sqlite3.Connection, period: Period, most: int) -> Iterator[NewCall]:
    """Yield the newest calls of a period, the newest first."""
    span = (to_us(period.start), to_us(period.end))
    for row in connection.execute(_NEWEST, (ORIGIN_SHIFT, *span, most)):
        yield NewCall(
            event_id=f"{row[1] or '?'}.{row[0] & (1 << ORIGIN_SHIFT) - 1}",
            occurred_at=from_us(row[2]),
            source=row[3],
            model=row[4],
            agent=row[5],
            input_tokens=row[6],
            output_tokens=row[7],
            list_cost=None if row[8] is None else from_pico(row[8]),
            reported_cost=None if row[9] is None else from_pico(row[9]),
        )


def day_sums(connection: sqlite3.Connection, period: Period, facet_ids: Iterable[int]) -> list[DaySums]:
    """Return the sums of a period's calls by UTC day and facet, in the order of the days."""
    start, end = to_us(period.start), to_us(period.end)
    days = connection.execute(
        "SELECT DISTINCT bucket / ? FROM rollup WHERE bucket >= ? AND bucket <= ? ORDER BY 1",
        (BUCKETS_A_DAY, start // BUCKET_US, end // BUCKET_US),
    ).fetchall()
    slices = [
        Slice(start=max(start, day * DAY_US), end=min(end, (day + 1) * DAY_US), buckets=())
        for (day,) in days
        if min(end, (day + 1) * DAY_US) > max(start, day * DAY_US)
    ]
    found = sums(connection, slices, {number: number for number in facet_ids})
    return sorted((DaySums(slices[one.place].start // DAY_US, one) for one in found), key=lambda each: each.day)


def compared_days(connection: sqlite3.Connection, period: Period) -> list[ComparedDay]:
    """Return what sources said beside the list by day and facet, from the whole quarters of an hour of a period."""
    first, last = -(-to_us(period.start) // BUCKET_US), to_us(period.end) // BUCKET_US
    return [
        ComparedDay(row[0], row[1], row[2], row[3] * _PART + row[4], row[5] * _PART + row[6])
        for row in connection.execute(_COMPARED, (first, last))
    ]


def quarter_requests(connection: sqlite3.Connection, period: Period) -> list[tuple[int, int]]:
    """Return (quarter of an hour since 1970, calls) for the quarters that begin in a period and have calls."""
    first, last = -(-to_us(period.start) // BUCKET_US), -(-to_us(period.end) // BUCKET_US)
    statement = "SELECT bucket, sum(requests) FROM rollup WHERE bucket >= ? AND bucket < ? GROUP BY bucket"
    return connection.execute(statement, (first, last)).fetchall()
