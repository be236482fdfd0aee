"""How runs end: one sentence on stderr, the right exit code, nothing that drives a terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tokencli.cli.errors import READER_GONE, OutputError, output_errors, run
from tokencli.domain.errors import ExitCode, TokencliError

FAKE = """
import sys
from types import ModuleType
from tokencli.__main__ import main
from tokencli.cli.front import COMMANDS, Entry
from tokencli.cli.options import command_app
from tokencli.domain.errors import *

app = command_app()

@app.command()
def act(what: str) -> None:
    if what == "store":
        raise NoLedgerError("a\\x1b]52;c;x\\x07.db")
    if what == "bug":
        raise ValueError("\\x1b[31mred")
    if what == "interrupt":
        raise KeyboardInterrupt
    if what == "long":
        for number in range(200000):
            print(number)
    if what == "odd":
        print("caf\\u00e9 \\u2588 \\u0416")
    if what == "exit":
        import typer
        raise typer.Exit(1)

module = ModuleType("fake")
module.app = app
sys.modules["fake"] = module
COMMANDS["act"] = Entry("fake", "Act.")
sys.exit(main())
"""


def act(what: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path), **settings}
    return subprocess.run(
        [sys.executable, "-c", FAKE, "act", what],
        capture_output=True,
        encoding=settings.get("PYTHONIOENCODING", "utf-8"),
        check=False,
        env=environment,
    )


def test_a_known_error_is_one_harmless_sentence_with_its_exit_code() -> None:
    done = act("store")
    assert done.returncode == 4
    assert done.stdout == ""
    assert done.stderr.startswith(r"tokencli: there is no ledger at a\x1b]52;c;x\x07.db yet")
    assert done.stderr.count("\n") == 1


def test_a_known_error_shows_its_traceback_when_debugging() -> None:
    done = act("store", TOKENCLI_DEBUG="1")
    assert done.returncode == 4
    assert "Traceback" in done.stderr


def test_a_bug_is_called_a_bug_in_one_harmless_sentence() -> None:
    done = act("bug")
    assert done.returncode == 1
    assert done.stderr.startswith(r"tokencli: this is a bug in tokencli (ValueError: \x1b[31mred): run again with")
    assert "TOKENCLI_DEBUG=1" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_bug_shows_its_traceback_when_debugging() -> None:
    done = act("bug", TOKENCLI_DEBUG="1")
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "this is a bug" not in done.stderr


def test_an_interrupted_run_says_so_and_exits_130() -> None:
    done = act("interrupt")
    assert done.returncode == 130
    assert done.stderr == "tokencli: interrupted.\n"


def test_a_command_may_end_with_the_answer_no() -> None:
    done = act("exit")
    assert (done.returncode, done.stderr) == (1, "")


def test_a_missing_argument_is_wrong_usage() -> None:
    done = act("--json")
    assert done.returncode == 2
    assert done.stderr.startswith("tokencli: missing argument 'what', see 'tokencli act --help'.")


def test_a_reader_that_leaves_ends_the_run_quietly() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", FAKE, "act", "long"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("what", ["odd", "long"])
def test_a_full_disk_under_the_output_is_told(what: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", FAKE, "act", what], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 3
    assert done.stderr.startswith("tokencli: the output could not be written (No space left on device)")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(("encoding", "shown"), [("ascii", "caf? ? ?\n"), ("cp1252", "café ? ?\n")])
def test_a_narrow_console_gets_what_it_can_show(encoding: str, shown: str) -> None:
    done = act("odd", PYTHONIOENCODING=encoding)
    assert done.returncode == 0
    assert done.stdout == shown


def test_other_failures_of_the_system_are_left_to_those_who_know_them() -> None:
    with pytest.raises(PermissionError), output_errors():
        raise PermissionError(13, "no")


def test_every_exit_code_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs/reference/exit-codes.md").read_text(encoding="utf-8")
    for code in (*ExitCode, READER_GONE):
        assert f"\n| {int(code)} | " in page


def test_output_errors_are_in_the_tree() -> None:
    assert issubclass(OutputError, TokencliError)
    assert run(["--db"]) == 2
