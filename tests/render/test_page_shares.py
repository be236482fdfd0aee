from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.overviews import FAKES, month_overview, overview_of
from tokencli.domain.report import Report, ReportRow, Totals
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
