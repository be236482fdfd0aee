"""Reconcile: an invoice against the ledger, day by day and model by model, each difference with its likely cause.

Days are cut in the invoice's zone, models are the same without their dates. Every dollar of the invoice ends in one of
three places: matched by the ledger, in a gap with a cause, or unexplained; they add up.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from tokencli.domain.charge import CostStatus
from tokencli.domain.invoice import Cell, Reconciliation, Side, total_of
from tokencli.domain.money import ZERO, Usd, exact_sum
from tokencli.domain.period import CUSTOM, Period, zone_of
from tokencli.domain.report import EventFilter, together
from tokencli.domain.usage import TokenUsage
from tokencli.services.reconcile_causes import Ours, judged, with_common_causes
from tokencli.store import queries
from tokencli.store.tiers import calls_in_tier

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from tokencli.domain.invoice import Invoice, InvoiceLine
    from tokencli.domain.report import ReportRow
    from tokencli.pricing.book import PriceBook
    from tokencli.store.database import Connection, Database

Key = tuple["date", str | None]
_DATED: Final = re.compile(r"[-@](?:\d{8}|\d{4}-\d{2}-\d{2}|\d{4})$|-latest$|-v\d+(?::\d+)?$")
_WITHOUT_PRIORITY: Final = "anthropic-costs"
_NOON: Final = time(12)
_SUMMED: Final = (
    *("input_tokens", "cache_read_tokens", "cache_write_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens"),
    *("output_tokens", "reasoning_tokens", "web_search_requests"),
)
_ZONES: Final = ("UTC", "America/Los_Angeles", "America/New_York", "Europe/Berlin", "Asia/Shanghai")


def model_key(model: str | None) -> str | None:
    """Return a model's name as it is compared: without a maker before it and a date behind it, in lower case."""
    if model is None:
        return None
    name = model.strip().lower().removeprefix("models/").rpartition("/")[2]
    return _DATED.sub("", name) or name


def reconcile(database: Database, book: PriceBook, invoice: Invoice, providers: tuple[str, ...] = ()) -> Reconciliation:
    """Return how an invoice compares with the calls of the same days, of some providers or of all it speaks of.

    Raises:
        StoreError: the ledger cannot be read.
    """
    is_valued = all(line.cost is None for line in invoice.lines)
    lines = _valued(invoice.lines, book) if is_valued else invoice.lines
    with database.reading() as connection:
        period = _period(lines, invoice.zone)
        where = _where(lines, providers)
        ours = _ours(connection, period, where)
        if invoice.format == _WITHOUT_PRIORITY:
            ours = _with_priority(connection, period, ours)
        remarks = [*_zone_remarks(connection, lines, period, where, ours)]
    cells = _cells(lines, ours, book)
    found = Reconciliation(
        invoice=replace(invoice, lines=tuple(lines)),
        period=period,
        total=total_of(tuple(lines)),
        ours=exact_sum(each.side.cost or ZERO for each in ours.values()),
        cells=cells,
        is_valued=is_valued,
        remarks=tuple(remarks),
    )
    return with_common_causes(found)


def _valued(lines: Iterable[InvoiceLine], book: PriceBook) -> tuple[InvoiceLine, ...]:
    """Return lines of counts with what the price list says that they cost on their day."""
    return tuple(replace(line, cost=_value(line, book)) for line in lines)


def _value(line: InvoiceLine, book: PriceBook) -> Usd:
    if line.usage is None:
        return ZERO
    usage = replace(line.usage, service_tier=line.service_tier)
    noon = datetime.combine(line.day, _NOON, tzinfo=UTC)
    return book.charge(usage, line.provider_name, line.model, noon).list_cost or ZERO


def _period(lines: Iterable[InvoiceLine], zone: str) -> Period:
    days = [line.day for line in lines]
    there = zone_of(zone)
    start, end = (datetime.combine(day, time(), tzinfo=there) for day in (min(days), max(days) + timedelta(days=1)))
    return Period(name=CUSTOM, start=start.astimezone(UTC), end=end.astimezone(UTC), zone=zone)


def _where(lines: Iterable[InvoiceLine], providers: tuple[str, ...]) -> EventFilter:
    told = providers or tuple(sorted({line.provider_name for line in lines if line.provider_name}))
    return EventFilter(names={"provider": told} if told else {})


def _ours(connection: Connection, period: Period, where: EventFilter) -> dict[Key, Ours]:
    """Return what the ledger has by day and model; free calls are in no invoice and stay out of its counts."""
    billed = tuple(status.value for status in CostStatus if status is not CostStatus.FREE)
    where = replace(where, names={**where.names, "status": billed})
    rows = queries.report(connection, period, ("day", "model"), where).rows
    parts: dict[Key, list[ReportRow]] = defaultdict(list)
    for row in rows:
        if row.totals.requests:
            parts[_day(row.key["day"]), model_key(row.key["model"])].append(row)
    return {key: _summed(some) for key, some in parts.items()}


