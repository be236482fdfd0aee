"""What sources said calls cost, beside the list: read from the sums that compare the same calls on both sides."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from tokencli.domain.event import UnitPrices
from tokencli.domain.money import Usd, from_pico
from tokencli.store.facets import facets
from tokencli.store.slices import BUCKET_US, from_us, to_us

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable
    from datetime import datetime

    from tokencli.domain.period import Period
    from tokencli.domain.report import EventFilter
    from tokencli.store.facets import Facet

_PART = 10**9


def _parts(column: str) -> str:
    return f"sum({column} / {_PART}), sum({column} % {_PART})"


_FROM_ROLLUP = f"""\
SELECT facet_id, sum(compared_requests), {_parts("compared_list_pico")}, {_parts("compared_reported_pico")},
       min(bucket), max(bucket)
FROM rollup WHERE bucket >= ? AND bucket < ? AND compared_requests > 0 GROUP BY facet_id"""  # noqa: S608 - own columns
_FROM_EVENT = f"""\
SELECT facet_id, count(*), {_parts("list_cost_pico")}, {_parts("reported_cost_pico")},
       min(occurred_at), max(occurred_at)
FROM event WHERE occurred_at >= ? AND occurred_at < ? AND list_cost_pico IS NOT NULL AND reported_cost_pico IS NOT NULL
GROUP BY facet_id"""  # noqa: S608 - our own columns
_ENDS = """\
SELECT min(occurred_at), max(occurred_at) FROM event
WHERE occurred_at >= ? AND occurred_at < ? AND list_cost_pico IS NOT NULL AND reported_cost_pico IS NOT NULL
  AND facet_id IN (SELECT value FROM json_each(?))"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One model's calls that have both costs. `price_bodies` are the price cards of the list, as JSON.

    `logged_prices` are the unit prices that lines printed. Both hold each one once, those of most calls first.
    """

    provider_name: str | None
    model: str | None
    requests: int
    list_cost: Usd
    reported_cost: Usd
    first_seen: datetime
    last_seen: datetime
    price_bodies: tuple[str, ...]
    logged_prices: tuple[UnitPrices, ...]


class _Part(NamedTuple):
    """Sums of one facet in one stretch, and in which stretches its first and its last call are (microseconds)."""

    facet: Facet
    requests: int
    list_pico: int
    reported_pico: int
    first: tuple[int, int]
    last: tuple[int, int]


def comparisons(connection: sqlite3.Connection, period: Period, where: EventFilter) -> tuple[Comparison, ...]:
    """Return the calls that have both a list and a reported cost, by provider and model, the most calls first."""
    known = {facet.id: facet for facet in facets(connection, where)}
    by_model: dict[tuple[str | None, str | None], list[_Part]] = {}
    for part in _read(connection, known, to_us(period.start), to_us(period.end)):
        by_model.setdefault((part.facet.provider, part.facet.model), []).append(part)
    found = [_comparison(connection, parts) for parts in by_model.values()]
    return tuple(sorted(found, key=lambda one: (-one.requests, one.provider_name or "", one.model or "")))


def _read(connection: sqlite3.Connection, known: dict[int, Facet], start: int, end: int) -> Iterable[_Part]:
    first, last = -(-start // BUCKET_US), end // BUCKET_US
    edges = [(start, first * BUCKET_US), (last * BUCKET_US, end)] if first < last else [(start, end)]
    for low, high in edges:
        for row in connection.execute(_FROM_EVENT, (low, high)):
            if row[0] in known:
                yield _Part(*_summed(row, known), (row[6], row[6] + 1), (row[7], row[7] + 1))
    for row in connection.execute(_FROM_ROLLUP, (first, last)):
        if row[0] in known:
            yield _Part(*_summed(row, known), _stretch(row[6]), _stretch(row[7]))


def _summed(row: tuple[int, ...], known: dict[int, Facet]) -> tuple[Facet, int, int, int]:
    return known[row[0]], row[1], row[2] * _PART + row[3], row[4] * _PART + row[5]


def _stretch(bucket: int) -> tuple[int, int]:
    return bucket * BUCKET_US, (bucket + 1) * BUCKET_US


def _comparison(connection: sqlite3.Connection, parts: list[_Part]) -> Comparison:
    facet = parts[0].facet
    numbers = json.dumps(sorted({part.facet.id for part in parts}))
    first = connection.execute(_ENDS, (*min(part.first for part in parts), numbers)).fetchone()[0]
    last = connection.execute(_ENDS, (*max(part.last for part in parts), numbers)).fetchone()[1]
    return Comparison(
        provider_name=facet.provider,
        model=facet.model,
        requests=sum(part.requests for part in parts),
        list_cost=from_pico(sum(part.list_pico for part in parts)),
        reported_cost=from_pico(sum(part.reported_pico for part in parts)),
        first_seen=from_us(first),
        last_seen=from_us(last),
        price_bodies=tuple(
            _price_bodies(connection, _most_first((part.facet.price_id, part.requests) for part in parts))
        ),
        logged_prices=tuple(
            _logged_prices(connection, _most_first((part.facet.logged_price_id, part.requests) for part in parts))
        ),
    )


def _most_first(uses: Iterable[tuple[int | None, int]]) -> list[int]:
    """Return numbers, each once, those that stand for most calls first."""
    calls: dict[int, int] = {}
    for number, requests in uses:
        if number is not None:
            calls[number] = calls.get(number, 0) + requests
    return sorted(calls, key=lambda number: (-calls[number], number))


def _price_bodies(connection: sqlite3.Connection, numbers: list[int]) -> Iterable[str]:
    for number in numbers:
        yield str(connection.execute("SELECT body FROM price WHERE id = ?", (number,)).fetchone()[0])


def _logged_prices(connection: sqlite3.Connection, numbers: list[int]) -> Iterable[UnitPrices]:
    for number in numbers:
        statement = "SELECT input_pico, output_pico FROM logged_price WHERE id = ?"
        into, out = connection.execute(statement, (number,)).fetchone()
        yield UnitPrices(input_usd=from_pico(into), output_usd=from_pico(out))
