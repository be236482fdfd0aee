"""What goes through the fast door says what the option parser's way says, and ends with the same code."""

from __future__ import annotations

import os
import shlex
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from tokencli.cli.app import root_command
from tokencli.cli.door import RUNS, options_of, plain_call
from tokencli.cli.plain_words import GLOBALS, OPERANDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Typed

THROUGH = (
    "report",
    "report --period all --by day --tz UTC --json",
    "report --period=week --by model,tag:team",
    "report --since 2025-10-10 --until 2025-10-11 --csv",
    "report --markdown --model gpt-4o --model o3 --provider openai",
    "report --model nothing-of-the-kind",
    "report --period never",
    "report --by nothing",
    "report --tz Mars/Olympus",
    "report --json --csv",
    "report --period week --since 2025-10-10",
    "report --tag team",
    "report --as-of 2025-10-11 --json",
    "report --as-of yesterday",
    "report --estimates",
    "report --estimates --csv",
    "report --html page.html",
    "report --html page.html --json",
    "report --db none.db",
    "report --config none.toml",
    "report --config bad.toml",
    "report --config odd.toml --json",
    "report --config warned.toml --json",
    "report --config paris.toml --json",
    "--tz Asia/Tokyo report --json --no-color",
    "session list",
    "session list --all --json",
    "--json session --tz Asia/Tokyo list",
    "session show",
    "session show other --json",
    "session show nobody",
    "session show --config odd.toml",
    "session list --config models.toml --json",
    "session list --config bad.toml",
    "session list --db none.db",
    "ingest backend.log",
    "ingest backend.log --json",
    "--tz UTC ingest backend.log backend.log --dry-run --project shop --tag a=b --agent x",
    "ingest --discover",
    "ingest --discover --json",
    "ingest",
    "ingest none.log",
    "ingest bad.toml --dry-run",
    "ingest backend.log --format nothing",
    "ingest backend.log --format=cost-line --date 2025-10-10 --dry-run",
    "ingest backend.log --date someday",
    "ingest backend.log --tag team",
    "ingest backend.log --map input=a",
    "ingest backend.log --format csv --map input=a --map output=b --dry-run",
    "ingest backend.log --follow --dry-run",
    "ingest backend.log --tz Mars/Olympus",
    "ingest backend.log --config bad.toml",
)
PARSED = (
    "report --help",
    "report -p week",
    "report --period",
    "report --period ''",
    "report --html",
    "report --html --json",
    "report --jso",
    "report --period week --period month",
    "report --json --json",
    "report more",
    "--version report",
    "db info report",
    "session",
    "session --all list",
    "session list other",
    "session show work other",
    "session switch list",
    "--db session report",
    "ingest -",
    "ingest -- backend.log",
    "ingest --help",
    "ingest backend.log --format",
    "ingest backend.log --date '' --json",
)
CONFIGS = {
    "bad.toml": "[report]\nweek_start = 'someday'\n",
    "odd.toml": "report.time_zone = 'Europe/Paris'\n",
    "warned.toml": '[report]\ntime_zone = "Europe/Paris"\n[other]\nkey = 1\n',
    "models.toml": (
        '[providers.mine]\ntype = "openai"\nbase_url = "http://127.0.0.1/v1"\n'
        '[models.kimi-k2]\nprovider = "mine"\nmodel = "kimi-k2"\nmax_context_size = 1000\n'
    ),
    "paris.toml": '[report]\ntime_zone = "Europe/Paris"\nweek_start = "sunday"\n',
}


@pytest.fixture
def both(
    typed: Callable[..., Typed], log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Typed]:
    """Return a function that runs a line on both ways, over a ledger of a few calls, and holds that they agree."""
    for name in ("CLAUDE_CONFIG_DIR", "CODEX_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    for name, text in CONFIGS.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    typed("ingest", log)
    typed("session", "new", "--name", "other", "--model", "gpt-4o", "--provider", "openai")
    typed("session", "new", "--name", "work", "--model", "kimi-k2", "--provider", "mine", "--config", "models.toml")

    def both(line: str) -> Typed:
        words = shlex.split(line)
        through = typed(*words)
        with monkeypatch.context() as patch:
            patch.setattr("tokencli.cli.errors.plain_call", lambda *_: None)
            patch.setattr("tokencli.cli.wiring._SAID", set())
            assert typed(*words) == through
        return through

    return both


@pytest.mark.parametrize("line", THROUGH)
def test_both_ways_say_the_same(both: Callable[[str], Typed], line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tokencli.cli.wiring._SAID", set())
    assert plain_call(shlex.split(line), os.environ) is not None
    said = both(line)
    assert said.out or said.err


@pytest.mark.parametrize("line", PARSED)
def test_what_is_in_doubt_is_left_to_the_parser(line: str) -> None:
    assert plain_call(shlex.split(line), os.environ) is None


def test_a_shell_that_completes_asks_the_parser() -> None:
    assert plain_call(["report"], {"_TOKENCLI_COMPLETE": "complete_bash"}) is None


@pytest.mark.parametrize("name", RUNS)
def test_the_door_knows_the_options_of_the_parser_and_no_others(name: str) -> None:
    command: Any = root_command()
    for word in name.split():
        command = command.get_command(command.make_context("tokencli", ["--no-color", name]), word)
    declared = {_name(param): _nothing(param) for param in command.params}
    known = {**GLOBALS, **options_of(import_module(RUNS[name]))}
    assert declared.pop("--version") is False
    assert known == declared


def _name(param: object) -> str:
    if getattr(param, "param_type_name", "") == "argument":
        return OPERANDS
    return str(next(each for each in getattr(param, "opts", ()) if each.startswith("--")))


def _nothing(param: object) -> object:
    """Return what a parameter is when it is not given."""
    if getattr(param, "is_flag", False):
        return False
    is_list = getattr(param, "multiple", False) or getattr(param, "nargs", 1) == -1
    return () if is_list else getattr(param, "default", None)
