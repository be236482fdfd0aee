"""ReportView: one report with all that must be said beside its numbers, and those sentences.

The terminal and Markdown show the same sentences. Names in them are visible text, never markup.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from tokencli.domain.money import Usd
from tokencli.domain.period import CUSTOM, WEEKDAYS, zone_of
from tokencli.domain.report import EventFilter
from tokencli.domain.text import visible
from tokencli.render.terminal import UNKNOWN, counted, money, money_places
from tokencli.render.threshold_words import threshold_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from tokencli.domain.overview import PriceDifference
    from tokencli.domain.period import Period
    from tokencli.domain.report import NoticeCount, Report, Totals
    from tokencli.domain.threshold import Threshold

_MOST_NAMED = 6
_CENTS = 2
_SAME = Decimal("0.005")
_LOG_STEP = Decimal("0.000001")
_NEAR = Decimal("1.2")
_ZERO = Decimal(0)
_FAILURES = {
    "timeout": ("timeout", "timeouts"),
    "no_usage": ("answer without token counts", "answers without token counts"),
    "count_input_failed": ("failed count of input tokens", "failed counts of input tokens"),
    "count_output_failed": ("failed count of output tokens", "failed counts of output tokens"),
    "usage_read_failed": ("failure to read token counts", "failures to read token counts"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """A report and what belongs beside it.

    `unpriced_models` names the models of the calls without a price; when it is empty and the report is grouped
    by model, they are taken from its rows. `ledger` is the place of the ledger, `thresholds` the limits to
    speak of. `now` is aware.
    """

    report: Report
    now: datetime
    filter: EventFilter = field(default_factory=EventFilter)
    price_differences: tuple[PriceDifference, ...] = ()
    notices: tuple[NoticeCount, ...] = ()
    unpriced_models: tuple[str | None, ...] = ()
    ledger: str | None = None
    thresholds: tuple[Threshold, ...] = ()


class Remark(NamedTuple):
    """One sentence beside a table; a warning changes how far its sums can be trusted."""

    text: str
    is_warning: bool


def period_words(period: Period) -> str:
    """Return a period in one line: its name if it has one, both ends, its zone and the first day of its weeks."""
    zone = zone_of(period.zone)
    start, end = (f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" for moment in (period.start, period.end))
    week = WEEKDAYS[period.week_start]
    name = "" if period.name == CUSTOM else f"{visible(period.name)}: "
    return f"{name}{start} to {end}, {visible(period.zone)}, weeks start on {week}"


def header_words(report: Report) -> str:
    """Return a report's period, and as of when it is told where that is not now."""
    if report.as_of is None:
        return period_words(report.period)
    moment = report.as_of.astimezone(zone_of(report.period.zone))
    return f"{period_words(report.period)}, as of {moment:%Y-%m-%d %H:%M}"


def filter_words(chosen: EventFilter) -> str:
    """Return what a filter lets in: "only model gpt-4o* or o3, tag team=web"; empty without a filter."""
    parts = [f"{name} {' or '.join(map(visible, values))}" for name, values in chosen.names.items() if values]
    parts += [f"tag {visible(key)}={visible(value)}" for key, value in chosen.tags.items()]
    return f"only {', '.join(parts)}" if parts else ""


def remarks(view: ReportView) -> list[Remark]:
    """Return what the sums leave out, only guess, or disagree with; empty when there is nothing to say."""
    said = [
        *_call_remarks(view.report.totals, _unpriced_models(view)),
        *_zero_remarks(view.report),
        *_difference_remarks(view.price_differences),
    ]
    failures = _failure_words(view.notices)
    if failures:
        said.append(Remark(failures, is_warning=False))
    said += (Remark(_sentence(threshold_words(each)), is_warning=True) for each in view.thresholds)
    return said


def empty_words(view: ReportView) -> tuple[str, str]:
    """Return what to say of a report without calls: what is missing, and the next step."""
    chosen = filter_words(view.filter)
    if chosen:
        return (
            f"No call in this period matches: {chosen}.",
            "Leave a filter out, or look further back: tokencli report --period all",
        )
    if view.report.period.name == "all":
        return (
            "No calls yet.",
            "Count them as they pass: tokencli serve. Or take in logs: tokencli ingest LOG, tokencli ingest --discover",
        )
    return (
        "No calls in this period.",
        "Take in a log: tokencli ingest LOG. Or look further back: tokencli report --period all",
    )


def really_differ(differences: Iterable[PriceDifference]) -> list[PriceDifference]:
    """Return those that are more than rounding in the log, the largest amount in dollars first."""
    found = [one for one in differences if abs(one.reported_cost - one.list_cost) > _SAME * one.list_cost]
    return sorted(found, key=lambda one: abs(one.reported_cost - one.list_cost), reverse=True)


def factor_words(reported: Decimal, listed: Decimal) -> str:
    """Return a disagreement as a factor: "2.0x the list", "1/3.6 of the list"; empty when the list says $0."""
    if not listed or not reported:
        return ""
    factor = max(reported, listed) / min(reported, listed)
    words = f"{factor:.2f}" if factor < _NEAR else f"{factor:,.1f}"
    return f"{words}x the list" if reported > listed else f"1/{words} of the list"


