"""What a reader must know before trusting the sums: words, wrong prices in logs, failures that logs held."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tokencli.domain.money import exact_sum
from tokencli.domain.period import zone_of
from tokencli.domain.text import visible
from tokencli.render.page_cells import count_html, headings, name_html, places_class
from tokencli.render.page_html import Html, element, join
from tokencli.render.page_tones import short_name
from tokencli.render.page_words import counted, days_between, exact_money, money_html

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tokencli.domain.money import Usd
    from tokencli.domain.overview import Overview, PriceDifference
    from tokencli.domain.report import NoticeCount, Report

_MOST_NAMED = 4
_SAME = Decimal("0.005")
_NOTICE_WORDS = {
    "timeout": "The request ran into a timeout",
    "no_usage": "The answer came without token counts",
    "count_input_failed": "Counting the input tokens failed",
    "count_output_failed": "Counting the output tokens failed",
    "usage_read_failed": "Reading the token counts failed",
}
_FACTS = (
    ("unpriced_requests", "without a known price", "The list cost is a lower bound."),
    ("estimated_requests", "with estimated tokens", "No provider confirmed these counts."),
    ("partial_requests", "cut off on the way", "What was measured until then is counted."),
    ("missing_requests", "without token counts", "They add nothing to tokens or cost."),
    ("subscription_requests", "paid by subscription", "They count as $0."),
    ("free_requests", "free of charge", "They count as $0."),
    ("errors", "ended with an error", "What they used is counted."),
)


def sentences(overview: Overview) -> list[Html]:
    """Return what the sums leave out or only guess, one sentence each; empty when all is counted and priced."""
    found = ((name, words, then, getattr(overview.report.totals, name)) for name, words, then in _FACTS)
    return [
        join(element("strong", f"{counted(number, 'call')} {words}"), _where(overview.by_model, name), ". ", then)
        for name, words, then, number in found
        if number
    ]


def difference_table(differences: Sequence[PriceDifference], zone: str) -> Html:
    """Return what sources said beside the list, model by model, the largest disagreement in dollars first."""
    rows = sorted(differences, key=lambda one: abs(one.reported_cost - one.list_cost), reverse=True)
    amounts = [amount for one in rows for amount in (one.reported_cost, one.list_cost)]
    return element(
        "table",
        element("caption", "What sources said beside the list", class_="unseen"),
        _difference_head(),
        element("tbody", *(_difference_row(one, zone) for one in rows)),
        _difference_foot(rows) if len(rows) > 1 else None,
        class_=f"differences {places_class(amounts)}",
    )


def notice_table(notices: Sequence[NoticeCount]) -> Html:
    """Return the failures that logs held, the most frequent first."""
    rows = (
        element(
            "tr",
            element("th", _NOTICE_WORDS.get(one.code, visible(one.code)), scope="row"),
            element("td", name_html(one.provider_name)),
            element("td", name_html(one.model)),
            element("td", count_html(one.count), class_="number"),
        )
        for one in sorted(notices, key=lambda one: one.count, reverse=True)
    )
    return element(
        "table",
        element("caption", "Failures in the logs", class_="unseen"),
        headings(("What happened", False), ("Provider", False), ("Model", False), ("Lines", True)),
        element("tbody", *rows),
        class_="failures",
    )


def verdict(reported: Decimal, listed: Decimal) -> str:
    """Return how far a source is off the list: "4.67 times too high", "3.20 times too low", "as the list"."""
    if reported == listed:
        return "as the list"
    if not listed:
        return "list says $0"
    if not reported:
        return "logged as $0"
    factor = reported / listed
    if abs(factor - 1) < _SAME:
        return "as the list, rounded"
    return f"{factor:,.2f} times too high" if factor > 1 else f"{1 / factor:,.2f} times too low"


def _difference_head() -> Html:
    top = (
        element("th", "Model", scope="col", rowspan=2),
        element("th", "Sources are", scope="col", rowspan=2),
        element("th", "Difference", scope="col", rowspan=2, class_="number"),
        element("th", "Cost of these calls", scope="colgroup", colspan=2, class_="pair"),
        element("th", "Input price", scope="colgroup", colspan=2, class_="pair"),
        element("th", "Output price", scope="colgroup", colspan=2, class_="pair"),
        element("th", "Calls", scope="col", rowspan=2, class_="number"),
    )
    pair = (element("th", "logged", scope="col", class_="number"), element("th", "list", scope="col", class_="number"))
    return element("thead", element("tr", *top), element("tr", *pair, *pair, *pair))


def _difference_row(one: PriceDifference, zone: str) -> Html:
    first, last = (moment.astimezone(zone_of(zone)).date() for moment in (one.first_seen, one.last_seen))
    where = join(name_html(one.provider_name), ", ", days_between(first, last))
    prices = (one.logged_input_price, one.list_input_price, one.logged_output_price, one.list_output_price)
    return element(
        "tr",
        element("th", name_html(one.model), element("small", where), scope="row"),
        *_difference_sums(one.reported_cost, one.list_cost),
        *(element("td", _price(price), class_="number") for price in prices),
        element("td", count_html(one.requests), class_="number"),
    )


def _difference_foot(rows: Sequence[PriceDifference]) -> Html:
    row = element(
        "tr",
        element("th", "All", scope="row"),
        *_difference_sums(exact_sum(one.reported_cost for one in rows), exact_sum(one.list_cost for one in rows)),
        element("td", colspan=4),
        element("td", count_html(sum(one.requests for one in rows)), class_="number"),
    )
    return element("tfoot", row)


def _difference_sums(reported: Decimal, listed: Decimal) -> tuple[Html, ...]:
    words = verdict(reported, listed)
    side = "agrees" if words.startswith("as the list") else "over" if reported > listed else "under"
    return (
        element("td", element("span", words, class_=side)),
        element("td", money_html(reported - listed, sign=True), class_="number"),
        element("td", money_html(reported), class_="number"),
        element("td", money_html(listed), class_="number"),
    )


def _price(price: Usd | None) -> Html:
    return element("span", class_="none") if price is None else Html(exact_money(price))


def _where(by_model: Report, name: str) -> Html:
    """Return which models those calls went to, the most frequent first: " (a: 12, b: 3)"."""
    counts = [(getattr(row.totals, name), short_name(row.key.get("model"))) for row in by_model.rows]
    found = sorted((pair for pair in counts if pair[0]), reverse=True)
    if not found:
        return Html()
    words: list[str] = [join(element("bdi", model), f": {number:,}") for number, model in found[:_MOST_NAMED]]
    if len(found) > _MOST_NAMED:
        words.append(f"{len(found) - _MOST_NAMED} more")
    return join(" (", join(*words, between=", "), ")")
