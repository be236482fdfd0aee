"""Slices: a period cut at every bucket's edge, and the sums of each slice by groups of facets.

Whole quarters of an hour are read from `rollup`; only where a slice begins or ends inside one, `event` is asked.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from tokencli.store.session_statements import BUCKET_US

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping, Sequence

    from tokencli.domain.period import Grain, Period

__all__ = ["BUCKET_US", "EPOCH", "SUMS", "Slice", "Sums", "cut", "from_us", "joined", "sums", "to_us"]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PART = 10**9
# Rows come in the order of time: sorting them by group is quicker day by day than all at once.
_STRIDE = 96
_SUMMED = (
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
    "list_cost_pico",
    "reported_cost_pico",
)
_AMONG = " AND facet_id IN (SELECT value FROM json_each(?))"
# Each sum is read in two parts, for a sum of 63-bit numbers does not fit 63 bits.
SUMS = ", ".join(f"sum({name} / {_PART}), sum({name} % {_PART})" for name in _SUMMED)
_SLICES = """\
WITH slice (place, low, high) AS MATERIALIZED (
    SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]') FROM json_each(?)
)"""
_FROM_ROLLUP = f"""{_SLICES}
SELECT place, group_of(facet_id), sum(requests), sum(reported_requests), {SUMS}
FROM slice CROSS JOIN rollup ON bucket >= low AND bucket < high{{}} GROUP BY low, 2"""  # noqa: S608 - our own columns
_FROM_EVENT = f"""{_SLICES}
SELECT place, group_of(facet_id), count(*), count(reported_cost_pico), {SUMS}
FROM slice CROSS JOIN event ON occurred_at >= low AND occurred_at < high{{}} GROUP BY low, 2"""  # noqa: S608 - our own columns


class Sums(NamedTuple):
    """Sums over the calls of one group in one slice; money in picodollars."""

    place: int
    group: int
    requests: int
    reported_requests: int
    input_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    output_tokens: int
    reasoning_tokens: int
    list_cost_pico: int
    reported_cost_pico: int


class Slice(NamedTuple):
    """One stretch [start, end) in microseconds, and the number of the bucket it lies in for each grain."""

    start: int
    end: int
    buckets: tuple[int, ...]


def to_us(moment: datetime) -> int:
    """Return an aware time as whole microseconds since 1970 UTC."""
    return (moment - EPOCH) // _MICROSECOND


def from_us(microseconds: int) -> datetime:
    """Return microseconds since 1970 as aware UTC."""
    return EPOCH + microseconds * _MICROSECOND


def cut(period: Period, grains: Sequence[Grain]) -> tuple[list[Slice], dict[Grain, list[str]]]:
    """Return the slices that partition a period, in order, and the labels of each grain's buckets.

    Without grains there is one slice.
    """
    edges: list[list[int]] = []
    labels: dict[Grain, list[str]] = {}
    for grain in grains:
        buckets = list(period.buckets(grain))
        edges.append([to_us(bucket.end) for bucket in buckets])
        labels[grain] = [bucket.label for bucket in buckets]
    ends = sorted({to_us(period.end)}.union(*edges))
    slices: list[Slice] = []
    start = to_us(period.start)
    current = [0] * len(edges)
    for end in ends:
        slices.append(Slice(start=start, end=end, buckets=tuple(current)))
        current = [number + (edges[place][number] <= end) for place, number in enumerate(current)]
        start = end
    return slices, labels


def sums(connection: sqlite3.Connection, slices: Sequence[Slice], groups: Mapping[int, int]) -> Iterator[Sums]:
    """Yield the sums of each slice (by its place in the sequence) and group; a pair may come more than once.

    `groups` gives the group's number of each facet that counts; facets that it lacks do not count.
    """
    whole: list[tuple[int, int, int]] = []
    edges: list[tuple[int, int, int]] = []
    for place, one in enumerate(slices):
        first, last = -(-one.start // BUCKET_US), one.end // BUCKET_US
        if first >= last:
            edges.append((place, one.start, one.end))
            continue
        whole += ((place, low, min(low + _STRIDE, last)) for low in range(first, last, _STRIDE))
        edges.append((place, one.start, first * BUCKET_US))
        edges.append((place, last * BUCKET_US, one.end))
    edges = [edge for edge in edges if edge[1] < edge[2]]
    connection.create_function("group_of", 1, groups.get, deterministic=True)
    among, numbers = _restriction(connection, groups)
    for statement, parts in ((_FROM_ROLLUP, whole), (_FROM_EVENT, edges)):
        if parts:
            yield from map(joined, connection.execute(statement.format(among), (json.dumps(parts), *numbers)))


def _restriction(connection: sqlite3.Connection, groups: Mapping[int, int]) -> tuple[str, tuple[str, ...]]:
    """Return the condition that leaves out facets without a group, and its parameters; empty when there are none."""
    (facets,) = connection.execute("SELECT count(*) FROM facet").fetchone()
    return ("", ()) if len(groups) == facets else (_AMONG, (json.dumps(list(groups)),))


def joined(row: Sequence[int | None]) -> Sums:
    """Return a row of place, group, requests, reported requests and SUMS, its sums put together again."""
    known = [number or 0 for number in row]
    return Sums(*known[:4], *(high * _PART + low for high, low in zip(known[4::2], known[5::2], strict=True)))
