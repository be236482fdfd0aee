"""Reports and the overview of a page: a question in words, answered from one state of the ledger."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tokencli.domain.charge import CostStatus
from tokencli.domain.money import ZERO, Usd, exact_product
from tokencli.domain.period import CUSTOM, MONDAY, Grain, Period, moment_of, period_of
from tokencli.domain.report import EventFilter, Overview, PriceDifference
from tokencli.pricing.card import MILLION, PriceCard, Unit
from tokencli.store import queries
from tokencli.store.calls import calls
from tokencli.store.differences import comparisons
from tokencli.store.sessions import names_by_id
from tokencli.store.shapes import call_shapes, heat_cells

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from tokencli.domain.call import CallRow
    from tokencli.domain.report import NoticeCount, Report
    from tokencli.store.database import Connection, Database
    from tokencli.store.differences import Comparison

ALL = "all"
# How many days a page's charts show by the hour, by the day, by the week; beyond that by the month.
_MOST_DAYS = ((2, Grain.HOUR), (400, Grain.DAY), (2800, Grain.WEEK))


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
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
    where: EventFilter = field(default_factory=EventFilter)
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


def overview(database: Database, question: Question, *, now: datetime) -> Overview:
    """Return everything that a page shows of a period, all of it from one state of the ledger; raises as `report`."""
    with database.reading() as connection:
        period = period_asked(question, now=now, span=queries.span(connection))
        grain = chart_grain(period).value
        groupings = [group_by_asked(question), (grain, "model"), (grain,), ("model",), ("provider",)]
        asked, by_day_model, by_day, by_model, by_provider = queries.reports(
            connection, period, groupings, question.where
        )
        shapes = call_shapes(connection, period, question.where)
        return Overview(
            report=_with_names(connection, asked),
            by_day_model=by_day_model,
            by_day=by_day,
            by_model=by_model,
            by_provider=by_provider,
            cost_bins=shapes.cost_bins,
            size_cells=shapes.size_cells,
            heat_cells=heat_cells(connection, period, question.where),
            price_differences=differences(connection, period, question.where),
            notices=queries.notices(connection, period),
            generated_at=now,
            ledger=database.place,
            filter=question.where,
        )


def with_session_names(database: Database, asked: Report) -> Report:
    """Return a report for people: its rows name sessions as their users do; ids stay where no name is known."""
    with database.reading() as connection:
        return _with_names(connection, asked)


def price_differences(database: Database, period: Period, where: EventFilter) -> tuple[PriceDifference, ...]:
    """Return what sources said their calls cost beside the list, model by model, those that agree included."""
    with database.reading() as connection:
        return differences(connection, period, where)


def differences(
    connection: Connection, period: Period, where: EventFilter = queries.EVERYTHING
) -> tuple[PriceDifference, ...]:
    """Return what `price_differences` returns, inside a reading of the ledger that is under way."""
    return _differences(comparisons(connection, period, where))


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


def chart_grain(period: Period) -> Grain:
    """Return how wide the bars of a page's charts are, so that a period has neither one nor thousands of them."""
    days = (period.end - period.start).total_seconds() / 86400
    return next((grain for most, grain in _MOST_DAYS if days <= most), Grain.MONTH)


def _with_names(connection: Connection, asked: Report) -> Report:
    if "session" not in asked.group_by:
        return asked
    names = names_by_id(connection)
    rows = (
        replace(row, key={**row.key, "session": names.get(row.key["session"] or "", row.key["session"])})
        for row in asked.rows
    )
    return replace(asked, rows=tuple(rows))


def _differences(found: Iterable[Comparison]) -> tuple[PriceDifference, ...]:
    return tuple(_difference(one) for one in found)


def _difference(one: Comparison) -> PriceDifference:
    cards = [_card(body) for body in one.price_bodies]
    return PriceDifference(
        provider_name=one.provider_name,
        model=one.model,
        requests=one.requests,
        list_cost=one.list_cost,
        reported_cost=one.reported_cost,
        first_seen=one.first_seen,
        last_seen=one.last_seen,
        logged_input_price=_first(exact_product(MILLION, price.input_usd) for price in one.logged_prices),
        list_input_price=_first(_price(card, Unit.INPUT) for card in cards),
        logged_output_price=_first(exact_product(MILLION, price.output_usd) for price in one.logged_prices),
        list_output_price=_first(_price(card, Unit.OUTPUT) for card in cards),
    )


def _card(body: str) -> PriceCard | None:
    """Return the price card; None for one that only a newer version can read."""
    try:
        return PriceCard.from_json(body)
    except (ValueError, KeyError, TypeError):
        return None


def _price(card: PriceCard | None, unit: Unit) -> Usd | None:
    """Return dollars per million tokens, of calls below the first tier."""
    if card is None:
        return None
    if card.status is not CostStatus.PRICED:
        return ZERO
    rate = card.rate(unit)
    return None if rate is None else Usd(rate.price)


def _first(prices: Iterable[Usd | None]) -> Usd | None:
    """Return the first price, which is that of most calls; None when there is none or it is not known."""
    return next(iter(prices), None)
