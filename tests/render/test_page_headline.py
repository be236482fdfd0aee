from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.overviews import month_overview
from tokencli.domain.money import usd
from tokencli.domain.report import Totals
from tokencli.render.page_headline import headline

if TYPE_CHECKING:
    from tokencli.domain.overview import Overview


def figures_of(overview: Overview) -> dict[str, tuple[str, str]]:
    parts = re.findall(r'<dt>(.*?)</dt><dd>(.*?)</dd><dd class="more">(.*?)</dd>', headline(overview))
    return {name: (value, more) for name, value, more in parts}


def with_totals(totals: Totals) -> Overview:
    overview = month_overview()
    return replace(overview, report=replace(overview.report, totals=totals), price_differences=())


def test_a_month_in_five_figures() -> None:
    assert figures_of(month_overview()) == {
        "List cost": ("≥ $54.54", "$54.548135, 117 calls unpriced"),
        "Calls": ("10,424", "18 errors"),
        "Tokens": ("31.0M", "26.9M in, 4.05M out"),
        "Sources said": ("$27.72", "$6.41 above the list, 5,055 calls"),
        "Cache hits": ("27.8 %", "7.50M of 26.9M input tokens"),
    }


def test_what_is_priced_in_full_is_exact() -> None:
    figures = figures_of(with_totals(Totals(requests=1, priced_requests=1, list_cost=usd("0.0105"))))
    assert figures["List cost"] == ("$0.0105", "exactly $0.0105")
    assert figures["Calls"] == ("1", "no errors")


def test_what_nobody_priced_is_no_zero() -> None:
    figures = figures_of(with_totals(Totals(requests=1, unpriced_requests=1, list_cost=None)))
    assert figures["List cost"] == ("unpriced", "no call has a known price")


def test_silent_sources_and_uncounted_input_are_a_dash() -> None:
    figures = figures_of(with_totals(Totals(requests=1)))
    assert figures["Sources said"] == ("\N{EN DASH}", "nothing to compare")
    assert figures["Cache hits"][0] == "\N{EN DASH}"


def test_sources_that_agree_are_said_to_agree() -> None:
    overview = month_overview()
    one = replace(overview.price_differences[0], reported_cost=usd(2), list_cost=usd(2))
    figures = figures_of(replace(overview, price_differences=(one,)))
    assert figures["Sources said"][1].startswith("as the list, ")


def test_tokens_that_nobody_counted_are_a_dash() -> None:
    figures = figures_of(with_totals(Totals(requests=2, list_cost=None, unpriced_requests=2, missing_requests=2)))
    assert figures["Tokens"] == ("\N{EN DASH}", "no call has token counts")
    assert figures["Cache hits"] == ("\N{EN DASH}", "no call has token counts")
