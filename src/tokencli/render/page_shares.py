"""Who takes which share: each name with a bar, its calls and its list cost, the largest first."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from tokencli.domain.money import exact_sum
from tokencli.domain.report import together
from tokencli.render.page_cells import cost_html, count_html, headings, name_html, places_class
from tokencli.render.page_html import Html, element
from tokencli.render.page_tones import OTHER
from tokencli.render.page_words import DASH, share

if TYPE_CHECKING:
    from collections.abc import Callable

    from tokencli.domain.report import Report, Totals

MOST_NAMES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    name: Html
    tone: str
    totals: Totals
    amount: Decimal
    is_known: bool


def share_table(report: Report, tone_of: Callable[[str | None], str]) -> Html:
    """Return each name's share of the list cost, or of the tokens when nothing has a cost; beyond MOST_NAMES a sum."""
    dimension = report.group_by[0]
    by_cost = bool(report.totals.list_cost)

    def amount_of(totals: Totals) -> Decimal:
        return totals.list_cost or Decimal(0) if by_cost else Decimal(totals.total_tokens)

    def line(name: Html, tone: str, totals: Totals) -> _Line:
        is_known = totals.list_cost is not None if by_cost else totals.has_counts
        return _Line(name=name, tone=tone, totals=totals, amount=amount_of(totals), is_known=is_known)

    rows = sorted(report.rows, key=lambda row: (amount_of(row.totals), row.totals.requests), reverse=True)
    lines = [
        line(name_html(row.key.get(dimension)), tone_of(row.key.get(dimension)), row.totals)
        for row in rows[:MOST_NAMES]
    ]
    if rest := [row.totals for row in rows[MOST_NAMES:]]:
        lines.append(line(element("span", f"{len(rest)} more", class_="none"), OTHER, together(rest)))
    most = max((line.amount for line in lines), default=Decimal(0))
    whole = exact_sum(line.amount for line in lines)
    return element(
        "table",
        element("caption", f"Shares by {dimension}", class_="unseen"),
        headings((dimension.capitalize(), False), ("Calls", True), ("List cost", True), ("Share", True)),
        element("tbody", *(_row(line, most, whole) for line in lines)),
        class_=f"shares {places_class(line.totals.list_cost for line in lines)}",
    )


def _row(line: _Line, most: Decimal, whole: Decimal) -> Html:
    return element(
        "tr",
        element("th", line.name, _bar(line, most), scope="row"),
        element("td", count_html(line.totals.requests), class_="number"),
        element("td", cost_html(line.totals), class_="number"),
        element("td", share(line.amount, whole) if line.is_known else DASH, class_="number"),
    )


def _bar(line: _Line, most: Decimal) -> Html:
    width = line.amount * 100 / most if most else Decimal(0)
    filled = element("rect", width=f"{width:.2f}%", height="100%", rx=2, class_=f"tone-{line.tone}")
    return element("svg", filled, class_="bar", aria_hidden="true")