def is_rounded(reported: Decimal, listed: Decimal) -> bool:
    """Say whether a logged cost is the list's but for the rounding to six decimals that logs print."""
    return abs(reported - listed) <= _LOG_STEP / 2 and not reported % _LOG_STEP


def _zero_remarks(report: Report) -> list[Remark]:
    """Return which models' calls all say 0 tokens: that is a source that does not count, not a free model."""
    rows = [row for row in report.rows if "model" in row.key and row.totals.requests and row.totals.has_counts]
    zero = [row for row in rows if not row.totals.total_tokens]
    if not zero:
        return []
    names = _named([UNKNOWN if row.key["model"] is None else visible(row.key["model"]) for row in zero])
    number = sum(row.totals.requests for row in zero)
    says = "says" if number == 1 else "say"
    words = (
        f"{counted(number, 'call')} {says} 0 tokens ({names}): their source did not count, and their $0 is no price."
    )
    return [Remark(words, is_warning=True)]


def _call_remarks(totals: Totals, models: Sequence[str | None]) -> list[Remark]:
    names = f" ({_named([UNKNOWN if model is None else visible(model) for model in models])})" if models else ""
    bound = "there is no total" if totals.list_cost is None else "the total is a lower bound"
    facts = (
        (totals.unpriced_requests, ("is", "are"), f"unpriced{names}: {bound}", True),
        (totals.missing_requests, ("has", "have"), "no token counts: the sums are too low", True),
        (totals.estimated_requests, ("is", "are"), "estimated: no provider confirmed the tokens", True),
        (totals.partial_requests, ("was", "were"), "cut off on the way: what was measured until then counts", True),
        (totals.errors, ("ended", "ended"), "in an error: what was used until then counts", False),
        (totals.subscription_requests, ("is", "are"), "covered by a subscription and counted as $0", False),
        (totals.free_requests, ("is", "are"), "free of charge and counted as $0", False),
    )
    return [
        Remark(f"{counted(number, 'call')} {verbs[number != 1]} {words}.", is_warning)
        for number, verbs, words, is_warning in facts
        if number
    ]


def _unpriced_models(view: ReportView) -> list[str | None]:
    if view.unpriced_models:
        return list(view.unpriced_models)
    if "model" not in view.report.group_by:
        return []
    rows = sorted(view.report.rows, key=lambda row: -row.totals.unpriced_requests)
    return list(dict.fromkeys(row.key["model"] for row in rows if row.totals.unpriced_requests))


def _difference_remarks(differences: Sequence[PriceDifference]) -> list[Remark]:
    found = really_differ(differences)
    sellers = Counter(one.model for one in differences)
    said = [
        Remark(_difference_words(one, names_provider=sellers[one.model] > 1), is_warning=True)
        for one in found[:_MOST_NAMED]
    ]
    rest = found[_MOST_NAMED:]
    if rest:
        amount = Usd(sum((abs(one.reported_cost - one.list_cost) for one in rest), _ZERO))
        said.append(
            Remark(
                f"{counted(len(rest), 'more price')} of logs differ from the list by {money(amount)}.", is_warning=True
            )
        )
    return said


def _difference_words(one: PriceDifference, *, names_provider: bool) -> str:
    smaller = min(one.reported_cost, one.list_cost) or max(one.reported_cost, one.list_cost)
    places = _CENTS if smaller >= 1 else money_places([smaller])
    name = UNKNOWN if one.model is None else visible(one.model)
    if names_provider:
        name += f" at {UNKNOWN if one.provider_name is None else visible(one.provider_name)}"
    said, listed = money(one.reported_cost, places=places), money(one.list_cost, places=places)
    factor = factor_words(one.reported_cost, one.list_cost)
    prices = [
        f"{kind} logged at {_per_million(logged)}, list {_per_million(price)}"
        for kind, logged, price in (
            ("input", one.logged_input_price, one.list_input_price),
            ("output", one.logged_output_price, one.list_output_price),
        )
        if logged is not None and price is not None and logged != price
    ]
    details = ", ".join((*([factor] if factor else []), *prices))
    return f"{name}: the log says {said} where the list says {listed}{f' ({details})' if details else ''}."


def _per_million(price: Usd) -> str:
    places = max(2, -int(price.normalize().as_tuple().exponent)) if price else 2
    return f"${price:,.{places}f}/M"


def _failure_words(notices: Sequence[NoticeCount]) -> str:
    sums: dict[str, int] = {}
    for notice in notices:
        sums[notice.code] = sums.get(notice.code, 0) + notice.count
    counts = sorted(sums.items(), key=lambda pair: -pair[1])
    words = [
        counted(number, *_FAILURES.get(code, (f"line of '{visible(code)}'", f"lines of '{visible(code)}'")))
        for code, number in counts
    ]
    return f"The logs also tell of failures: {_named(words)}." if words else ""


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:]


def _named(words: Sequence[str]) -> str:
    """Return a list in words, with "and 3 more" after the first ones."""
    if len(words) > _MOST_NAMED:
        return f"{', '.join(words[:_MOST_NAMED])} and {len(words) - _MOST_NAMED} more"
    return ", ".join(words)
