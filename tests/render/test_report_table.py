"""The table that people read: at any width, in any encoding, with any name in it."""

from __future__ import annotations

import io
import re
import unicodedata
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.console import Console

from tokencli.domain.report import EventFilter, Totals
from tokencli.render.report_table import report_table
from tokencli.render.report_view import ReportView

VIEWS = ("by_model", "by_day", "by_hour", "by_day_model", "hostile")


def printed(view: ReportView, width: int, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    console = Console(file=io.TextIOWrapper(raw, encoding=encoding, errors="strict"), width=width, highlight=False)
    console.print(report_table(view, console))
    console.file.flush()
    return raw.getvalue().decode(encoding)


@pytest.fixture(params=VIEWS)
def view(request: pytest.FixtureRequest) -> ReportView:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, ReportView)
    return found


@pytest.mark.parametrize("width", [80, 100, 160])
def test_no_line_is_wider_than_the_terminal(view: ReportView, width: int) -> None:
    assert all(cell_len(line) <= width for line in printed(view, width).split("\n"))


@pytest.mark.parametrize("width", [80, 160])
def test_no_number_is_cut(view: ReportView, width: int) -> None:
    told = printed(view, width)
    assert not re.search(r"[\d$.,]…|…[\d$.,]", told)
    assert re.search(r"total +[\d,]+ ", told)


def test_full_numbers_are_shown_where_there_is_room_and_short_ones_elsewhere(by_model: ReportView) -> None:
    assert "152,399,025" in printed(by_model, 160)
    assert " 152M " in printed(by_model, 80)


@pytest.mark.parametrize("width", [80, 160])
def test_every_model_name_can_be_read_to_its_end(by_model: ReportView, width: int) -> None:
    told = "".join(line.split("  ")[0].rstrip() for line in printed(by_model, width).split("\n"))
    for row in by_model.report.rows:
        assert (row.key["model"] or "(unknown)") in told


@pytest.mark.parametrize("width", [80, 160])
def test_hostile_names_are_dead_on_the_terminal(hostile: ReportView, width: int) -> None:
    told = printed(hostile, width)
    assert {char for char in told if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co"}} == {"\n"}
    assert "model[/x]" in told
    assert r"\x1b]52;c;" in told


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_narrow_console_gets_plain_signs(by_model: ReportView, by_day: ReportView, encoding: str) -> None:
    assert ">= $909.75" in printed(by_model, 80, encoding)
    told = printed(by_day, 80, encoding)
    assert "########" in told
    assert told.isascii()


def test_sums_without_all_prices_are_a_lower_bound_and_say_why(by_model: ReportView) -> None:
    told = printed(by_model, 100)
    assert "≥ $909.75" in told
    assert "7 calls are unpriced (cloaked-model): the total is a lower bound." in told
    assert re.search(r"cloaked-model +7 .* unpriced ", told)
    assert re.search(r"kimi-for-coding .* subscription ", told)


def test_reported_cost_has_a_column_only_when_a_source_told_one(by_model: ReportView, by_day: ReportView) -> None:
    assert "reported" in printed(by_model, 80)
    assert "reported" not in printed(by_day, 160)


def test_wrong_prices_of_logs_are_shown_beside_the_list(by_model: ReportView) -> None:
    told = " ".join(printed(by_model, 80).split())
    assert "gpt-4o: the log says $1,624.91 where the list says $812.46 (2.0x the list," in told
    assert "input logged at $5.00/M, list $2.50/M)" in told


def test_time_to_come_is_left_out_and_silence_is_folded(by_day: ReportView) -> None:
    told = printed(by_day, 80)
    assert "2026-11-20 Fri" in told
    assert "2026-11-21" not in told
    assert "(9 days without calls)" in told
    assert "list cost by day: " in told


def test_the_period_is_printed_with_zone_and_week(by_hour: ReportView) -> None:
    assert printed(by_hour, 80).startswith(
        "today: 2026-11-20 00:00 to 2026-11-21 00:00, Europe/Paris, weeks start on Monday\n"
    )


def test_a_report_without_calls_says_what_to_do_next(by_model: ReportView) -> None:
    empty = ReportView(report=replace(by_model.report, totals=Totals(), rows=()), now=by_model.now)
    assert "tokencli ingest LOG" in printed(empty, 80)
    filtered = replace(empty, filter=EventFilter(names={"model": ("gpt-\x1b*",)}))
    assert r"No call in this period matches: only model gpt-\x1b*." in printed(filtered, 80)


def test_a_report_by_nothing_is_one_row(by_model: ReportView) -> None:
    report = replace(by_model.report, group_by=(), rows=(replace(by_model.report.rows[0], key={}),))
    assert "all calls" in printed(replace(by_model, report=report), 80)


def test_even_a_very_narrow_terminal_gets_the_cost_whole(by_model: ReportView) -> None:
    assert "$812.46" in printed(by_model, 30)


@pytest.mark.parametrize("width", [80, 160])
def test_tokens_that_nobody_counted_are_a_dash(by_model: ReportView, width: int) -> None:
    missing = Totals(requests=2, list_cost=None, unpriced_requests=2, missing_requests=2)
    rows = (replace(by_model.report.rows[0], totals=missing), *by_model.report.rows[1:])
    told = printed(replace(by_model, report=replace(by_model.report, rows=rows)), width)
    assert re.search(r"gpt-4o  .*\b2 ( +-)+ +unpriced", told)
    alone = replace(by_model, report=replace(by_model.report, totals=missing, rows=rows[:1]))
    assert re.search(r"total  .*\b2 ( +-)+ +unpriced", printed(alone, width))
