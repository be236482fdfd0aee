"""Reports to render: invented sums, made in the shapes that the store returns."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tokencli.domain.charge import Charge, ChargeLine, CostStatus
from tokencli.domain.event import EventId, UnitPrices, UsageEvent
from tokencli.domain.explain import Explanation, Sighting
from tokencli.domain.money import Usd
from tokencli.domain.overview import PriceDifference
from tokencli.domain.period import Grain, Period, period_of
from tokencli.domain.report import NoticeCount, Report, ReportRow, Totals
from tokencli.domain.usage import Basis, TokenUsage
from tokencli.render.report_view import ReportView

NOW = datetime(2026, 11, 20, 14, 33, tzinfo=UTC)
HOSTILE = (
    "\x1b[31mred\x1b[0m",
    "\x1b]52;c;aGk=\x07clip",
    "abc\u202edcba",
    "model[/x]",
    '=HYPERLINK("http://x","y")',
    "</script><script>alert(1)</script>",
    "a|b\r\nc",
    "\x9b2Jcleared",
)


def sums(calls: int, cost: str | None = "0", **more: object) -> Totals:
    """Return sums of about the size that so many calls have."""
    values: dict[str, object] = {
        "requests": calls,
        "input_tokens": calls * 12_345,
        "cache_read_tokens": calls * 8_000,
        "cache_write_tokens": calls * 250,
        "output_tokens": calls * 678,
        "reasoning_tokens": calls * 120,
        "list_cost": None if cost is None else Usd(Decimal(cost)),
        "priced_requests": calls,
    }
    return Totals(**(values | more))  # type: ignore[arg-type]


def week() -> Period:
    return period_of("week", now=NOW, zone="Europe/Paris")


def difference(model: str | None, reported: str, listed: str, **prices: Usd) -> PriceDifference:
    return PriceDifference(
        provider_name="openai",
        model=model,
        requests=40,
        list_cost=Usd(Decimal(listed)),
        reported_cost=Usd(Decimal(reported)),
        first_seen=NOW,
        last_seen=NOW,
        **prices,
    )


@pytest.fixture
def by_model() -> ReportView:
    """A week by model: long names, an unpriced one, a subscription, prices that differ."""
    rows = (
        ("gpt-4o", sums(4_812, "812.4567", reported_cost=Usd(Decimal("1624.9134")))),
        ("claude-haiku-4-5-20251001", sums(12_345, "93.100025", estimated_requests=12)),
        ("meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8", sums(231, "4.20")),
        ("cloaked-model", sums(7, None, priced_requests=0, unpriced_requests=7)),
        ("kimi-for-coding", sums(1_900, "0", priced_requests=0, subscription_requests=1_900)),
        (None, sums(3, "0.0000123", missing_requests=3)),
    )
    total = sums(
        19_298,
        "909.7567373",
        reported_cost=Usd(Decimal("1624.9134")),
        unpriced_requests=7,
        estimated_requests=12,
        subscription_requests=1_900,
        missing_requests=3,
    )
    return ReportView(
        report=Report(
            period=week(),
            group_by=("model",),
            totals=total,
            rows=tuple(ReportRow(key={"model": name}, totals=row) for name, row in rows),
        ),
        now=NOW,
        price_differences=(
            difference(
                "gpt-4o",
                "1624.9134",
                "812.4567",
                logged_input_price=Usd(Decimal("5.00")),
                list_input_price=Usd(Decimal("2.50")),
            ),
            difference("gpt-4o-mini", "1.0001", "1.0000"),
        ),
        notices=(NoticeCount(code="timeout", provider_name="openai", model=None, count=3),),
        ledger="/home/ada/.local/share/tokencli/ledger.db",
    )


def timed(name: str, grain: Grain, calls: dict[int, int]) -> ReportView:
    """Return a report over the buckets of a period; `calls` maps a bucket's place to its number of calls."""
    period = period_of(name, now=NOW, zone="Europe/Paris")
    rows = tuple(
        ReportRow(
            key={grain.value: bucket.label},
            totals=sums(calls[place], str(Decimal(calls[place]) * Decimal("0.0117"))) if place in calls else Totals(),
        )
        for place, bucket in enumerate(period.buckets(grain))
    )
    number = sum(calls.values())
    totals = sums(number, str(Decimal(number) * Decimal("0.0117")))
    return ReportView(report=Report(period=period, group_by=(grain.value,), totals=totals, rows=rows), now=NOW)


