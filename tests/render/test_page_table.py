from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from tests.overviews import empty_overview, hostile_overview, month_overview
from tokencli.domain.money import plain, usd
from tokencli.domain.report import Report, ReportRow, Totals, together
from tokencli.render import page_table
from tokencli.render.page_table import rows_table, rows_words

if TYPE_CHECKING:
    import pytest


def headings_of(markup: str) -> list[str]:
    return re.findall(r'<button type="button">(.*?)<span', markup)


def body_of(markup: str) -> list[list[str]]:
    rows = re.findall(r"<tr>(.*?)</tr>", markup.partition("<tbody>")[2].partition("</tbody>")[0])
    return [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in rows]


def ranks_of(markup: str, column: int) -> list[int]:
    rows = re.findall(r"<tr>(.*?)</tr>", markup.partition("<tbody>")[2].partition("</tbody>")[0])
    return [int(re.findall(r'data-rank="(-?\d+)"', row)[column]) for row in rows]


def models(*costs: str | None) -> Report:
    rows = tuple(
        ReportRow(key={"model": f"m{place}"}, totals=Totals(requests=1, list_cost=None if cost is None else usd(cost)))
        for place, cost in enumerate(costs)
    )
    return Report(period=month_overview().report.period, group_by=("model",), totals=Totals(requests=3), rows=rows)


def test_every_row_and_every_sum_is_there_to_the_last_digit() -> None:
    report = month_overview().report
    table = rows_table(report)
    assert len(body_of(table)) == len(report.rows) == 30
    for totals in (report.totals, *(row.totals for row in report.rows)):
        assert totals.list_cost is not None
        assert f'value="{plain(totals.list_cost)}"' in table
        assert f">{totals.input_tokens:,}<" in table


def test_a_column_that_would_be_empty_is_left_out() -> None:
    assert headings_of(rows_table(month_overview().report)) == [
        "Day", "Calls", "Input", "Cache read", "Cache write", "Output", "Reasoning", "Tokens", "List cost",
        "Sources said", "Remarks",
    ]  # fmt: skip
    assert headings_of(rows_table(empty_overview().report)) == ["Day", "Calls", "Tokens", "List cost"]


def test_each_dimension_has_its_column() -> None:
    assert headings_of(rows_table(hostile_overview().report))[:2] == ["Model", "Provider"]
    report = replace(models("1"), group_by=("tag:team",), rows=(ReportRow(key={"tag:team": "x"}, totals=Totals()),))
    assert headings_of(rows_table(report))[0] == "team"


def test_ranks_are_those_of_exact_money() -> None:
    table = rows_table(models("0.100000000001", "0.1", "20", "3", None))
    assert ranks_of(table, 3) == [1, 0, 3, 2, -1]


def test_equal_values_have_equal_ranks() -> None:
    assert ranks_of(rows_table(models("1", "1.0", "2")), 3) == [0, 0, 1]


def test_an_unknown_name_is_said_and_sorted_last() -> None:
    rows = (ReportRow(key={"model": None}, totals=Totals()), ReportRow(key={"model": "b"}, totals=Totals()))
    table = rows_table(replace(models("1"), rows=rows))
    assert ranks_of(table, 0) == [-1, 0]
    assert "(unknown)" in body_of(table)[0][0]


def test_too_many_rows_are_cut_and_the_cut_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_table, "MOST_ROWS", 2)
    report = models("1", "2", "3")
    assert len(body_of(rows_table(report))) == 2
    assert rows_words(report).startswith("By model: the first 2 of 3 rows; 'tokencli report --csv' writes all")


def test_the_words_count_the_rows() -> None:
    assert rows_words(models("1")).startswith("By model: 1 row.")


def test_totals_are_those_of_the_report_and_not_of_the_shown_rows() -> None:
    report = replace(models("1", "2"), totals=Totals(requests=7, list_cost=usd(Decimal("9.5"))))
    assert 'value="9.5"' in rows_table(report).partition("<tfoot>")[2]


def test_tokens_that_nobody_counted_are_a_dash_and_sorted_last() -> None:
    missing = Totals(requests=2, list_cost=None, unpriced_requests=2, missing_requests=2)
    counted = Totals(requests=1, input_tokens=5)
    rows = tuple(ReportRow(key={"model": name}, totals=one) for name, one in (("a", missing), ("b", counted)))
    period = month_overview().report.period
    table = rows_table(Report(period=period, group_by=("model",), totals=together([missing, counted]), rows=rows))
    tokens = headings_of(table).index("Tokens")
    assert "\N{EN DASH}" in body_of(table)[0][tokens]
    assert body_of(table)[1][tokens] == "5"
    assert ranks_of(table, tokens) == [-1, 0]
    alone = rows_table(Report(period=period, group_by=("model",), totals=missing, rows=rows[:1]))
    assert "\N{EN DASH}" in body_of(alone)[0][headings_of(alone).index("Tokens")]
