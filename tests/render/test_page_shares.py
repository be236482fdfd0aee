from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.overviews import FAKES, month_overview, overview_of
from tokencli.domain.money import usd
from tokencli.domain.report import Report, ReportRow, Totals, together
from tokencli.render.page_shares import MOST_NAMES, share_table
from tokencli.render.page_tones import tones_of

if TYPE_CHECKING:
    from tokencli.render.page_html import Html


def rows_of(table: Html) -> list[str]:
    return re.findall(r"<tr>(.*?)</tr>", table.partition("<tbody>")[2])


def test_the_largest_share_comes_first_and_fills_its_bar() -> None:
    overview = month_overview()
    rows = rows_of(share_table(overview.by_model, tones_of(overview.by_model).of))
    assert "claude-sonnet-4-5" in rows[0]
    assert 'width="100.00%"' in rows[0]
    assert 'class="tone-series-1"' in rows[0]
    assert len(rows) == 6


def test_shares_add_up() -> None:
    table = share_table(month_overview().by_provider, lambda _: "plain")
    assert abs(sum(float(part) for part in re.findall(r">([\d.]+) %<", table)) - 100) < 0.3


def test_an_unpriced_name_has_no_share_of_the_cost() -> None:
    row = rows_of(share_table(month_overview().by_provider, lambda _: "plain"))[-1]
    assert "mistral" in row
    assert "unpriced" in row
    assert "%<" not in row


def test_without_any_cost_tokens_are_shared() -> None:
    unpriced = tuple(replace(fake, input_price=None) for fake in FAKES)
    overview = overview_of(unpriced, month_overview().report.period)
    rows = rows_of(share_table(overview.by_model, lambda _: "plain"))
    assert "gemini-2.5-flash" in rows[0]
    assert all("%<" in row for row in rows)


def test_beyond_the_most_names_a_sum_stands_for_the_rest() -> None:
    report = month_overview().by_model
    many = tuple(
        ReportRow(key={"model": f"m{place}"}, totals=Totals(requests=1, input_tokens=10)) for place in range(20)
    )
    rows = rows_of(
        share_table(
            Report(
                period=report.period,
                group_by=("model",),
                totals=Totals(requests=20, input_tokens=200),
                rows=many,
            ),
            lambda _: "plain",
        )
    )
    assert len(rows) == MOST_NAMES + 1
    assert f"{20 - MOST_NAMES} more" in rows[-1]
    assert ">40.0 %<" in rows[-1]


def folded(*costs: str | None) -> str:
    """Return the last row of a table in which the models of these costs come after twelve dearer ones."""
    dear = [Totals(requests=1, list_cost=usd("5"), priced_requests=1)] * MOST_NAMES
    cheap = [
        Totals(requests=1, list_cost=None, unpriced_requests=1)
        if cost is None
        else Totals(requests=1, list_cost=usd(cost), priced_requests=1)
        for cost in costs
    ]
    rows = tuple(ReportRow(key={"model": f"m{place}"}, totals=one) for place, one in enumerate([*dear, *cheap]))
    report = Report(
        period=month_overview().report.period, group_by=("model",), totals=together([*dear, *cheap]), rows=rows
    )
    return rows_of(share_table(report, lambda _: "plain"))[-1]


def test_a_rest_of_unpriced_names_is_unpriced_and_has_no_share() -> None:
    row = folded(None, None, None)
    assert "3 more" in row
    assert "unpriced" in row
    assert "$" not in row
    assert "%<" not in row


def test_a_rest_with_unpriced_names_is_a_lower_bound() -> None:
    assert ">≥ $1.50<" in folded("1", "0.5", None)
    assert ">$1.50<" in folded("1", "0.5")


def test_calls_without_counts_have_no_share_of_the_tokens() -> None:
    counted = Totals(requests=1, input_tokens=10, list_cost=None, unpriced_requests=1)
    missing = Totals(requests=1, list_cost=None, unpriced_requests=1, missing_requests=1)
    rows = tuple(ReportRow(key={"model": name}, totals=one) for name, one in (("a", counted), ("b", missing)))
    report = Report(
        period=month_overview().report.period, group_by=("model",), totals=together([counted, missing]), rows=rows
    )
    found = rows_of(share_table(report, lambda _: "plain"))
    assert ">100.0 %<" in found[0]
    assert "%<" not in found[1]
