"""CSV and Markdown: exact, in the order of the interface, and harmless."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tokencli.domain.report import Report, ReportRow, Totals
from tokencli.render.report_json import TOTALS_KEYS, report_json
from tokencli.render.report_text import markdown_text, report_csv, report_markdown

if TYPE_CHECKING:
    from tokencli.render.report_view import ReportView


def test_csv_has_one_line_a_row_and_none_of_totals(by_model: ReportView) -> None:
    lines = list(csv.reader(io.StringIO(report_csv(by_model.report))))
    assert lines[0] == ["model", *TOTALS_KEYS]
    assert len(lines) == 1 + len(by_model.report.rows)
    assert sum(int(line[1]) for line in lines[1:]) == by_model.report.totals.requests
    cost = lines[0].index("list_cost")
    assert [line[cost] for line in lines[1:]] == ["812.4567", "93.100025", "4.2", "", "0", "0.0000123"]
    assert lines[-1][0] == ""


def test_csv_runs_no_formula_and_drives_no_terminal(hostile: ReportView) -> None:
    told = report_csv(hostile.report)
    assert told.replace("\n", "").isprintable()
    names = [line[0] for line in csv.reader(io.StringIO(told))][1:]
    assert '\'=HYPERLINK("http://x","y")' in names
    assert not any(name.startswith(("=", "+", "-", "@")) for name in names)


def test_csv_with_several_dimensions_names_each(by_day_model: ReportView) -> None:
    lines = list(csv.reader(io.StringIO(report_csv(by_day_model.report))))
    assert lines[0][:2] == ["day", "model"]
    assert lines[2][:2] == ["2026-11-16", "claude-haiku-4-5-20251001"]


def test_csv_of_an_invented_tag_name_is_harmless_too(by_model: ReportView) -> None:
    report = Report(
        period=by_model.report.period,
        group_by=("tag:=x",),
        totals=by_model.report.totals,
        rows=(ReportRow(key={"tag:=x": "=y"}, totals=by_model.report.totals),),
    )
    assert report_csv(report).split("\n")[1].startswith("'=y,")


def test_markdown_is_a_table_with_totals_and_remarks(by_model: ReportView) -> None:
    told = report_markdown(by_model)
    lines = told.split("\n")
    assert lines[0] == "**week: 2026-11-16 00:00 to 2026-11-23 00:00, Europe/Paris, weeks start on Monday**"
    table = [line for line in lines if line.startswith("|")]
    assert len({line.replace("\\|", "").count("|") for line in table}) == 1
    assert len(table) == 2 + len(by_model.report.rows) + 1
    assert "| gpt-4o | 4,812 | 59,404,140 |" in told
    assert r"**≥ \$909.75**" in told
    assert "- 7 calls are unpriced (cloaked-model): the total is a lower bound." in told


def test_markdown_of_nothing_says_what_to_do_next(by_day: ReportView) -> None:
    from dataclasses import replace

    from tokencli.domain.report import Totals

    told = report_markdown(replace(by_day, report=replace(by_day.report, totals=Totals(), rows=())))
    assert "tokencli ingest LOG" in told
    assert "|" not in told


def test_markdown_lets_no_name_out_of_its_cell(hostile: ReportView) -> None:
    told = report_markdown(hostile)
    table = [line for line in told.split("\n") if line.startswith("|")]
    assert len(table) == 2 + len(hostile.report.rows) + 1
    assert len({line.replace("\\|", "").count("|") for line in table}) == 1
    assert "<" not in told
    assert told.replace("\n", "").isprintable()


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a|b", r"a\|b"), ("<b>&", "&lt;b&gt;&amp;"), ("[x](http://y)", r"\[x\](http://y)"), ("`*_~$\\", r"\`\*\_\~\$\\")],
)
def test_markdown_marks_are_escaped(text: str, shown: str) -> None:
    assert markdown_text(text) == shown


@pytest.fixture
def uncounted(by_model: ReportView) -> ReportView:
    """A model whose calls no source counted, and one that was not called."""
    missing = Totals(requests=2, list_cost=None, unpriced_requests=2, missing_requests=2)
    rows = (
        ReportRow(key={"model": "quiet"}, totals=missing),
        ReportRow(key={"model": "unused"}, totals=Totals()),
    )
    return replace(by_model, report=replace(by_model.report, totals=missing, rows=rows))


def test_tokens_that_nobody_counted_are_null_and_empty_and_a_dash(uncounted: ReportView) -> None:
    told = json.loads(report_json(uncounted.report))
    tokens = [key for key in TOTALS_KEYS if key.endswith("_tokens")]
    assert [told["totals"][key] for key in tokens] == [told["rows"][0][key] for key in tokens] == [None] * 6
    assert [told["rows"][1][key] for key in tokens] == [0] * 6
    rows = list(csv.DictReader(io.StringIO(report_csv(uncounted.report))))
    assert [[row[key] for key in tokens] for row in rows] == [[""] * 6, ["0"] * 6]
    lines = report_markdown(uncounted).split("\n")
    assert "| quiet | 2 | - | - | - | - | - | - | unpriced |" in next(line for line in lines if "quiet" in line)
    assert "| unused | 0 | 0 | 0 | 0 | 0 | 0 | 0 |" in next(line for line in lines if "unused" in line)
