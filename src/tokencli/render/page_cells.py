"""Cells that several tables of the page share: names, costs, remarks, headings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokencli.domain.money import plain
from tokencli.render.page_html import Html, element
from tokencli.render.page_words import DASH, money_html, name_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from tokencli.domain.report import Totals

_CENT_PLACES = 2
_NO_BREAK = "\N{NO-BREAK SPACE}"


def remarks_of(totals: Totals) -> str:
    """Return what has to be known about a sum, in words that break at commas only; empty when there is nothing."""
    facts = (
        (totals.unpriced_requests, "unpriced"),
        (totals.subscription_requests, "by subscription"),
        (totals.free_requests, "free"),
        (totals.estimated_requests, "estimated"),
        (totals.partial_requests, "partial"),
        (totals.missing_requests, "without counts"),
        (totals.errors, "failed"),
    )
    spaced = ((number, words.replace(" ", _NO_BREAK)) for number, words in facts if number)
    return ", ".join(f"{number:,}{_NO_BREAK}{words}" for number, words in spaced)


def cost_html(totals: Totals) -> Html:
    """Return the list cost with every digit; a lower bound is marked, a missing price said."""
    if totals.list_cost is None:
        return element("span", "unpriced", class_="none")
    return money_html(totals.list_cost, is_lower_bound=totals.is_lower_bound)


def name_html(name: str | None) -> Html:
    """Return a name from outside, kept apart from the direction of the text around it."""
    return element("bdi", name_of(name), class_=None if name else "none")


def count_html(number: int | None) -> Html:
    """Return a count with its thousands apart; a dash for None, what nobody counted."""
    return element("span", DASH, class_="none") if number is None else Html(f"{number:,}")


def headings(*titles: tuple[str, bool]) -> Html:
    """Return the head of a table from (title, is_number)."""
    cells = (element("th", title, scope="col", class_="number" if is_number else None) for title, is_number in titles)
    return element("thead", element("tr", *cells))


def places_class(amounts: Iterable[Decimal | None]) -> str:
    """Return the class that keeps the points of a column's amounts under each other: the most digits below the cent."""
    fine = (len(plain(amount).partition(".")[2]) - _CENT_PLACES for amount in amounts if amount is not None)
    return f"places-{max(0, *fine, 0)}"
