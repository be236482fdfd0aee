"""Shapes: how single calls are distributed, over cost, over size and over the hours of the week."""

from __future__ import annotations

from collections import Counter
from math import isqrt
from typing import TYPE_CHECKING, NamedTuple

from tokencli.domain.money import from_pico
from tokencli.domain.overview import CostBin, HeatCell, SizeCell
from tokencli.domain.period import Grain, zone_of
from tokencli.store.facets import facets
from tokencli.store.slices import cut, from_us, sums, to_us

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from tokencli.domain.period import Period
    from tokencli.domain.report import EventFilter

_COST_EDGES = [0, *(step * 10**power for power in range(19) for step in (1, 2, 5))]
_HIGHEST = 10**19
_TOKEN_EDGES = [0, *sorted({round(10 ** (power / 5)) for power in range(81)})]
_CELLS = 128
_LARGE_SHARE = 4


class CallShapes(NamedTuple):
    """What calls cost, and how long they were."""

    cost_bins: tuple[CostBin, ...]
    size_cells: tuple[SizeCell, ...]


def call_shapes(connection: sqlite3.Connection, period: Period, where: EventFilter) -> CallShapes:
    """Return the calls of a period by list cost (bins of 1, 2, 5, 10 ...) and by input and output tokens (5 a decade).

    Cost bins follow each other from the lowest to the highest with calls; what costs nothing has a bin of its own.
    Calls without a known cost are in no bin, calls without token counts in no cell.
    """
    models = {facet.id: facet.model for facet in facets(connection, where)}
    costs: Counter[int] = Counter()
    sizes: Counter[tuple[str | None, int]] = Counter()
    # Counting here is twice as fast as GROUP BY, which sorts a million rows to make a few thousand.
    for (facet_id, size, cost), requests in Counter(connection.execute(*_shape_statement(connection, period))).items():
        if facet_id in models:
            if cost is not None:
                costs[cost] += requests
            if size is not None:
                sizes[models[facet_id], size] += requests
    return CallShapes(_cost_bins(costs), _size_cells(sizes))


def heat_cells(connection: sqlite3.Connection, period: Period, where: EventFilter) -> tuple[HeatCell, ...]:
    """Return the calls and their list cost by weekday and hour in the period's zone; hours without calls are left out.

    The night in which clocks go back counts its doubled hour once more.
    """
    slices, _ = cut(period, [Grain.HOUR])
    zone = zone_of(period.zone)
    requests: Counter[tuple[int, int]] = Counter()
    pico: Counter[tuple[int, int]] = Counter()
    for one in sums(connection, slices, {facet.id: 0 for facet in facets(connection, where)}):
        local = from_us(slices[one.place].start).astimezone(zone)
        cell = local.weekday(), local.hour
        requests[cell] += one.requests
        pico[cell] += one.list_cost_pico
    return tuple(
        HeatCell(weekday=weekday, hour=hour, requests=number, list_cost=from_pico(pico[weekday, hour]))
        for (weekday, hour), number in sorted(requests.items())
    )


def _shape_statement(connection: sqlite3.Connection, period: Period) -> tuple[str, tuple[int, int]]:
    start, end = to_us(period.start), to_us(period.end)
    size = f"{_place('input_tokens', _TOKEN_EDGES)} * {_CELLS} + {_place('output_tokens', _TOKEN_EDGES)}"
    source = "event NOT INDEXED" if _is_large(connection, start, end) else "event"
    statement = (
        f"SELECT facet_id, iif(input_tokens IS NULL, NULL, {size}),"  # noqa: S608 - our own columns and numbers
        f" iif(list_cost_pico IS NULL, NULL, {_place('list_cost_pico', _COST_EDGES)})"
        f" FROM {source} WHERE occurred_at >= ? AND occurred_at < ?"
    )
    return statement, (start, end)


def _is_large(connection: sqlite3.Connection, start: int, end: int) -> bool:
    """Say whether a stretch holds so much of the ledger that reading all of it is faster than jumping about in it."""
    first = connection.execute("SELECT min(occurred_at) FROM event").fetchone()[0]
    last = connection.execute("SELECT max(occurred_at) FROM event").fetchone()[0]
    return first is not None and (min(end, last + 1) - max(start, first)) * _LARGE_SHARE > last + 1 - first


def _place(column: str, edges: Sequence[int], first: int = 0) -> str:
    """Return the SQL that finds the place of the last edge not above a column, by halving."""
    if len(edges) == 1:
        return str(first)
    middle = len(edges) // 2
    low, high = _place(column, edges[:middle], first), _place(column, edges[middle:], first + middle)
    return f"CASE WHEN {column} < {edges[middle]} THEN {low} ELSE {high} END"


def _cost_bins(costs: Mapping[int, int]) -> tuple[CostBin, ...]:
    if not costs:
        return ()
    edges = [from_pico(edge) for edge in (*_COST_EDGES, _HIGHEST)]
    priced = [place for place in costs if place]
    places = [0] if costs.get(0) else []
    if priced:
        places += range(min(priced), max(priced) + 1)
    return tuple(CostBin(low=edges[at], high=edges[at + 1], requests=costs.get(at, 0)) for at in places)


def _size_cells(sizes: Mapping[tuple[str | None, int], int]) -> tuple[SizeCell, ...]:
    cells = [
        SizeCell(
            model=model,
            input_tokens=_centre(size // _CELLS),
            output_tokens=_centre(size % _CELLS),
            requests=requests,
        )
        for (model, size), requests in sizes.items()
    ]
    return tuple(
        sorted(cells, key=lambda cell: (-cell.requests, cell.model or "", cell.input_tokens, cell.output_tokens))
    )


def _centre(place: int) -> int:
    """Return the geometric middle of a cell; 0 is a cell of its own."""
    low = _TOKEN_EDGES[place]
    high = _TOKEN_EDGES[place + 1] if place + 1 < len(_TOKEN_EDGES) else low + 1
    return isqrt(low * (high - 1))
