"""`tokencli ingest`, as it is typed."""

from __future__ import annotations

import gzip
import io
import json
import os
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from tokencli.services.ingest import Ingest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Typed

KEYS = ["path", "format", "lines", "recorded", "merged", "duplicate", "other", "broken", "first_broken_line", "bytes"]


def test_every_line_is_accounted_for(typed: Callable[..., Typed], log: Path) -> None:
    said = typed("ingest", log, "--json")
    assert (said.code, said.err) == (0, "")
    (file,) = json.loads(said.out)["files"]
    assert list(file) == KEYS
    assert file == {
        "path": str(log),
        "format": "cost-line",
        "lines": 6,
        "recorded": 2,
        "merged": 1,
        "duplicate": 0,
        "other": 2,
        "broken": 1,
        "first_broken_line": 6,
        "bytes": log.stat().st_size,
    }
    assert json.loads(said.out)["totals"]["lines"] == 6


def test_an_unchanged_log_is_not_read_again(typed: Callable[..., Typed], log: Path) -> None:
    assert typed("ingest", log).code == 0
    again = typed("ingest", log)
    assert again.code == 0
    assert again.out == "The log is unchanged since last time: nothing to read.\n"


def test_labels_reach_the_report(typed: Callable[..., Typed], log: Path) -> None:
    typed("ingest", log, "--project", "shop", "--tag", "team=search", "--agent", "neo")
    report = json.loads(typed("report", "--period", "all", "--by", "project,tag:team,agent", "--json").out)
    keys = [row["key"] for row in report["rows"]]
    assert {"project": "shop", "tag:team": "search", "agent": "nexus"} in keys
    assert {"project": "shop", "tag:team": "search", "agent": "neo"} in keys


def test_a_dry_run_keeps_nothing(typed: Callable[..., Typed], log: Path, home: Path) -> None:
    said = typed("ingest", log, "--dry-run")
    assert said.code == 0
    assert "nothing was kept" in said.out
    assert not (home / "tokencli" / "ledger.db").exists()
    typed("ingest", log)
    log.write_text(log.read_text().replace("gpt-4o", "gpt-4.1"))
    assert json.loads(typed("ingest", log, "--dry-run", "--json").out)["totals"]["recorded"] == 1
    assert json.loads(typed("report", "--period", "all", "--json").out)["totals"]["requests"] == 2


def test_standard_input_is_a_log(typed: Callable[..., Typed], log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(log.read_bytes())))
    assert json.loads(typed("ingest", "-", "--json").out)["totals"]["recorded"] == 2


def test_a_pipe_is_read_like_standard_input(typed: Callable[..., Typed], log: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    feeder = threading.Thread(target=pipe.write_bytes, args=(gzip.compress(log.read_bytes()),))
    feeder.start()
    said = typed("ingest", pipe, "--json")
    feeder.join()
    assert (said.code, json.loads(said.out)["totals"]["recorded"]) == (0, 2)
    assert typed("ingest", "/dev/null").code == 1


def test_times_without_offset_are_read_in_the_zone_that_is_told(typed: Callable[..., Typed], log: Path) -> None:
    typed("ingest", log, "--tz", "Asia/Kolkata")
    event = json.loads(typed("explain", "--last", "--json", "--tz", "UTC").out)
    assert event["occurred_at"] == "2025-10-10T09:02:12.123000+00:00"


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        ([], 2, "no log was named: give files or directories, - for standard input, or --discover for what is here."),
        (["nowhere.log"], 3, "there is no file or directory nowhere.log: check the name."),
        (["."], 3, "no logs in .: name the files"),
        (["x.txt"], 1, "no call was found in 1 line:"),
        (["x.txt", "--format", "nonsense"], 2, "there is no log format 'nonsense': use auto, cost-line, "),
        (["x.txt", "--tag", "team"], 2, "the tag 'team' is not of the form KEY=VALUE"),
        (["x.txt", "--date", "yesterday"], 2, "the date 'yesterday' is no day: write it like 2026-11-20."),
        (["x.txt", "--tz", "Mars/Olympus"], 3, "unknown time zone 'Mars/Olympus'"),
        (["x.txt", "--db", "x.txt"], 4, "x.txt is not a tokencli ledger"),
        (["x.txt", "--db", "postgresql://h/d"], 4, "postgresql ledgers are not supported in this version"),
    ],
)
def test_bad_input_gets_one_sentence_and_its_exit_code(
    typed: Callable[..., Typed], tmp_path: Path, arguments: list[str], code: int, sentence: str
) -> None:
    if arguments[:1] == ["x.txt"]:
        (tmp_path / "x.txt").write_text("hello\n")
    said = typed("ingest", *arguments)
    assert (said.code, said.err.count("\n")) == (code, 1)
    assert sentence in said.err
    assert "Traceback" not in said.err


def test_what_was_taken_in_before_an_interruption_is_said(
    typed: Callable[..., Typed], log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Ingest, "_take_in", interrupted)
    said = typed("ingest", log)
    assert said.code == 130
    assert "stays: run the same command again" in said.err


def test_a_log_that_cannot_be_read_does_not_stop_the_others(typed: Callable[..., Typed], log: Path) -> None:
    broken = log.with_name("old.log.gz")
    broken.write_bytes(b"\x1f\x8b\x08\x00 this is no gzip file at all")
    said = typed("ingest", broken, log, "--json")
    assert said.code == 3
    assert "old.log.gz" in said.err
    assert json.loads(said.out)["totals"]["recorded"] == 2


def test_columns_of_a_table_are_what_they_are_mapped_to(typed: Callable[..., Typed], tmp_path: Path) -> None:
    table = tmp_path / "usage.csv"
    table.write_text("day,which,p,c\n2026-01-02,gpt-4o,100,20\n2026-01-02,gpt-4o,100,20\n", encoding="utf-8")
    wrong = typed("ingest", table, "--format", "csv", "--map", "time=day,input=c", "--json")
    assert json.loads(wrong.out)["totals"]["recorded"] == 2
    unchanged = typed("ingest", table, "--format", "csv", "--map", "time=day,input=c", "--dry-run")
    assert "unchanged" in unchanged.out
    right = typed("ingest", table, "--format", "csv", "--map", "time=day,model=which", "--map", "input=p,output=c")
    assert right.code == 0
    assert "unchanged" not in right.out


def test_a_mapping_needs_a_table_and_names_that_can_be_told(typed: Callable[..., Typed], log: Path) -> None:
    assert typed("ingest", log, "--map", "input=p").code == 2
    said = typed("ingest", log, "--format", "csv", "--map", "tokens=p")
    assert said.code == 2
    assert "input=prompt_tokens" in said.err
