"""Audit: everything that a check of a ledger shows: counts, sums, the newest calls, and the findings."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tokencli.domain.finding import Finding, Verdict, ranked, verdict_of
from tokencli.domain.report import Totals

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from tokencli.domain.ledger import LedgerInfo
    from tokencli.domain.money import Usd
    from tokencli.domain.period import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSum:
    """The calls of one model in the audit's period; None for calls whose source names no model."""

    model: str | None
    totals: Totals


@dataclass(frozen=True, slots=True, kw_only=True)
class StretchSum:
    """The calls of today, of this week or of this month, whatever period was asked for."""

    name: str
    period: Period
    totals: Totals


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCall:
    """One of the newest calls, as plain values: what the ledger holds may be impossible, and is shown all the same."""

    event_id: str
    occurred_at: datetime
    source: str
    model: str | None
    agent: str | None
    input_tokens: int | None
    output_tokens: int | None
    list_cost: Usd | None
    reported_cost: Usd | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """How many of each kind of thing the whole ledger holds; `failure_lines` are lines of failure in logs."""

    calls: int = 0
    sightings: int = 0
    sessions: int = 0
    open_calls: int = 0
    logs: int = 0
    failure_lines: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """One audit. `totals`, `by_model` and `newest` are of `period`; `ledger` is None for a ledger without a file.

    `findings` come in the order in which they are shown. `left_out` says in sentences what was not looked at.
    """

    period: Period
    made_at: datetime
    is_deep: bool = False
    holdings: Holdings = field(default_factory=Holdings)
    totals: Totals = field(default_factory=Totals)
    by_model: tuple[ModelSum, ...] = ()
    stretches: tuple[StretchSum, ...] = ()
    newest: tuple[NewCall, ...] = ()
    findings: tuple[Finding, ...] = ()
    left_out: tuple[str, ...] = ()
    ledger: LedgerInfo | None = None

    @property
    def verdict(self) -> Verdict:
        """Return what all findings come to."""
        return verdict_of(self.findings)

    @property
    def mean_tokens(self) -> int | None:
        """Return the mean tokens of a call whose tokens were counted, rounded; None where there is none."""
        counted = self.totals.requests - self.totals.missing_requests
        return round(self.totals.total_tokens / counted) if counted else None

    def with_findings(self, more: Iterable[Finding], *, ledger: LedgerInfo | None = None) -> Audit:
        """Return the audit with further findings, such as those of the ledger's file."""
        return replace(self, findings=ranked((*self.findings, *more)), ledger=ledger or self.ledger)
