"""Reports: a question in words, answered from one state of the ledger."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from tokencli.domain.kinds import CostStatus
from tokencli.domain.period import CUSTOM, MONDAY, Grain, Period, moment_of, period_of
from tokencli.store import queries

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tokencli.domain.call import CallRow
    from tokencli.domain.report import EventFilter, NoticeCount, Report
    from tokencli.store.database import Connection, Database

ALL = "all"


class Question(NamedTuple):
    """What a report is asked for, as its caller wrote it.

    `since` and `until` (a date or a time, `until` excluded) take the place of the period; without one of them
    the stretch begins with the first call, or covers the last one and today. Without `group_by` rows are days,
    or hours of `today`. `zone` is a name of the time zone database.
    """

    zone: str
    period: str = ALL
    since: str | None = None
    until: str | None = None
    group_by: tuple[str, ...] | None = None
    where: EventFilter = queries.EVERYTHING
    week_start: int = MONDAY


def report(database: Database, question: Question, *, now: datetime) -> Report:
    """Return the sums of a period by some dimensions.

    Raises:
        UnknownPeriodError, EmptyPeriodError, UnknownZoneError: the question cannot be understood.
        StoreError: the ledger cannot be read.
    """
    with database.reading() as connection:
        period = period_asked(question, now=now, span=queries.span(connection))
        return queries.report(connection, period, group_by_asked(question), question.where)


def with_session_names(database: Database, asked: Report) -> Report:
    """Return a report for people: its rows name sessions as their users do; ids stay where no name is known."""
    with database.reading() as connection:
        return named(connection, asked)


def notices(database: Database, period: Period) -> tuple[NoticeCount, ...]:
    """Return the lines of failure that logs held in a period."""
    with database.reading() as connection:
        return queries.notices(connection, period)


def unpriced_models(database: Database, period: Period, where: EventFilter) -> tuple[str | None, ...]:
    """Return the models of the calls without a price, those with most of them first; None for calls without a model."""
    unpriced = replace(where, names={**where.names, "status": (CostStatus.UNPRICED.value,)})
    with database.reading() as connection:
        by_model = queries.report(connection, period, ("model",), unpriced)
    return tuple(row.key["model"] for row in by_model.rows)


def events(database: Database, question: Question, *, now: datetime) -> Iterator[CallRow]:
    """Yield the calls of a period in the order of time; raises as `report`."""
    from tokencli.store.calls import calls

    with database.reading() as connection:
        period = period_asked(question, now=now, span=queries.span(connection))
        yield from calls(connection, period, question.where)


def period_asked(question: Question, *, now: datetime, span: tuple[datetime, datetime] | None) -> Period:
    """Return the period that a question means; `span` holds the times of the ledger's first and last call."""
    zone, week_start = question.zone, question.week_start
    if question.since is None and question.until is None and question.period != ALL:
        return period_of(question.period, now=now, zone=zone, week_start=week_start)
    whole = period_of(ALL, now=now, zone=zone, week_start=week_start, earliest=span[0] if span else None)
    if span and span[1] >= whole.end:
        last_day = period_of("today", now=span[1], zone=zone, week_start=week_start)
        whole = replace(whole, end=last_day.end)
    if question.since is None and question.until is None:
        return whole
    return replace(
        whole,
        name=CUSTOM,
        start=whole.start if question.since is None else moment_of(question.since, zone),
        end=whole.end if question.until is None else moment_of(question.until, zone),
    )


def group_by_asked(question: Question) -> tuple[str, ...]:
    """Return the dimensions that a question means."""
    if question.group_by is not None:
        return question.group_by
    is_today = question.period == "today" and question.since is None and question.until is None
    return (Grain.HOUR.value,) if is_today else (Grain.DAY.value,)


def named(connection: Connection, asked: Report) -> Report:
    """Return what `with_session_names` returns, inside a reading of the ledger that is under way."""
    if "session" not in asked.group_by:
        return asked
    from tokencli.store.sessions import names_by_id

    names = names_by_id(connection)
    rows = (
        replace(row, key={**row.key, "session": names.get(row.key["session"] or "", row.key["session"])})
        for row in asked.rows
    )
    return replace(asked, rows=tuple(rows))
