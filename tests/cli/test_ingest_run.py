"""`tokencli ingest --discover` and `--follow`, as they are typed."""

from __future__ import annotations

import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.cost_logs import cost
from tokencli.cli.globals import Globals
from tokencli.domain.errors import ExitCode
from tokencli.services import head_start
from tokencli.services.head_start import HeadStart

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from tests.cli.conftest import Typed

PATIENCE_S = 30.0


def message(name: str, out: int = 5) -> str:
    return (
        '{"type":"assistant","timestamp":"2026-01-02T03:04:05.000Z","sessionId":"s1","cwd":"/home/u/shop","message":'
        f'{{"id":"msg_{name}","model":"claude-sonnet-4-5","usage":{{"input_tokens":1000,"output_tokens":{out}}}}}}}\n'
    )


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    for name in ("CLAUDE_CONFIG_DIR", "CODEX_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(folder))
    return folder


@pytest.fixture
def session(home: Path) -> Path:
    path = home / ".claude" / "projects" / "-work-shop" / "s1.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text(message("a") + message("b"))
    return path


def test_what_is_on_this_machine_is_found_and_taken_in(typed: Callable[..., Typed], session: Path) -> None:
    said = typed("ingest", "--discover")
    assert said.code == 0
    lines = said.out.split("\n")
    assert lines[0].split() == ["claude-code", "1", "file", "~/.claude"]
    assert lines[1].startswith("skipped, since their directories are not there: ")
    assert "codex" in said.out
    report = json.loads(typed("report", "--period", "all", "--by", "source,project", "--json").out)
    assert [(row["key"], row["requests"]) for row in report["rows"]] == [
        ({"source": "claude-code", "project": "/home/u/shop"}, 2)
    ]
    again = typed("ingest", "--discover")
    assert "The log is unchanged since last time" in again.out
    assert session.exists()


def test_found_places_are_in_the_json(typed: Callable[..., Typed], session: Path) -> None:
    told = json.loads(typed("ingest", "--discover", "--json").out)
    assert told["found"][0]["format"] in {"claude-code", "codex"} or told["found"]
    place = next(each for each in told["found"] if each["files"])
    assert place == {"format": "claude-code", "root": str(session.parents[2]), "files": 1, "skipped": None}
    assert told["totals"]["recorded"] == 2


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[HeadStart]:
    found: list[HeadStart] = []

    class Noted(HeadStart):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            found.append(self)

    monkeypatch.setattr(head_start, "SMALL_BYTES", 0)
    monkeypatch.setattr(head_start, "HeadStart", Noted)
    return found


@pytest.mark.usefixtures("session")
def test_reading_begins_before_a_new_ledger_is_made_and_only_then(
    typed: Callable[..., Typed], begun: list[HeadStart]
) -> None:
    told = json.loads(typed("ingest", "--discover", "--json").out)
    assert (told["totals"]["recorded"], len(begun)) == (2, 1)
    assert "unchanged" in typed("ingest", "--discover").out
    assert len(begun) == 1


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("more", [(), ("--dry-run",)])
def test_a_ledger_that_cannot_be_looked_at_is_one_sentence(typed: Callable[..., Typed], more: tuple[str, ...]) -> None:
    said = typed("--db", f"{'x' * 300}.db", "ingest", "--discover", *more)
    assert (said.code, said.out) == (ExitCode.STORE, "")
    assert "cannot be used (File name too long)" in said.err


@pytest.mark.usefixtures("session")
def test_a_ledger_that_a_url_names_is_known_to_be_there(
    typed: Callable[..., Typed], begun: list[HeadStart], tmp_path: Path
) -> None:
    place = f"sqlite:///{tmp_path / 'l.db'}"
    assert typed("--db", place, "ingest", "--discover").code == 0
    assert len(begun) == 1
    assert "unchanged" in typed("--db", place, "ingest", "--discover", "--dry-run").out
    assert len(begun) == 1
    said = typed("--db", "postgresql://localhost/x", "ingest", "--discover", "--dry-run")
    assert said.code == ExitCode.STORE
    assert len(begun) == 1


@pytest.mark.usefixtures("session")
def test_no_reader_outlives_what_keeps_a_ledger_from_being_made(
    typed: Callable[..., Typed], begun: list[HeadStart], tmp_path: Path
) -> None:
    (tmp_path / "place").write_text("no directory")
    said = typed("--db", str(tmp_path / "place" / "l.db"), "ingest", "--discover")
    assert said.code == ExitCode.STORE
    assert all(lane.process.wait() for lane in begun[0]._pool._lanes)


@pytest.mark.usefixtures("home")
def test_a_machine_without_clients_is_an_answer_too(typed: Callable[..., Typed]) -> None:
    said = typed("ingest", "--discover")
    assert said.code == 1
    assert "no logs of clients were found: looked for" in said.err


def test_a_client_file_is_known_wherever_it_lies_and_under_its_name(
    typed: Callable[..., Typed], session: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.txt"
    copy.write_bytes(session.read_bytes() + message("c").encode())
    assert json.loads(typed("ingest", session, "--json").out)["totals"]["recorded"] == 2
    told = json.loads(typed("ingest", copy, "--format", "claude-code", "--json", "--tag", "team=x").out)
    assert (told["totals"]["recorded"], told["totals"]["duplicate"]) == (1, 2)
    explained = json.loads(typed("explain", "--last", "--json").out)
    assert [each["source"] for each in explained["sightings"]] == ["claude-code"]


def test_a_dry_run_does_not_follow(typed: Callable[..., Typed], session: Path) -> None:
    said = typed("ingest", session, "--follow", "--dry-run")
    assert (said.code, "leave out --dry-run" in said.err) == (2, True)


@contextmanager
def following(*arguments: object) -> Generator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tokencli", "ingest", "--follow", *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ})
    try:
        assert process.stderr is not None
        assert "Ctrl-C stops" in process.stderr.readline()
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_for(count: int, since: float) -> float:
    """Return how long it took until the ledger had so many calls."""
    while time.monotonic() - since < PATIENCE_S:
        with closing(sqlite3.connect(Globals().ledger_place)) as connection:
            if connection.execute("SELECT count(*) FROM event").fetchone()[0] >= count:
                return time.monotonic() - since
        time.sleep(0.02)
    pytest.fail(f"no {count} calls within {PATIENCE_S} s")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_lines_are_in_the_ledger_at_once_and_a_signal_stops_it(session: Path, number: signal.Signals) -> None:
    with following("--discover") as process:
        with session.open("a") as file:
            file.write(message("c"))
        wait_for(3, time.monotonic())
        other = session.with_name("s2.jsonl")
        other.write_text(message("d")[:-30])
        with other.open("a") as file:
            file.write(message("d")[-30:])
        wait_for(4, time.monotonic())
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, err
    assert "s2.jsonl: 1 new call" in err
    assert "Traceback" not in err
    assert "total" in out


@pytest.mark.usefixtures("home")
def test_a_log_that_is_rotated_and_packed_loses_no_line(tmp_path: Path) -> None:
    log = tmp_path / "backend.log"
    log.write_bytes(cost(1))
    with following(log) as process:
        for number in range(3):
            with log.open("ab") as file:
                file.write(cost(10 + number))
            old = log.with_name("backend.log.1")
            log.rename(old)
            with old.open("ab") as file:
                file.write(cost(20 + number))
            old.unlink()
            log.write_bytes(cost(30 + number))
            wait_for(1 + 3 * (number + 1), time.monotonic())
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, "Traceback" in err) == (0, False)


def test_a_client_is_read_from_standard_input_too(
    typed: Callable[..., Typed], session: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = io.TextIOWrapper(io.BytesIO(session.read_bytes() + message("c").encode()))
    monkeypatch.setattr(sys, "stdin", data)
    told = json.loads(typed("ingest", "-", "--format", "claude-code", "--json").out)
    assert (told["totals"]["recorded"], told["files"][0]["format"]) == (3, "claude-code")
    again = json.loads(typed("ingest", session, "--json").out)
    assert again["totals"]["duplicate"] == 2


def test_a_pipe_is_read_once(typed: Callable[..., Typed], session: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(session.read_bytes()))
    writer.start()
    told = json.loads(typed("ingest", pipe, "--format", "claude-code", "--json").out)
    writer.join()
    assert told["totals"]["recorded"] == 2
