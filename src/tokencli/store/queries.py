"""Reports: sums of a period by any dimensions. All views show what these queries return."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokencli.domain.period import Grain
from tokencli.domain.report import TIME_DIMENSIONS, EventFilter, NoticeCount, Report, ReportRow
from tokencli.store.facets import facets, kinds
from tokencli.store.slices import cut, from_us, sums, to_us
from tokencli.store.tally import Kind, Tally, kind_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from tokencli.domain.period import Period
    from tokencli.domain.report import Totals
    from tokencli.store.slices import Slice, Sums

EVERYTHING = EventFilter()
_UNKNOWN = (1, "")


def report(
    connection: sqlite3.Connection, period: Period, group_by: Sequence[str], where: EventFilter = EVERYTHING
) -> Report:
    """Return the sums of a period by some dimensions.

    Rows of time alone are there for every bucket, also without calls. They come in the order of time; rows of
    other dimensions by list cost, then calls, the largest first, then by name.
    """
    return reports(connection, period, [group_by], where)[0]


def reports(
    connection: sqlite3.Connection, period: Period, groupings: Sequence[Sequence[str]], where: EventFilter = EVERYTHING
) -> list[Report]:
    """Return one report for each list of dimensions, all from one reading of the ledger."""
    asked = list(dict.fromkeys(name for grouping in groupings for name in grouping))
    grains = [Grain(name) for name in asked if name in TIME_DIMENSIONS]
    names = [name for name in asked if name not in TIME_DIMENSIONS]
    slices, labels = cut(period, grains)
    groups, groups_of_facets = _groups(connection, names, where)
    found = list(sums(connection, slices, groups_of_facets))
    folds = [_Fold(grouping, grains, names) for grouping in groupings]
    for fold in folds:
        fold.begin(slices)
        fold.add(found, slices, groups)
    return [fold.report(period, labels) for fold in folds]


def span(connection: sqlite3.Connection) -> tuple[datetime, datetime] | None:
    """Return the times of the first and the last call; None when there is none."""
    first = connection.execute("SELECT min(occurred_at) FROM event").fetchone()[0]
    last = connection.execute("SELECT max(occurred_at) FROM event").fetchone()[0]
    return None if first is None else (from_us(first), from_us(last))


def notices(connection: sqlite3.Connection, period: Period) -> tuple[NoticeCount, ...]:
    """Return how many lines of failure of each kind a period's logs held, the most frequent first.

    Lines without a time count in every period.
    """
    rows = connection.execute(
        "SELECT code, provider_name, model, count(*) FROM notice"
        " WHERE occurred_at IS NULL OR (occurred_at >= ? AND occurred_at < ?)"
        " GROUP BY code, provider_name, model ORDER BY count(*) DESC, code, provider_name, model",
        (to_us(period.start), to_us(period.end)),
    )
    return tuple(NoticeCount(code=row[0], provider_name=row[1], model=row[2], count=row[3]) for row in rows)


def _groups(
    connection: sqlite3.Connection, names: Sequence[str], where: EventFilter
) -> tuple[list[tuple[Kind, tuple[str | None, ...]]], dict[int, int]]:
    """Return the groups (a kind and a label for each name) and the group's number of each facet that counts."""
    numbers: dict[tuple[Kind, tuple[str | None, ...]], int] = {}
    of_facets: dict[int, int] = {}
    if not (names or where.names or where.tags):
        for facet_id, *words in kinds(connection):
            of_facets[facet_id] = numbers.setdefault((kind_of(*words), ()), len(numbers))
        return list(numbers), of_facets
    for facet in facets(connection, where):
        kind = kind_of(facet.status, facet.basis, facet.finish)
        group = (kind, tuple(facet.label(name) for name in names))
        of_facets[facet.id] = numbers.setdefault(group, len(numbers))
    return list(numbers), of_facets


class _Fold:
    """One report in the making: which of the asked dimensions are its key, and a tally for each key."""

    def __init__(self, grouping: Sequence[str], grains: Sequence[Grain], names: Sequence[str]) -> None:
        self._grouping = tuple(grouping)
        self._times = [grains.index(Grain(name)) for name in grouping if name in TIME_DIMENSIONS]
        self._names = [names.index(name) for name in grouping if name not in TIME_DIMENSIONS]
        self._all = Tally()
        self._tallies: dict[tuple[tuple[int, ...], tuple[str | None, ...]], Tally] = {}

    def begin(self, slices: Iterable[Slice]) -> None:
        """Make the rows that are there without calls: those of time alone."""
        if not self._names:
            for one in slices:
                self._tallies.setdefault((self._moments(one), ()), Tally())

    def add(
        self, found: Iterable[Sums], slices: Sequence[Slice], groups: Sequence[tuple[Kind, tuple[str | None, ...]]]
    ) -> None:
        """Add sums to the rows they belong to."""
        for one in found:
            kind, labels = groups[one.group]
            key = self._moments(slices[one.place]), tuple([labels[place] for place in self._names])
            tally = self._tallies.get(key)
            if tally is None:
                tally = self._tallies[key] = Tally()
            tally.add(kind, one)
            self._all.add(kind, one)

    def report(self, period: Period, labels: dict[Grain, list[str]]) -> Report:
        """Return the finished report."""
        rows = [(moments, names, tally.totals()) for (moments, names), tally in self._tallies.items()]
        rows.sort(key=lambda row: (row[0], *_rank(row[1], row[2])))
        made = tuple(ReportRow(key=self._key(row[0], row[1], labels), totals=row[2]) for row in rows)
        return Report(period=period, group_by=self._grouping, totals=self._all.totals(), rows=made)

    def _moments(self, one: Slice) -> tuple[int, ...]:
        return tuple([one.buckets[place] for place in self._times])

    def _key(
        self, moments: tuple[int, ...], names: tuple[str | None, ...], labels: dict[Grain, list[str]]
    ) -> dict[str, str | None]:
        times, others = iter(moments), iter(names)
        return {
            name: labels[Grain(name)][next(times)] if name in TIME_DIMENSIONS else next(others)
            for name in self._grouping
        }


def _rank(names: tuple[str | None, ...], totals: Totals) -> tuple[object, ...]:
    cost = -1 if totals.list_cost is None else totals.list_cost
    return -cost, -totals.requests, [_UNKNOWN if name is None else (0, name) for name in names]
