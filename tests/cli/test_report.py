"""`tokencli report`, as it is typed."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import webbrowser
from typing import TYPE_CHECKING

import pytest

from tokencli.domain.report import FILTERS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Typed

TOTALS = [
    "requests", "errors", "input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens",
    "reasoning_tokens", "total_tokens", "list_cost", "reported_cost", "currency", "priced_requests",
    "unpriced_requests", "subscription_requests", "free_requests", "estimated_requests", "partial_requests",
]  # fmt: skip


@pytest.fixture
def filled(typed: Callable[..., Typed], log: Path) -> Callable[..., Typed]:
    """Return the program over a ledger that has taken the log in."""
    typed("ingest", log)
    return typed


def test_the_json_has_exactly_the_keys_of_the_contract(filled: Callable[..., Typed]) -> None:
    report = json.loads(filled("report", "--by", "model", "--json").out)
    assert list(report) == ["period", "group_by", "totals", "rows"]
    assert list(report["period"]) == ["name", "start", "end", "time_zone", "week_start"]
    assert list(report["totals"]) == TOTALS
    assert [list(row) for row in report["rows"]] == [["key", *TOTALS]] * 2
    assert [row["key"] for row in report["rows"]] == [{"model": "gpt-4o"}, {"model": "gpt-4.1-atelier"}]


def test_money_is_exact_and_unpriced_is_not_nothing(filled: Callable[..., Typed]) -> None:
    report = json.loads(filled("report", "--by", "model", "--json").out)
    priced, unpriced = report["rows"]
    assert (priced["list_cost"], priced["reported_cost"]) == ("0.0155", "0.027")
    assert (unpriced["list_cost"], unpriced["unpriced_requests"]) == (None, 1)
    assert (report["totals"]["list_cost"], report["totals"]["unpriced_requests"]) == ("0.0155", 1)


def test_without_a_period_the_last_seven_days_are_shown_with_empty_ones_as_zero(filled: Callable[..., Typed]) -> None:
    report = json.loads(filled("report", "--json").out)
    assert [row["key"]["day"] for row in report["rows"]] == [f"2025-10-{day:02}" for day in range(6, 13)]
    assert [row["requests"] for row in report["rows"]] == [0, 0, 0, 0, 2, 0, 0]


def test_since_and_until_are_half_open(filled: Callable[..., Typed]) -> None:
    cut = filled("report", "--since", "2025-10-10T14:32:12", "--until", "2025-10-11", "--json")
    assert json.loads(cut.out)["totals"]["requests"] == 1
    before = filled("report", "--since", "2025-10-01", "--until", "2025-10-10", "--json")
    assert json.loads(before.out)["totals"]["requests"] == 0


def test_the_table_says_in_words_what_the_sums_leave_out(filled: Callable[..., Typed]) -> None:
    said = filled("report", "--by", "model")
    assert said.code == 0
    flat = " ".join(said.out.split())
    assert "1 call is unpriced (gpt-4.1-atelier): the total is a lower bound" in flat
    assert "input logged at $5.00/M, list $2.50/M" in flat
    assert max(len(line) for line in said.out.split("\n")) <= 80


def test_csv_and_markdown_hold_the_same_figures(filled: Callable[..., Typed]) -> None:
    (row, other) = csv.DictReader(io.StringIO(filled("report", "--by", "model", "--csv").out))
    assert (row["model"], row["list_cost"], other["list_cost"]) == ("gpt-4o", "0.0155", "")
    assert "| gpt-4o" in filled("report", "--by", "model", "--markdown").out


@pytest.mark.parametrize("name", FILTERS)
def test_each_filter_lets_in_only_what_it_names(filled: Callable[..., Typed], name: str) -> None:
    said = filled("report", f"--{name}", "no-such", "--json")
    assert json.loads(said.out)["totals"]["requests"] == 0
    assert (said.code, "no call of the period matches the filters" in said.err) == (1, True)


def test_filters_take_patterns_and_several_values(filled: Callable[..., Typed]) -> None:
    assert json.loads(filled("report", "--model", "GPT-4O*", "--json").out)["totals"]["requests"] == 1
    both = filled("report", "--model", "gpt-4o", "--model", "gpt-4.1-atelier", "--json")
    assert json.loads(both.out)["totals"]["requests"] == 2
    assert json.loads(filled("report", "--agent", "nexus", "--json").out)["totals"]["requests"] == 1


def test_the_page_is_written_where_it_is_told(filled: Callable[..., Typed], tmp_path: Path) -> None:
    assert filled("report", "--html", "week.html").out == "week.html\n"
    assert filled("report", "--html").out == "reports/tokencli-7d.html\n"
    assert filled("report", "--html", "--period", "all").out == "reports/tokencli-all.html\n"
    assert "gpt-4.1-atelier" in (tmp_path / "week.html").read_text(encoding="utf-8")


def test_names_survive_a_console_that_cannot_spell_them(log: Path, tmp_path: Path) -> None:
    log.write_text(log.read_text(encoding="utf-8").replace("gpt-4.1-atelier", "модель"), encoding="utf-8")
    base = [sys.executable, "-m", "tokencli", "--db", str(tmp_path / "x.db")]
    subprocess.run([*base, "ingest", str(log)], check=True, capture_output=True)
    shown = subprocess.run(
        [*base, "report", "--period", "all", "--by", "model", "--csv"],
        check=True,
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )
    assert rb"\u043c\u043e\u0434\u0435\u043b\u044c" in shown.stdout


def test_data_can_be_had_together_with_the_page(filled: Callable[..., Typed]) -> None:
    said = filled("report", "--html", "week.html", "--json")
    assert json.loads(said.out)["totals"]["requests"] == 2
    assert said.err == "tokencli: the page is week.html.\n"


def test_open_shows_the_page_in_the_browser(
    filled: Callable[..., Typed], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    opened: list[str] = []

    def open_it(url: str) -> bool:
        opened.append(url)
        return True

    monkeypatch.setattr(webbrowser, "open", open_it)
    assert filled("report", "--open").err == ""
    assert opened == [(tmp_path / "reports" / "tokencli-7d.html").as_uri()]
    monkeypatch.setattr(webbrowser, "open", lambda _: False)
    assert "no browser could be started" in filled("report", "--open").err


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["--period", "fortnight"], 2, "unknown period 'fortnight'"),
        (["--by", "colour"], 2, "unknown dimension 'colour'"),
        (["--csv", "--json"], 2, "--json, --csv and --markdown exclude each other"),
        (["--period", "week", "--since", "2025-10-01"], 2, "exclude each other"),
        (["--since", "2025-10-12", "--until", "2025-10-01"], 2, "--until is itself not part of the period"),
        (["--since", "today"], 2, "'today' is no date or time: write it like 2026-11-20"),
        (["--tz", "Mars/Olympus"], 3, "unknown time zone"),
        (["--tag", "team"], 2, "not of the form KEY=VALUE"),
        (["--db", "none.db"], 4, "there is no ledger at none.db yet"),
        (["--html", "/proc/x/y.html"], 3, "/proc/x/y.html"),
    ],
)
def test_bad_input_gets_one_sentence_and_its_exit_code(
    filled: Callable[..., Typed], arguments: list[str], code: int, sentence: str
) -> None:
    said = filled("report", *arguments)
    assert (said.code, said.err.count("\n")) == (code, 1)
    assert sentence in said.err


def test_estimates_are_a_report_of_their_own(typed: Callable[..., Typed], log: Path) -> None:
    typed("ingest", log)
    said = typed("report", "--estimates", "--period", "all")
    assert said.code == 0
    assert "no call of this period has both an estimate and a reported count" in said.out
    assert json.loads(typed("report", "--estimates", "--json").out)["rows"] == []


def test_estimates_have_no_other_shape(typed: Callable[..., Typed], log: Path) -> None:
    typed("ingest", log)
    for option in ("--csv", "--markdown", "--html", "--open"):
        said = typed("report", "--estimates", option)
        assert said.code == 2
        assert "--estimates is a table or --json" in said.err
    assert typed("report", "--estimates", "--by", "model").code == 2
