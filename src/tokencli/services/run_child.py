"""A program in the foreground: it has the terminal, its signals reach it, and how it ended is known.

It stays in the process group of whoever started it, so that Ctrl-C and Ctrl-Z reach it from the terminal itself.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import termios
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from tokencli.domain.errors import ExitCode, TokencliError
from tokencli.domain.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

_OVERHEARD = (signal.SIGINT, signal.SIGQUIT)
_PASSED_ON = (signal.SIGTERM, signal.SIGHUP)
# Python ignores these, and what is ignored stays so in a program that is started.
_IGNORED_BY_PYTHON = (signal.SIGPIPE, signal.SIGXFSZ)
_SIGNAL_CODES = 128


class ProgramNotFoundError(TokencliError):
    """A program that is not there."""

    exit_code = ExitCode.NOT_FOUND

    def __init__(self, program: str) -> None:
        """Name it, and what to look at."""
        super().__init__(f"there is no program {visible(program)!r} here: install it, or write its whole path.")


class ProgramNotRunnableError(TokencliError):
    """A file that is there and cannot be run."""

    exit_code = ExitCode.NOT_RUNNABLE

    def __init__(self, program: str, why: str) -> None:
        """Name it and the reason."""
        super().__init__(f"{visible(program)} cannot be run ({why}): check its mode and its first line.")


def found_program(program: str, environ: Mapping[str, str]) -> str:
    """Return the path of a program by its name or path.

    Raises:
        ProgramNotFoundError: there is none.
        ProgramNotRunnableError: there is a file, and it may not be run.
    """
    path = shutil.which(program, path=environ.get("PATH"))
    if path is not None:
        return path
    if os.sep in program and os.path.lexists(program):
        raise ProgramNotRunnableError(program, "a directory" if os.path.isdir(program) else "not executable")  # noqa: PTH112
    raise ProgramNotFoundError(program)


def attended(path: str, command: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run a program to its end and return its exit code; 128 + n when signal n ended it.

    Meanwhile Ctrl-C is the program's own affair, SIGTERM and SIGHUP are passed on to it, and when it stops, this
    process stops with it. The terminal is left as it was found.

    Raises:
        ProgramNotFoundError, ProgramNotRunnableError: it cannot be started.
    """
    child: list[int] = []

    def pass_on(number: int, _: Any) -> None:
        for pid in child:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    with ExitStack() as stack:
        stack.enter_context(_terminal_kept())
        for number in (*_OVERHEARD, *_PASSED_ON):
            stack.enter_context(_handled(number, pass_on if number in _PASSED_ON else _overhear))
        child.append(_started(path, command, environ))
        code = _ended(child[0])
        child.clear()
    return code if code >= 0 else _SIGNAL_CODES - code


def _started(path: str, command: Sequence[str], environ: Mapping[str, str]) -> int:
    try:
        return os.posix_spawn(path, [*command], {**environ}, setsigdef=_IGNORED_BY_PYTHON)
    except FileNotFoundError:
        raise ProgramNotRunnableError(path, "what its first line names is not there") from None
    except OSError as error:
        raise ProgramNotRunnableError(path, (error.strerror or str(error)).lower()) from error


def _ended(pid: int) -> int:
    """Wait for the end; when the program is stopped, stop too, so that the shell has its terminal back."""
    while True:
        _, status = os.waitpid(pid, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            return os.waitstatus_to_exitcode(status)
        os.kill(os.getpid(), signal.SIGSTOP)
        os.kill(pid, signal.SIGCONT)


@contextmanager
def _handled(number: signal.Signals, handler: Callable[[int, Any], None]) -> Generator[None]:
    """Handle a signal while this lasts; one that is ignored (nohup) stays so, for the program too."""
    before = signal.getsignal(number)
    if before is signal.SIG_IGN:
        yield
        return
    signal.signal(number, handler)
    try:
        yield
    finally:
        signal.signal(number, before)


@contextmanager
def _terminal_kept() -> Generator[None]:
    """Put the terminal back as it was: a program that dies may leave it without echo."""
    try:
        descriptor = sys.stdin.fileno()
        before = termios.tcgetattr(descriptor)
    except (OSError, ValueError, AttributeError, termios.error):  # no terminal, or no stdin at all
        yield
        return
    try:
        yield
    finally:
        with suppress(OSError, termios.error):  # it may be gone: its window was closed
            if os.tcgetpgrp(descriptor) == os.getpgrp():
                termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _overhear(number: int, frame: Any) -> None:
    """Do nothing: the terminal sends the signal to the program as well."""
    del number, frame
