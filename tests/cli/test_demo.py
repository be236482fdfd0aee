"""`tokencli demo`, as a user runs it: real processes, an empty home, an own working directory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tools.make_sample import Truth, build

WRONG = {"gpt-4o", "gemini-2.5-flash", "gemini-2.0-flash", "gemini-1.5-flash", "claude-3-5-haiku-20241022"}


@cache
def truth() -> Truth:
    return build()[1]


def run_demo(work: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the demo in `work`, with `work`/home as home and `work`/tmp for temporary files."""
    for name in ("home", "tmp", "here"):
        (work / name).mkdir(exist_ok=True)
    env = {"PATH": os.environ["PATH"], "HOME": str(work / "home"), "TMPDIR": str(work / "tmp"), "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        [sys.executable, "-m", "tokencli", "demo", *options],
        cwd=work / "here",
        env=env | environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )


@pytest.fixture(scope="module")
def as_json(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """Return the JSON of each step of one demo."""
    done = run_demo(tmp_path_factory.mktemp("json"), "--json")
    assert done.returncode == 0, done.stderr
    decoder, rest, found = json.JSONDecoder(), done.stdout, []
    while rest:
        value, end = decoder.raw_decode(rest)
        found.append(value)
        rest = rest[end:].lstrip()
    return found


def test_demo_shows_every_step_and_leaves_one_page(tmp_path: Path) -> None:
    done = run_demo(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    for number, command in enumerate(("ingest", "ingest", "check-db", "report", "explain", "report"), 1):
        assert f"\n{number}/6  " in done.stdout
        assert f"\n$ tokencli {command} " in done.stdout
    assert "unchanged since last time" in done.stdout
    left = [path.relative_to(tmp_path) for path in (tmp_path / "here").rglob("*") if path.is_file()]
    assert left == [Path("here/reports/tokencli-demo.html")]
    page = (tmp_path / left[0]).read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert "claude-3-5-haiku-20241022" in page


def test_demo_leaves_no_temporary_file_and_no_ledger(tmp_path: Path) -> None:
    assert run_demo(tmp_path).returncode == 0
    assert list((tmp_path / "tmp").rglob("*")) == []
    assert [path for path in (tmp_path / "home").rglob("*") if path.suffix == ".db"] == []


def test_demo_needs_no_home_that_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "no-home").touch()
    done = run_demo(tmp_path, HOME=str(tmp_path / "no-home"))
    assert (done.returncode, done.stderr) == (0, "")


def test_demo_asks_neither_the_users_ledger_nor_the_users_configuration(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("not toml", encoding="utf-8")
    settings = {"TOKENCLI_DB": str(tmp_path / "own.db"), "TOKENCLI_CONFIG": str(tmp_path / "broken.toml")}
    assert run_demo(tmp_path, **settings).returncode == 0
    assert not (tmp_path / "own.db").exists()


def test_demo_says_in_one_sentence_that_the_page_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "reports").touch()
    done = run_demo(tmp_path)
    assert done.returncode == 3
    assert len(done.stderr.strip().split("\n")) == 1
    assert "reports" in done.stderr
    assert list((tmp_path / "tmp").rglob("*")) == []


def test_demo_counts_every_line_of_the_sample_log(as_json: list[Any]) -> None:
    counts = as_json[0]["totals"]
    assert counts["lines"] == truth().lines
    assert counts["broken"] == truth().broken
    assert counts["recorded"] + counts["merged"] == truth().calls.total() + truth().twins


def test_demo_counts_every_call_once(as_json: list[Any]) -> None:
    assert as_json[0]["totals"]["recorded"] == truth().calls.total()
    assert as_json[3]["totals"]["requests"] == truth().calls.total()


def test_second_ingest_of_the_demo_adds_nothing(as_json: list[Any]) -> None:
    assert as_json[1]["totals"]["recorded"] == as_json[1]["totals"]["merged"] == 0


def test_report_of_the_demo_has_exactly_the_tokens_and_dollars_of_the_log(as_json: list[Any]) -> None:
    totals = as_json[3]["totals"]
    assert totals["input_tokens"] == truth().input_tokens.total()
    assert totals["output_tokens"] == truth().output_tokens.total()
    assert Decimal(totals["reported_cost"]) == Decimal(truth().printed_cost.total()).scaleb(-6)


def test_exactly_the_planted_prices_differ_from_the_list(as_json: list[Any]) -> None:
    rows = {row["key"]["model"]: row for row in as_json[3]["rows"] if row["list_cost"] and row["key"]["model"]}
    factors = {
        model: Decimal(row["reported_cost"]) / Decimal(row["list_cost"])
        for model, row in rows.items()
        if Decimal(row["list_cost"])
    }
    assert {model for model, factor in factors.items() if abs(factor - 1) > Decimal("0.01")} == WRONG


def test_call_explained_at_the_end_was_logged_far_below_its_list_cost(as_json: list[Any]) -> None:
    call = as_json[4]
    assert (call["request_model"], call["agent"]) == ("claude-3-5-haiku-20241022", "anima")
    assert (call["list_cost"], call["reported_cost"]) == ("0.0170976", "0.005343")
    assert len(call["sightings"]) == 2


def test_demo_ends_with_commands_that_can_be_typed(tmp_path: Path) -> None:
    script = Path(sys.prefix, "bin", "activate")
    without = run_demo(tmp_path, PATH="/nowhere").stdout
    assert (f"  . {script}\n  tokencli ingest" in without) is script.is_file()
    assert str(script) not in run_demo(tmp_path, PATH=str(script.parent)).stdout
