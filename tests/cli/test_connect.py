"""`tokencli connect` as it is typed."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from tokencli.domain.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return the settings of a Claude Code that lives in the test's directory."""
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "claude"))
    return tmp_path / "claude" / "settings.json"


def test_without_a_terminal_it_shows_and_stops(typed: Callable[..., Any], settings: Path) -> None:
    told = typed("connect", "claude")
    assert told.code == ExitCode.INPUT
    assert "ANTHROPIC_BASE_URL" in told.out
    assert not settings.exists()


class Terminal(io.StringIO):
    """Somebody at a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", ExitCode.NO), ("\n", ExitCode.NO)])
def test_the_answer_decides(
    typed: Callable[..., Any], settings: Path, monkeypatch: pytest.MonkeyPatch, answer: str, code: int
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    told = typed("connect", "claude")
    assert told.code == code
    assert settings.exists() is (code == 0)
    assert ("no proxy runs" if code == 0 else "nothing is changed") in told.err


def test_yes_changes_the_file_once(typed: Callable[..., Any], settings: Path) -> None:
    assert typed("connect", "claude", "--session", "fix", "--yes").code == 0
    assert json.loads(settings.read_text())["env"]["ANTHROPIC_BASE_URL"].endswith("/s/fix")
    again = typed("connect", "claude", "--session", "fix", "--yes")
    assert again.code == 0
    assert "already" in again.out


def test_a_client_that_is_set_by_hand_is_told_where_to_read(typed: Callable[..., Any]) -> None:
    told = typed("connect", "vim", "--yes")
    assert told.code == ExitCode.USAGE
    assert "clients.md" in told.err
    assert "did you mean 'claude'?" in typed("connect", "cluade", "--yes").err


def test_the_list_says_where_a_client_goes_and_changes_nothing(
    typed: Callable[..., Any], settings: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "bin" / "claude"
    program.parent.mkdir()
    program.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(program.parent))

    before = json.loads(typed("connect", "--list", "--json").out)
    assert before["clients"] == [{"client": "claude", "goes": "straight", "is_ignored": False, "addresses": []}]
    assert "tokencli connect claude" in " ".join(typed("connect", "--list").out.split())
    assert not settings.exists()

    typed("connect", "claude", "--session", "fix", "--yes")
    (after,) = json.loads(typed("connect", "--list", "--json").out)["clients"]
    address = f"{before['proxy_url']}/s/fix"
    assert (after["goes"], after["addresses"]) == (
        "here",
        [{"address": address, "goes": "here", "by": str(settings)}],
    )
    table = typed("connect", "--list")
    assert table.code == 0
    assert address in "".join(table.out.split())


def test_no_client_and_no_list_is_a_question_back(typed: Callable[..., Any]) -> None:
    told = typed("connect")
    assert told.code == ExitCode.USAGE
    assert "tokencli connect --list" in told.err


def test_the_list_of_one_client_is_about_that_one(typed: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert typed("connect", "--list", "Claude-Code").out == "not installed: claude\n"
    assert json.loads(typed("connect", "--list", "claude", "--json").out)["not_installed"] == ["claude"]


def test_a_client_that_is_connected_by_another_file_is_refused_before_the_question(
    typed: Callable[..., Any], settings: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert typed("connect", "claude", "--yes").code == 0
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "other"))
    told = typed("connect", "claude", "--session", "fix", "--yes")
    assert (told.code, told.out) == (ExitCode.INPUT, "")
    assert f"claude is connected by {settings}; 'tokencli disconnect claude' first." in told.err
    assert not (tmp_path / "other").exists()
    sessions = typed("session", "list")
    assert "fix" not in sessions.out + sessions.err
