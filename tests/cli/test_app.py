"""The root command: lazy commands, global options on both sides, the nearest name."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
import typer  # noqa: TC002 - the parser reads the annotations of the commands below

from tokencli.cli.app import root_command
from tokencli.cli.errors import run
from tokencli.cli.front import COMMANDS, Entry, help_text
from tokencli.cli.globals import Globals
from tokencli.cli.options import command_app, examples, given

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SEEN: list[Globals] = []


@pytest.fixture(autouse=True)
def _commands(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put two small commands in the place of the real ones."""
    look, keep = command_app(), command_app()

    @look.command(epilog=examples("tokencli look --db x.db", "tokencli look"))
    def show(ctx: typer.Context) -> None:
        """Look at it."""
        SEEN.append(given(ctx))

    @keep.command()
    def info(ctx: typer.Context) -> None:
        """Say what is kept."""
        SEEN.append(given(ctx))

    @keep.command()
    def backup(ctx: typer.Context) -> None:
        """Keep a copy."""
        SEEN.append(given(ctx))

    del show, info, backup
    for name, app in (("look", look), ("keep", keep)):
        module = ModuleType(f"fake_{name}")
        vars(module)["app"] = app
        monkeypatch.setitem(sys.modules, f"fake_{name}", module)
        monkeypatch.setitem(COMMANDS, name, Entry(f"fake_{name}", f"Take a {name}."))
    for name in ("TOKENCLI_DB", "TOKENCLI_CONFIG", "NO_COLOR", "TOKENCLI_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    yield
    SEEN.clear()


def seen(*arguments: str) -> Globals:
    assert run(list(arguments)) == 0
    return SEEN[-1]


def test_global_options_are_accepted_before_and_after_the_command() -> None:
    for arguments in (
        ("--db", "a.db", "--json", "--tz", "UTC", "look"),
        ("look", "--db", "a.db", "--json", "--tz", "UTC"),
    ):
        assert seen(*arguments) == Globals(db="a.db", is_json=True, zone="UTC")


def test_the_option_after_the_command_wins() -> None:
    assert seen("--db", "a.db", "--config", "c.toml", "look", "--db", "b.db") == Globals(db="b.db", config="c.toml")


def test_options_reach_the_commands_of_a_group_from_every_side() -> None:
    assert seen("--db", "a.db", "keep", "--config", "c.toml", "info", "--no-color") == Globals(
        db="a.db", config="c.toml", no_color=True
    )


def test_the_environment_is_overruled_by_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKENCLI_DB", "env.db")
    monkeypatch.setenv("TOKENCLI_CONFIG", "env.toml")
    monkeypatch.setenv("NO_COLOR", "1")
    assert seen("look") == Globals(db="env.db", config="env.toml", no_color=True)
    assert seen("look", "--db", "b.db").db == "b.db"


def test_version_is_shown_before_and_after_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--version"], ["look", "--version"], ["keep", "info", "--version"]):
        assert run(arguments) == 0
        assert capsys.readouterr().out.startswith("tokencli ")
    assert not SEEN


def test_the_nearest_command_is_suggested(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lok"]) == 2
    assert capsys.readouterr().err == "tokencli: there is no command 'lok': did you mean 'look'?\n"
    assert run(["zzz"]) == 2
    assert "'tokencli --help'" in capsys.readouterr().err


def test_the_nearest_option_is_suggested(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["look", "--jsn"]) == 2
    assert "did you mean --json? see 'tokencli look --help'." in capsys.readouterr().err


def test_the_nearest_command_of_a_group_is_suggested(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["keep", "bakcup"]) == 2
    told = capsys.readouterr().err
    assert "did you mean 'backup'?" in told.lower()
    assert told.count("\n") == 1


def test_command_help_shows_examples_line_by_line_and_the_global_options(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("-h", "--help"):
        assert run(["look", name]) == 0
        told = capsys.readouterr().out
        assert "\n    tokencli look --db x.db\n    tokencli look\n" in told
        for option in ("--db", "--config", "--tz", "--json", "--no-color", "--version"):
            assert option in told


def test_the_parser_shows_the_same_front_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--json", "--help"]) == 0
    assert capsys.readouterr().out == f"{help_text()}\n"


def test_no_command_is_wrong_usage_and_shows_the_front_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == f"{help_text()}\n"


def test_a_command_is_not_imported_before_it_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(COMMANDS, "broken", Entry("there_is_no_such_module", "Fail."))
    root_command()
    assert seen("look") == Globals()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_commands_and_options(
    shell: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tokencli.cli.app.COMMANDS", {name: COMMANDS[name] for name in ("look", "keep")})
    monkeypatch.setenv("_TOKENCLI_COMPLETE", f"complete_{shell}")
    for words, expected in (("tokencli lo", "look"), ("tokencli look --js", "--json"), ("tokencli keep b", "backup")):
        monkeypatch.setenv("COMP_WORDS", words)
        monkeypatch.setenv("COMP_CWORD", str(words.count(" ")))
        monkeypatch.setenv("_TYPER_COMPLETE_ARGS", words)
        monkeypatch.setenv("_TYPER_COMPLETE_FISH_ACTION", "get-args")
        with pytest.raises(SystemExit) as ended:
            run([])
        assert ended.value.code == 0
        assert expected in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["prices"], ["db"]])
def test_summaries_of_commands_are_whole(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    run([*arguments, "--help"])
    told = capsys.readouterr().out
    assert "..." not in told.partition("Commands:")[2]
    assert told.rstrip().endswith(".")


@pytest.mark.parametrize(
    ("arguments", "usage"),
    [
        (["prices", "show"], "tokencli prices show [OPTIONS] MODEL"),
        (["prices", "diff"], "tokencli prices diff [OPTIONS] A [B]"),
        (["db", "restore"], "tokencli db restore [OPTIONS] FILE"),
        (["explain"], "tokencli explain [OPTIONS] [EVENT]"),
    ],
)
def test_usage_names_arguments_without_braces(
    arguments: list[str], usage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run([*arguments, "--help"])
    assert f"Usage: {usage}\n" in capsys.readouterr().out


def test_arguments_are_shown_by_their_names_alone(typed: Callable[..., Any]) -> None:
    for words in (("session", "rename"), ("session", "show"), ("ingest",), ("explain",)):
        said = typed(*words, "--help").out
        assert "<" not in said.partition("Options:")[0]
        assert "[[" not in said
