"""The figures at the top of the page: what it cost, how many calls and tokens, what sources said, cache hits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokencli.domain.money import exact_sum
from tokencli.render.page_html import Html, element
from tokencli.render.page_words import DASH, counted, exact_money, share, short_count, short_money

if TYPE_CHECKING:
    from tokencli.domain.overview import Overview, PriceDifference
    from tokencli.domain.report import Totals

_UNCOUNTED = "no call has token counts"


def headline(overview: Overview) -> Html:
    """Return the list of headline figures, each with one line that makes it exact."""
    totals = overview.report.totals
    figures = (
        ("List cost", _cost(totals), _exact_cost(totals)),
        ("Calls", f"{totals.requests:,}", f"{counted(totals.errors, 'error')}" if totals.errors else "no errors"),
        (
            "Tokens",
            short_count(totals.sum_of("total_tokens")),
            _in_and_out(totals),
        ),
        ("Sources said", _said(totals), _compared(overview.price_differences)),
        (
            "Cache hits",
            share(totals.cache_read_tokens, totals.input_tokens),
            _cached(totals),
        ),
    )
    return element("dl", *(_figure(*figure) for figure in figures), class_="headline")


def _figure(name: str, value: str, more: str) -> Html:
    return element("div", element("dt", name), element("dd", value), element("dd", more, class_="more"))


def _cost(totals: Totals) -> str:
    if totals.list_cost is None:
        return "unpriced"
    return short_money(totals.list_cost, is_lower_bound=totals.is_lower_bound)


def _exact_cost(totals: Totals) -> str:
    if totals.list_cost is None:
        return "no call has a known price"
    if totals.is_lower_bound:
        return f"{exact_money(totals.list_cost)}, {counted(totals.unpriced_requests, 'call')} unpriced"
    return f"exactly {exact_money(totals.list_cost)}"


def _in_and_out(totals: Totals) -> str:
    if not totals.has_counts:
        return _UNCOUNTED
    return f"{short_count(totals.input_tokens)} in, {short_count(totals.output_tokens)} out"


def _cached(totals: Totals) -> str:
    if not totals.has_counts:
        return _UNCOUNTED
    return f"{short_count(totals.cache_read_tokens)} of {short_count(totals.input_tokens)} input tokens"


def _said(totals: Totals) -> str:
    return DASH if totals.reported_cost is None else short_money(totals.reported_cost)


def _compared(differences: tuple[PriceDifference, ...]) -> str:
    if not differences:
        return "nothing to compare"
    off = exact_sum(one.reported_cost - one.list_cost for one in differences)
    calls = sum(one.requests for one in differences)
    if not off:
        return f"as the list, {counted(calls, 'call')}"
    return f"{short_money(abs(off))} {'above' if off > 0 else 'below'} the list, {counted(calls, 'call')}"
