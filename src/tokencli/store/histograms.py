"""How many calls cost how much and took how long: counted by quarter of an hour, so that only what changed is read."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from tokencli.store.slices import BUCKET_US

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

_MARKS = """\
SELECT bucket, sum(requests), sum(requests * facet_id), sum(list_cost_pico) FROM rollup GROUP BY bucket"""
_COSTS = """\
SELECT occurred_at / {width}, NULL, sum(list_cost_pico), count(list_cost_pico){bins} FROM event
WHERE occurred_at >= ? AND occurred_at < ? GROUP BY 1 HAVING count(list_cost_pico) > 0"""
_TIMES = """\
SELECT e.occurred_at / {width}, f.provider_name, sum(d.{column}), count(d.{column}){bins}
FROM event AS e CROSS JOIN event_detail AS d ON d.event_id = e.id CROSS JOIN facet AS f ON f.id = e.facet_id
WHERE e.occurred_at >= ? AND e.occurred_at < ? AND d.{column} IS NOT NULL GROUP BY 1, 2"""


class Mark(NamedTuple):
    """What the calls of a quarter of an hour come to: as long as it is the same, so are its histograms."""

    requests: int
    facets: int
    list_cost_pico: int


class Bins(NamedTuple):
    """Calls by size: `counts` has one number for each bound (at most that) and one for the rest; `total` is the sum."""

    counts: tuple[int, ...]
    total: int


class Counted(NamedTuple):
    """The histogram of one quarter of an hour, and of one provider where it is by provider."""

    bucket: int
    provider_name: str | None
    bins: Bins


def marks(connection: sqlite3.Connection) -> dict[int, Mark]:
    """Return the mark of each quarter of an hour that has calls."""
    return {bucket: Mark(*rest) for bucket, *rest in connection.execute(_MARKS)}


def costs(connection: sqlite3.Connection, span: tuple[int, int], bounds: Sequence[int]) -> Iterator[Counted]:
    """Yield the list costs of the calls of some quarters [first, end), by bounds in picodollars."""
    yield from _counted(connection, _COSTS, "list_cost_pico", span, bounds)


def durations(connection: sqlite3.Connection, span: tuple[int, int], bounds: Sequence[int]) -> Iterator[Counted]:
    """Yield by provider how long calls of some quarters [first, end) took, by bounds in microseconds."""
    yield from _counted(connection, _TIMES, "duration_us", span, bounds)


def first_tokens(connection: sqlite3.Connection, span: tuple[int, int], bounds: Sequence[int]) -> Iterator[Counted]:
    """Yield by provider how long the first token of calls of some quarters [first, end) took, as `durations` does."""
    yield from _counted(connection, _TIMES, "time_to_first_token_us", span, bounds)


def _counted(
    connection: sqlite3.Connection, statement: str, column: str, span: tuple[int, int], bounds: Sequence[int]
) -> Iterator[Counted]:
    bins = "".join(f", sum({column} <= {int(bound)})" for bound in bounds)
    asked = statement.format(width=BUCKET_US, column=column, bins=bins)
    for bucket, provider, total, count, *upto in connection.execute(asked, [each * BUCKET_US for each in span]):
        steps = tuple(after - before for before, after in pairwise((0, *upto, count)))
        yield Counted(bucket, provider, Bins(steps, total))