def _with_priority(connection: Connection, period: Period, ours: dict[Key, Ours]) -> dict[Key, Ours]:
    zone = zone_of(period.zone)
    costs: dict[Key, list[Usd]] = defaultdict(list)
    for call in calls_in_tier(connection, period, "priority"):
        costs[call.occurred_at.astimezone(zone).date(), model_key(call.model)].append(call.list_cost)
    return {key: replace(each, left_out=exact_sum(costs.get(key, ()))) for key, each in ours.items()}


def _day(text: str | None) -> date:
    return datetime.fromisoformat(text or "").date()


def _summed(rows: list[ReportRow]) -> Ours:
    totals = together([row.totals for row in rows])
    usage = TokenUsage(
        input_tokens=totals.input_tokens,
        cache_read_tokens=totals.cache_read_tokens,
        cache_write_tokens=totals.cache_write_tokens,
        output_tokens=totals.output_tokens,
        reasoning_tokens=totals.reasoning_tokens,
        inconsistent=True,
    )
    side = Side(
        requests=totals.requests,
        usage=usage if totals.has_counts else None,
        total_tokens=usage.total_tokens if totals.has_counts else None,
        cost=totals.list_cost or ZERO,
    )
    return Ours(side=side, totals=totals)


def _cells(lines: Iterable[InvoiceLine], ours: dict[Key, Ours], book: PriceBook) -> tuple[Cell, ...]:
    there: dict[Key, list[InvoiceLine]] = defaultdict(list)
    for line in lines:
        there[line.day, model_key(line.model)].append(line)
    keys = sorted(there.keys() | ours.keys(), key=lambda key: (key[0], key[1] or ""))
    return tuple(_cell(key, there.get(key, []), ours.get(key), book) for key in keys)


def _cell(key: Key, lines: list[InvoiceLine], ours: Ours | None, book: PriceBook) -> Cell:
    day, model = key
    there = _side(lines) if lines else None
    here = None if ours is None else ours.side
    state, gaps = judged(lines, there, ours, book)
    return Cell(day=day, model=model, state=state, there=there, here=here, gaps=gaps)


def _side(lines: list[InvoiceLine]) -> Side:
    counted = [line.usage for line in lines if line.usage is not None]
    requests = [line.requests for line in lines if line.requests is not None]
    told = [line.total_tokens for line in lines if line.total_tokens is not None]
    usage = None
    if counted:
        sums: dict[str, Any] = {name: sum(getattr(each, name) for each in counted) for name in _SUMMED}
        usage = TokenUsage(**sums, inconsistent=True)
    tokens = sum(told) + (usage.total_tokens if usage else 0) if told or usage else None
    return Side(
        requests=sum(requests) if requests else None,
        usage=usage,
        total_tokens=tokens,
        cost=exact_sum(line.cost or ZERO for line in lines),
    )


def _zone_remarks(
    connection: Connection, lines: Iterable[InvoiceLine], period: Period, where: EventFilter, ours: dict[Key, Ours]
) -> list[str]:
    """Return a sentence when the days fit much better if they are cut in another zone."""
    bills = _by_day((line.day, line.cost or ZERO) for line in lines)
    now = _distance(bills, ours)
    if not now:
        return []
    best, name = now, period.zone
    for zone in _ZONES:
        if zone == period.zone:
            continue
        moved = Period(name=CUSTOM, start=period.start, end=period.end, zone=zone)
        start, end = (edge - timedelta(days=1) * sign for edge, sign in ((moved.start, 1), (moved.end, -1)))
        other = _distance(bills, _ours(connection, replace(moved, start=start, end=end), where))
        if other < best:
            best, name = other, zone
    if best * 5 > now:
        return []
    return [f"The days fit five times better or more when they are cut in {name}: run it with --tz {name}."]


def _by_day(amounts: Iterable[tuple[date, Usd]]) -> dict[date, Usd]:
    days: dict[date, list[Usd]] = defaultdict(list)
    for day, amount in amounts:
        days[day].append(amount)
    return {day: exact_sum(some) for day, some in days.items()}


def _distance(bills: dict[date, Usd], ours: dict[Key, Ours]) -> Usd:
    mine = _by_day((day, each.side.cost or ZERO) for (day, _), each in ours.items() if day in bills)
    return exact_sum(abs(amount - mine.get(day, ZERO)) for day, amount in bills.items())