@pytest.fixture
def by_day() -> ReportView:
    """A month by day, in the middle of it, with a long silence."""
    return timed("month", Grain.DAY, {0: 12, 1: 340, 2: 88, 12: 5, 13: 410, 14: 7, 16: 1024, 19: 300})


@pytest.fixture
def by_hour() -> ReportView:
    """Today by hour, until now."""
    return timed("today", Grain.HOUR, {8: 12, 9: 30, 10: 44, 11: 3, 13: 5, 15: 10})


@pytest.fixture
def by_day_model() -> ReportView:
    """A week by day and model."""
    labels = [bucket.label for bucket in week().buckets(Grain.DAY)][:4]
    names = ("gpt-4o", "claude-haiku-4-5-20251001", "meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8")
    rows = tuple(
        ReportRow(key={"day": day, "model": name}, totals=sums(10 * (place + 1), "1.25"))
        for day in labels
        for place, name in enumerate(names)
    )
    return ReportView(
        report=Report(period=week(), group_by=("day", "model"), totals=sums(240, "15"), rows=rows), now=NOW
    )


@pytest.fixture
def hostile() -> ReportView:
    """Names that try to drive the terminal, the spreadsheet and the page."""
    rows = tuple(
        ReportRow(key={"model": name}, totals=sums(1, None, priced_requests=0, unpriced_requests=1)) for name in HOSTILE
    )
    return ReportView(
        report=Report(
            period=week(), group_by=("model",), totals=sums(len(rows), None, unpriced_requests=len(rows)), rows=rows
        ),
        now=NOW,
        price_differences=tuple(difference(name, "2", "1") for name in HOSTILE),
        notices=tuple(NoticeCount(code=name, provider_name=name, model=name, count=1) for name in HOSTILE),
        ledger="/tmp/\x1b[31m.db",  # noqa: S108 - never opened
    )


@pytest.fixture
def explanation() -> Explanation:
    """A call with a cache, seen twice, whose log printed a price that is not the list's."""
    usage = TokenUsage(
        input_tokens=12_345,
        cache_read_tokens=8_000,
        cache_write_tokens=345,
        cache_write_5m_tokens=300,
        cache_write_1h_tokens=45,
        output_tokens=678,
        reasoning_tokens=120,
        service_tier="batch",
    )
    event = UsageEvent(
        event_id=EventId("0123456789ab.1042"),
        occurred_at=NOW,
        source="cost-line",
        basis=Basis.REPORTED,
        provider_name="openai",
        request_model="gpt-4o",
        response_model="gpt-4o-2024-11-20",
        agent="nexus",
        tags={"team": "web"},
        usage=usage,
        reported_cost=Usd(Decimal("0.071895")),
        reported_prices=UnitPrices(input_usd=Usd(Decimal("0.000005")), output_usd=Usd(Decimal("0.000015"))),
        duration_s=2.31,
    )
    lines = tuple(
        ChargeLine(
            unit=unit,
            quantity=quantity,
            unit_price_usd=Usd(Decimal(price)),
            amount=Usd(quantity * Decimal(price)),
            note=note,
        )
        for unit, quantity, price, note in (
            ("input_tokens", 4_000, "0.0000025", "batch: 0.5 x standard"),
            ("cache_read_tokens", 8_000, "0.00000125", None),
            ("output_tokens", 678, "0.00001", None),
            ("web_search_requests", 2, "0.01", None),
        )
    )
    charge = Charge(
        status=CostStatus.PRICED,
        list_cost=Usd(sum((line.amount for line in lines), Decimal(0))),
        lines=lines,
        price_source="genai-prices 0.2.3",
        price_effective_from=date(2026, 5, 1),
        is_disputed=True,
    )
    return Explanation(
        event=event,
        charge=charge,
        place="/var/log/backend.log, byte 1042",
        logged_amount=Usd(Decimal("0.071895")),
        sightings=(
            Sighting(
                source="cost-line", origin="0123456789ab", place="/var/log/backend.log", seq=1042, occurred_at=NOW
            ),
            Sighting(
                source="cost-line",
                origin="0123456789ab",
                place=None,
                seq=1300,
                occurred_at=NOW,
                note="twin line: agent nexus",
            ),
        ),
    )
