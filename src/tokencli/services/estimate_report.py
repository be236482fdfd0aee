"""How far off the estimates were, by provider and model: a report of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tokencli.services.report import period_asked
from tokencli.store.estimates import STEPS_A_WHOLE, error_counts
from tokencli.store.queries import span

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from tokencli.domain.period import Period
    from tokencli.services.report import Question
    from tokencli.store.database import Database
    from tokencli.store.estimates import ErrorCount

_MOST_OF_THEM = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateError:
    """The error of the estimates of one provider and model; `side` is "input" or "output".

    Errors are parts of what the provider reported: 0.05 is 5 % too high, -0.05 too low. `mean_error` is their mean
    over the calls, `mean_absolute_error` that of their sizes, `p90_absolute_error` what nine calls of ten stay
    below, to 0.1 %; `bias` is the error of the sum of all calls, in which a call counts by its size.
    """

    provider_name: str | None
    model: str | None
    side: str
    calls: int
    estimated_tokens: int
    reported_tokens: int
    mean_error: float
    mean_absolute_error: float
    p90_absolute_error: float

    @property
    def bias(self) -> float:
        """Return (estimated - reported) / reported tokens of all calls together."""
        return (self.estimated_tokens - self.reported_tokens) / self.reported_tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateReport:
    """The errors of a period's estimates; only calls that have both an estimate and a reported count."""

    period: Period
    rows: tuple[EstimateError, ...] = field(default_factory=tuple)


def estimate_report(database: Database, question: Question, *, now: datetime) -> EstimateReport:
    """Return the errors by provider and model, the most calls first.

    Raises:
        UnknownPeriodError, EmptyPeriodError, UnknownZoneError: the question cannot be understood.
        StoreError: the ledger cannot be read.
    """
    with database.reading() as connection:
        period = period_asked(question, now=now, span=span(connection))
        groups: dict[tuple[str | None, str | None, str], list[ErrorCount]] = {}
        for count in error_counts(connection, period, question.where):
            groups.setdefault((count.provider_name, count.model, count.side), []).append(count)
    rows = [_error(counts) for counts in groups.values()]
    rows.sort(key=lambda row: (-row.calls, row.provider_name or "", row.model or "", row.side))
    return EstimateReport(period=period, rows=tuple(rows))


def _error(counts: list[ErrorCount]) -> EstimateError:
    calls = sum(count.calls for count in counts)
    return EstimateError(
        provider_name=counts[0].provider_name,
        model=counts[0].model,
        side=counts[0].side,
        calls=calls,
        estimated_tokens=sum(count.estimated_tokens for count in counts),
        reported_tokens=sum(count.reported_tokens for count in counts),
        mean_error=sum(count.signed_error for count in counts) / calls,
        mean_absolute_error=sum(count.absolute_error for count in counts) / calls,
        p90_absolute_error=_upper_end(counts, calls * _MOST_OF_THEM),
    )


def _upper_end(counts: Iterable[ErrorCount], wanted: float) -> float:
    """Return the upper end of the step within which so many calls, counted from the smallest error, end; 0 for none."""
    seen = 0
    for count in sorted(counts, key=lambda count: count.step):
        seen += count.calls
        if seen >= wanted:
            is_exact = count.absolute_error == 0
            return 0.0 if is_exact else (count.step + 1) / STEPS_A_WHOLE
    return 0.0
