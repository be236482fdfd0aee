"""`tokencli disconnect` as it is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tokencli.domain.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest


def test_the_file_is_what_it_was(typed: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEX_HOME", str(tmp_path / "codex"))
    file = tmp_path / "codex" / "config.toml"
    file.parent.mkdir()
    file.write_text('# mine\nmodel = "gpt-5"\n')
    assert typed("connect", "codex", "--yes").code == 0
    assert "model_providers.tokencli" in file.read_text()
    assert typed("disconnect", "codex").code == 0
    assert file.read_text() == '# mine\nmodel = "gpt-5"\n'


def test_both_files_of_gemini_come_back_and_the_change_is_shown(typed: Callable[..., Any], home: Path) -> None:
    variables, settings = home / ".gemini" / ".env", home / ".gemini" / "settings.json"
    variables.parent.mkdir()
    variables.write_text("GEMINI_API_KEY=canary\n", encoding="utf-8")
    settings.write_text("{}", encoding="utf-8")
    told = typed("connect", "gemini", "--yes")
    assert "gemini-api-key" in settings.read_text(encoding="utf-8")
    assert "GOOGLE_GEMINI_BASE_URL" in variables.read_text(encoding="utf-8")
    back = typed("disconnect", "gemini")
    assert "-GOOGLE_GEMINI_BASE_URL=" in back.out
    assert back.out.count("is byte for byte what it was") == 2
    assert "canary" not in told.out + told.err + back.out
    assert (variables.read_text(encoding="utf-8"), settings.read_text(encoding="utf-8")) == (
        "GEMINI_API_KEY=canary\n",
        "{}",
    )


def test_what_a_kill_left_of_a_client_that_is_not_connected_is_removed(typed: Callable[..., Any], home: Path) -> None:
    left = home / "tokencli" / "connect" / "claude.backup"
    left.parent.mkdir(parents=True)
    left.write_text("canary", encoding="utf-8")
    assert typed("disconnect", "claude").code == ExitCode.NO
    assert not left.exists()


def test_what_was_not_connected_is_no(typed: Callable[..., Any]) -> None:
    assert typed("disconnect", "claude").code == ExitCode.NO
    assert typed("disconnect", "../claude").code == ExitCode.USAGE


def test_whoever_types_yes_by_habit_is_not_refused(typed: Callable[..., Any], home: Path) -> None:
    assert typed("connect", "claude", "-y").code == 0
    assert typed("disconnect", "Claude", "--yes").code == 0
    assert not (home / ".claude" / "settings.json").exists()
    assert typed("disconnect", "-y", "claude").code == ExitCode.NO


def test_what_is_no_client_is_told_so(typed: Callable[..., Any]) -> None:
    told = typed("disconnect", "codx")
    assert (told.code, "did you mean 'codex'?" in told.err) == (ExitCode.USAGE, True)


def test_without_a_client_those_that_are_connected_are_named(typed: Callable[..., Any], home: Path) -> None:
    assert "none was connected" in typed("disconnect").err
    assert typed("connect", "claude", "--yes").code == 0
    told = typed("disconnect")
    assert (told.code, "which client? claude can be disconnected." in told.err) == (ExitCode.USAGE, True)
    assert (home / ".claude" / "settings.json").exists()
