"""Measures: what a monitoring system asks for, summed from the ledger, so that restarts and other writers agree.

Sums by provider, model and agent are those of a report over all calls. Histograms are kept by quarter of an hour, and
only those quarters are read again whose calls changed. What is counted up never goes down: where a call is priced
anew or known better at a lower figure, the old sum stands until it is passed.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from tokencli.domain.money import PICO_PER_USD
from tokencli.services.budgets import PERIODS, current, thresholds
from tokencli.services.estimate_report import estimate_report
from tokencli.services.quarters import Quarters
from tokencli.services.report import Question, period_asked
from tokencli.store import queries
from tokencli.store.facets import facets
from tokencli.store.meta import meta_value, set_meta

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from tokencli.domain.money import Usd
    from tokencli.domain.report import ReportRow, Totals
    from tokencli.domain.threshold import Threshold
    from tokencli.services.budgets import Calendar
    from tokencli.services.estimate_report import EstimateError
    from tokencli.store.database import Connection, Database
    from tokencli.store.histograms import Bins

COST_BOUNDS_USD: Final = ("0.0001", "0.0005", "0.001", "0.005", "0.01", "0.05", "0.1", "0.5", "1")
SECONDS_BOUNDS: Final = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
MOST_MODELS: Final = 200
MOST_AGENTS: Final = 50
OTHER: Final = "other"
_Name = TypeVar("_Name", str, tuple[str, str])
_MARKS: Final = "metrics_marks"
_SAVE_EVERY: Final = timedelta(minutes=5)
_COST_BOUNDS: Final = tuple(int(PICO_PER_USD * float(bound) + 0.5) for bound in COST_BOUNDS_USD)
_TIME_BOUNDS: Final = tuple(int(bound * 1_000_000) for bound in SECONDS_BOUNDS)
_COUNTED: Final = (
    "requests",
    "errors",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
    "unpriced_requests",
    "estimated_requests",
    "partial_requests",
    "missing_requests",
)


class Labels(NamedTuple):
    """What a counter is told apart by; an empty text where nothing is known, "other" beyond the first so many."""

    provider: str
    model: str
    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One reading. Counters are whole numbers (money in picodollars) by name and labels.

    Histograms: of list costs in picodollars, and by provider of durations in microseconds.
    """

    counters: Mapping[str, Mapping[Labels, int]]
    costs: Bins
    durations: Mapping[str, Bins]
    first_tokens: Mapping[str, Bins]
    thresholds: tuple[Threshold, ...] = ()
    spent: Mapping[str, Totals] = field(default_factory=dict[str, "Totals"])
    estimates: tuple[EstimateError, ...] = ()


class Measures:
    """Reads one ledger again and again; one thread at a time."""

    def __init__(self) -> None:
        """Begin without any reading."""
        self._quarters = Quarters(_COST_BOUNDS, _TIME_BOUNDS)
        self._highest: dict[str, int] = {}
        self._saved_at: datetime | None = None
        self._read_at: datetime | None = None
        self._has_fallen = False

    @property
    def is_save_due(self) -> bool:
        """Say whether `save` is due: a sum came out lower than it was told before, or the last one is 5 minutes old."""
        if self._has_fallen or self._saved_at is None or self._read_at is None:
            return self._read_at is not None
        return self._read_at - self._saved_at >= _SAVE_EVERY

    def read(self, database: Database, limits: Mapping[str, Usd], calendar: Calendar) -> Snapshot:
        """Return how the ledger stands now; raise StoreError when it cannot be read."""
        estimates = estimate_report(database, Question(zone=calendar.zone, period="24h"), now=calendar.now).rows
        with database.reading() as connection:
            period = period_asked(
                Question(zone=calendar.zone, week_start=calendar.week_start),
                now=calendar.now,
                span=queries.span(connection),
            )
            found = queries.report(connection, period, ("provider", "model", "agent"))
            names = _Names(connection)
            self._load(connection)
            self._read_at = calendar.now
            self._quarters.renew(connection)
            return Snapshot(
                counters=self._counters(found.rows, names),
                costs=self._quarters.costs,
                durations=self._quarters.durations,
                first_tokens=self._quarters.first_tokens,
                thresholds=thresholds(connection, limits, calendar),
                spent={name: current(connection, name, calendar).totals for name in PERIODS},
                estimates=estimates,
            )

    def save(self, connection: Connection) -> None:
        """Keep what the counters have come to for the next process, inside the caller's transaction."""
        self._load(connection)
        set_meta(connection, _MARKS, json.dumps(self._highest))
        self._has_fallen, self._saved_at = False, self._read_at

    def _load(self, connection: Connection) -> None:
        for name, value in json.loads(meta_value(connection, _MARKS) or "{}").items():
            self._highest[name] = max(value, self._highest.get(name, 0))

    def _counters(self, rows: Iterable[ReportRow], names: _Names) -> dict[str, dict[Labels, int]]:
        sums: dict[str, dict[Labels, int]] = {name: defaultdict(int) for name in (*_COUNTED, "list_cost_pico")}
        for row in rows:
            labels = names.labels(row)
            for name, value in _values(row.totals):
                sums[name][labels] += value
        for name, by_labels in sums.items():
            for labels, value in by_labels.items():
                by_labels[labels] = self._up(json.dumps([name, *labels]), value)
        return sums

    def _up(self, key: str, value: int) -> int:
        known = self._highest.get(key, 0)
        if value < known:
            self._has_fallen = True
        self._highest[key] = highest = max(value, known)
        return highest


class _Names:
    """Which labels there are: the first so many that the ledger met, for ever the same; the rest is "other"."""

    def __init__(self, connection: Connection) -> None:
        known = facets(connection, queries.EVERYTHING)
        self._models = _first(((each.provider or "", each.model or "") for each in known), MOST_MODELS)
        self._agents = _first((each.agent or "" for each in known), MOST_AGENTS)

    def labels(self, row: ReportRow) -> Labels:
        provider, model, agent = (row.key[name] or "" for name in ("provider", "model", "agent"))
        if (provider, model) not in self._models:
            provider = model = OTHER
        return Labels(provider, model, agent if agent in self._agents else OTHER)


def _first(names: Iterable[_Name], most: int) -> set[_Name]:
    return set(list(dict.fromkeys(names))[:most])


def _values(totals: Totals) -> Iterator[tuple[str, int]]:
    for name in _COUNTED:
        yield name, getattr(totals, name)
    # Not known is not zero: without a price there is no series of dollars.
    if totals.list_cost is not None:
        yield "list_cost_pico", int(totals.list_cost * PICO_PER_USD)
