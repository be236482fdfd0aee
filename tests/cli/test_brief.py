"""Both ways to a status line say the same, and end with the same code."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.conftest import NOW
from tokencli.cli.brief import brief_answer, show_brief

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CONFIG = """\
[report]
week_start = "sunday"
time_zone = "Europe/Paris"
[limits]
daily_usd = 0.5
monthly_usd = 0.03
"""
BRIEF = (
    ["status"],
    ["status", "--format", "{today}|{week_cost}|{month_limit}|{month_level}|{calls}|{tokens}"],
    ["status", "--format={session}|{model}|{context}|{context_percent}|{gauge}|{session_cost}{session_part}"],
    ["status", "--format", "plain"],
    ["status", "--tz", "Pacific/Auckland"],
    ["--tz", "local", "status"],
    ["status", "--no-color", "--config", "config.toml"],
    ["--no-color", "status"],
)
FULL = (
    ["status", "--help"],
    ["status", "--json"],
    ["status", "--format"],
    ["status", "--format", "{nope}"],
    ["status", "--format", "{{today}}"],
    ["status", "--format", ""],
    ["status", "--format", "a", "--format", "b"],
    ["--format", "a", "status"],
    ["status", "--tz", "Mars/Olympus"],
    ["status", "--config", "none.toml"],
    ["status", "--db", "none.db"],
    ["status", "--db", "config.toml"],
    ["status", "--db", "sqlite:///ledger.db"],
    ["status", "--verbose"],
    ["status", "more"],
    ["status", "status"],
    ["session", "show", "status"],
    ["--version", "status"],
)


@pytest.fixture
def ledger(typed: Callable[..., Any], log: Path, tmp_path: Path) -> Path:
    """Return a ledger with a few calls and an active session, beside a configuration."""
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    assert typed("session", "new", "--name", "work", "--model", "gpt-4o", "--provider", "openai").code == 0
    typed("ingest", log)
    return tmp_path


@pytest.mark.parametrize("arguments", BRIEF, ids=" ".join)
@pytest.mark.usefixtures("ledger")
def test_the_brief_way_says_what_the_full_one_says(typed: Callable[..., Any], arguments: list[str]) -> None:
    said = typed(*arguments)
    assert (said.code, said.err) == (0, "")
    assert brief_answer(arguments, os.environ, NOW) == said.out.removesuffix("\n")


@pytest.mark.parametrize("arguments", FULL, ids=" ".join)
@pytest.mark.usefixtures("ledger")
def test_what_is_unusual_is_left_to_the_full_way(arguments: list[str]) -> None:
    assert brief_answer(arguments, os.environ, NOW) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [("COST_DAILY_LIMIT", "0.027"), ("COST_WEEKLY_LIMIT", "0.03"), ("TZ", "Asia/Tokyo"), ("TZ", "CET-1CEST")],
)
@pytest.mark.usefixtures("ledger")
def test_the_environment_counts_on_both_ways(
    typed: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert f"{brief_answer(['status'], os.environ, NOW)}\n" == typed("status").out


@pytest.mark.parametrize(
    ("name", "value"), [("COST_DAILY_LIMIT", "lots"), ("TOKENCLI_DB", "none.db"), ("TOKENCLI_CONFIG", "none.toml")]
)
@pytest.mark.usefixtures("ledger")
def test_an_environment_that_is_wrong_is_left_to_the_full_way(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert brief_answer(["status"], os.environ, NOW) is None


def test_files_that_are_wrong_are_left_to_the_full_way(ledger: Path) -> None:
    for text in ("[limits]\ndaily_usd = -1\n", '[report]\ntime_zone = "Mars/Olympus"\n', "[other]\n"):
        (ledger / "config.toml").write_text(text, encoding="utf-8")
        assert brief_answer(["status"], os.environ, NOW) is None
    (ledger / "config.toml").unlink()
    (ledger / "config.toml").mkdir()
    assert brief_answer(["status"], os.environ, NOW) is None


@pytest.mark.usefixtures("ledger")
def test_places_are_those_of_the_full_way(
    typed: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home = tmp_path / "user"
    monkeypatch.delenv("TOKENCLI_HOME", raising=False)
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    assert typed("session", "new", "--name", "other").code == 0
    assert brief_answer(["status", "--format", "{session}"], os.environ, NOW) == "other"
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert brief_answer(["status"], os.environ, NOW) is None
    assert typed("session", "new", "--name", "third").code == 0
    assert brief_answer(["status", "--format", "{session}"], os.environ, NOW) == "third"


@pytest.mark.usefixtures("ledger")
def test_the_line_is_printed_and_the_code_is_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert show_brief(["status", "--format", "{session}"]) == 0
    assert capsys.readouterr().out == "work\n"
    assert show_brief(["status", "--nope"]) is None


CLAUDE = '{"session_id": "5d1c2c8e", "model": {"display_name": "Opus 4.8"}, "context_window": {"used_percentage": 46}}'
CLAUDE_LINES = (
    ["status", "--claude"],
    ["status", "--claude", "--format", "{session}|{model}|{context}|{context_percent}|{gauge}|{session_cost}|{month}"],
)


@pytest.mark.parametrize("arguments", CLAUDE_LINES, ids=" ".join)
@pytest.mark.usefixtures("ledger")
def test_a_session_of_claude_code_is_the_same_on_both_ways(
    typed: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.setattr("tokencli.cli.claude_input._READ", [CLAUDE])
    brief = brief_answer(arguments, os.environ, NOW)
    said = typed(*arguments)
    assert (said.code, said.err, said.out) == (0, "", f"{brief}\n")
    assert "Opus 4.8" in said.out
    assert "46%" in said.out


@pytest.mark.usefixtures("ledger")
def test_without_a_session_of_claude_code_it_is_said_once(
    typed: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tokencli.cli.claude_input._READ", ["{}"])
    assert brief_answer(["status", "--claude"], os.environ, NOW) is None
    said = typed("status", "--claude")
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert "settings.json" in said.err
    assert typed("status", "--claude", "--json").code == 2
