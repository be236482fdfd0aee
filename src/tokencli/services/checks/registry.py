"""All checks, and one function that runs them over an open ledger, wherever that lies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tokencli.domain.audit import Audit, ModelSum, StretchSum
from tokencli.domain.errors import DamagedLedgerError
from tokencli.domain.finding import ranked
from tokencli.domain.period import period_of
from tokencli.services.checks import clients, costs, deep, estimates, rows, sessions, soundness, times, tokens, twice
from tokencli.services.checks.evidence import Evidence
from tokencli.services.checks.good_news import good_news
from tokencli.services.report import ALL, period_asked
from tokencli.store import check_sums, queries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from tokencli.domain.finding import Finding
    from tokencli.domain.period import Period
    from tokencli.services.checks.evidence import Tools
    from tokencli.services.report import Question
    from tokencli.store.database import Connection, Database

    Check = Callable[[Evidence], Iterable[Finding]]

CHECKS: Final[tuple[Check, ...]] = (
    soundness.links,
    soundness.marks,
    soundness.kept_sums,
    tokens.no_calls,
    tokens.no_tokens,
    tokens.one_sided,
    tokens.lonely_twins,
    tokens.log_failures,
    costs.zero_costs,
    costs.price_differences,
    costs.free_but_paid,
    costs.unpriced,
    estimates.estimated_share,
    times.wrong_times,
    times.gaps,
    times.silent_providers,
    times.failing_providers,
    times.utc_days,
    rows.impossible_counts,
    twice.same_ids,
    twice.same_calls,
    clients.missed,
    sessions.lost_sessions,
    sessions.unknown_models,
    sessions.context_limits,
    deep.deep,
)
"""Every check of the calls; each reads what it needs of the evidence and yields what it has to say."""
_STRETCHES: Final = {"today": "today", "this week": "week", "this month": "month"}
_MOST_NEW: Final = 5


def run_checks(database: Database, question: Question, tools: Tools, *, now: datetime) -> Audit:
    """Return the audit of a period's calls, all of it from one state of the ledger.

    `question` gives the period, the zone and the first day of the week; its filter is not looked at.

    Raises:
        UnknownPeriodError, EmptyPeriodError, UnknownZoneError: the question cannot be understood.
        StoreError: the ledger cannot be read.
    """
    try:
        with database.reading() as connection:
            broken = _broken_pages(connection, question, tools, now)
            return broken or _audited(connection, question, tools, now)
    except DamagedLedgerError as error:
        return _damaged([soundness.damaged(str(error))], question, now)


def _audited(connection: Connection, question: Question, tools: Tools, now: datetime) -> Audit:
    period = period_asked(question, now=now, span=queries.span(connection))
    is_whole = question.period == ALL and question.since is None and question.until is None
    evidence = Evidence(connection, period, tools, now, is_whole=is_whole)
    by_model = queries.report(connection, period, ("model",))
    findings = [finding for check in CHECKS for finding in check(evidence)]
    return Audit(
        period=period,
        made_at=now,
        holdings=check_sums.holdings(connection),
        totals=by_model.totals,
        by_model=tuple(ModelSum(model=row.key["model"], totals=row.totals) for row in by_model.rows),
        stretches=tuple(_stretch(connection, name, period, now) for name in _STRETCHES),
        newest=tuple(check_sums.newest(connection, period, _MOST_NEW)),
        findings=ranked([*findings, *good_news(evidence, findings)]),
        is_deep=tools.is_deep,
        left_out=tuple(_left_out(evidence)),
    )


def _broken_pages(connection: Connection, question: Question, tools: Tools, now: datetime) -> Audit | None:
    """Return the audit of a ledger with broken pages, of which nothing else can be believed; None for a sound one."""
    evidence = Evidence(connection, _today(question, now), tools, now)
    found = [each for each in soundness.pages(evidence) if each.code == soundness.DAMAGED]
    return _damaged(found, question, now) if found else None


def _damaged(findings: list[Finding], question: Question, now: datetime) -> Audit:
    return Audit(period=_today(question, now), made_at=now, findings=tuple(findings))


def _today(question: Question, now: datetime) -> Period:
    return period_of("today", now=now, zone=question.zone, week_start=question.week_start)


def _stretch(connection: Connection, name: str, asked: Period, now: datetime) -> StretchSum:
    period = period_of(_STRETCHES[name], now=now, zone=asked.zone, week_start=asked.week_start)
    return StretchSum(name=name, period=period, totals=queries.report(connection, period, ("provider",)).totals)


def _left_out(evidence: Evidence) -> Iterator[str]:
    if evidence.is_too_large:
        yield "Pages and references of a ledger of this size are looked at with --deep only."
    if not evidence.is_deep and sum(tally.requests for tally in evidence.sums.values()) > twice.NEWEST:
        yield f"Calls that look alike were sought among the newest {twice.NEWEST:,}; --deep looks at all."
