"""Programs in the foreground, seen from outside: a starter of its own in a terminal of its own."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import termios
from typing import TYPE_CHECKING

import pytest

from tokencli.services.run_child import ProgramNotFoundError, ProgramNotRunnableError, attended, found_program

if TYPE_CHECKING:
    from pathlib import Path

_STARTER = """
import os, sys
from tokencli.services.run_child import attended
code = attended(sys.executable, [sys.executable, "-c", sys.argv[1]], dict(os.environ))
print("code", code, flush=True)
"""
# Says that it is ready, and whether it heard the signal.
_HEARS = """
import signal, sys
signal.signal(signal.{name}, lambda *_: (print("heard", flush=True), sys.exit(7)))
print("ready", flush=True)
signal.pause()
"""


on_linux = pytest.mark.skipif(sys.platform != "linux", reason="it takes setsid --ctty, or looks into /proc")


def shell(text: str) -> int:
    return attended("/bin/sh", ["sh", "-c", text], dict(os.environ))


def starter(text: str) -> list[str]:
    return [sys.executable, "-c", _STARTER, text]


@pytest.mark.parametrize("code", [0, 1, 3, 130])
def test_the_exit_code_is_passed_on(code: int) -> None:
    assert shell(f"exit {code}") == code


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_death_by_a_signal_is_128_and_its_number(number: signal.Signals) -> None:
    assert shell(f"kill -{int(number)} $$") == 128 + number


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_signals_that_end_programs_are_passed_on(name: str) -> None:
    with subprocess.Popen(starter(_HEARS.format(name=name)), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(getattr(signal, name))
        assert process.stdout.read() == "heard\ncode 7\n"
        assert process.wait(30) == 0


@on_linux
def test_ctrl_c_in_the_terminal_reaches_the_program_alone() -> None:
    terminal, side = pty.openpty()
    line = ["setsid", "--ctty", "--wait", *starter(_HEARS.format(name="SIGINT"))]
    with subprocess.Popen(line, stdin=side, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        os.write(terminal, b"\x03")
        assert process.stdout.read() == "heard\ncode 7\n"
        assert process.wait(30) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""
    os.close(side)
    os.close(terminal)


@on_linux
def test_the_terminal_is_left_as_it_was_found() -> None:
    terminal, side = pty.openpty()
    before = termios.tcgetattr(side)
    silent = "import tty; tty.setraw(0)"
    line = ["setsid", "--ctty", "--wait", *starter(silent)]
    done = subprocess.run(line, stdin=side, capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout == "code 0\n"
    assert termios.tcgetattr(side) == before
    os.close(side)
    os.close(terminal)


def test_a_program_that_stops_stops_its_starter_and_goes_on_with_it() -> None:
    stops = "import os, signal; os.kill(os.getpid(), signal.SIGSTOP); print('on', flush=True)"
    with subprocess.Popen(starter(stops), stdout=subprocess.PIPE, text=True) as process:
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        process.send_signal(signal.SIGCONT)
        assert process.stdout is not None
        assert process.stdout.read() == "on\ncode 0\n"


def test_an_ignored_hangup_stays_ignored_for_the_program() -> None:
    asks = "import signal; print(signal.getsignal(signal.SIGHUP) is signal.SIG_IGN)"
    done = subprocess.run(["nohup", *starter(asks)], capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout == "True\ncode 0\n"


@on_linux
def test_what_python_ignores_is_not_ignored_by_the_program() -> None:
    asks = "grep SigIgn /proc/self/status | grep -q '[02468ace]00.$'"  # SIGPIPE is bit 12
    assert shell(asks) == 0


def test_handlers_are_as_they_were_afterwards() -> None:
    numbers = (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    shell("true")
    assert [signal.getsignal(number) for number in numbers] == before


def test_a_program_is_found_by_name_or_path() -> None:
    assert found_program("sh", {"PATH": "/bin"}) == "/bin/sh"
    assert found_program("/bin/sh", {}) == "/bin/sh"


def test_what_is_not_there_and_what_cannot_be_run_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(ProgramNotFoundError, match="no program 'nothing-here'") as missing:
        found_program("nothing-here", {"PATH": "/bin"})
    assert missing.value.exit_code == 127
    plain = tmp_path / "plain.txt"
    plain.write_text("text", encoding="utf-8")
    with pytest.raises(ProgramNotRunnableError, match="not executable") as refused:
        found_program(str(plain), {})
    assert refused.value.exit_code == 126
    with pytest.raises(ProgramNotRunnableError, match="a directory"):
        found_program(str(tmp_path), {})


def test_a_script_whose_interpreter_is_missing_says_so(tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("#!/nothing/here\n", encoding="utf-8")
    script.chmod(0o755)
    with pytest.raises(ProgramNotRunnableError, match="what its first line names is not there"):
        attended(str(script), ["script"], {})
    odd = tmp_path / "odd"
    odd.write_bytes(b"\x00\x01")
    odd.chmod(0o755)
    with pytest.raises(ProgramNotRunnableError, match="exec format error"):
        attended(str(odd), ["odd"], {})
