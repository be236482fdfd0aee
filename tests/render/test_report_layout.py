"""Which columns a width can carry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tokencli.render.report_layout import GAP, Figures, chosen_layout
from tokencli.render.report_rows import shown_rows

if TYPE_CHECKING:
    from tokencli.render.report_view import ReportView


def titles(view: ReportView, width: int) -> list[str]:
    return [column.title for column in chosen_layout(figures(view), width).columns]


def figures(view: ReportView) -> Figures:
    rows = tuple(shown_rows(view.report, view.now))
    return Figures(names=view.report.group_by, rows=rows, totals=view.report.totals, places=2, is_ascii=False)


def test_more_width_never_shows_less(by_day: ReportView) -> None:
    seen = [len(titles(by_day, width)) for width in range(30, 200, 10)]
    assert seen == sorted(seen)


def test_wide_terminals_get_every_column(by_day: ReportView) -> None:
    assert titles(by_day, 160) == [
        *("day", "calls", "input", "cache read", "cache write", "output", "reasoning", "tokens", "list cost", "share")
    ]


def test_cost_is_the_last_to_go(by_model: ReportView) -> None:
    assert titles(by_model, 30)[-1] == "list cost"


@pytest.mark.parametrize("width", [60, 80, 120, 160])
def test_the_columns_together_fit_the_width(by_day_model: ReportView, width: int) -> None:
    columns = chosen_layout(figures(by_day_model), width).columns
    assert sum(column.width for column in columns) + GAP * (len(columns) - 1) <= width


def test_columns_that_would_be_all_zero_are_left_out(by_day: ReportView) -> None:
    from dataclasses import replace

    totals = replace(by_day.report.totals, cache_write_tokens=0, reasoning_tokens=0)
    told = titles(replace(by_day, report=replace(by_day.report, totals=totals)), 160)
    assert "cache write" not in told
    assert "reasoning" not in told
