"""One reader process (`readers.worker`): tasks go in by one pipe, answers come out by another.

On Linux a process with a single thread makes a copy of itself, which costs a twentieth of a new interpreter's start;
everywhere else, and beside other threads, whose locks nobody would ever release in a copy, it starts a new one.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO, Final, NoReturn, Protocol, cast

from tokencli.domain.errors import InputError
from tokencli.readers import worker

MOST_WORKERS: Final = 2
_OPEN_FILES = Path("/proc/self/fd")
_STANDARD_ERROR = 2
_GIVES_WAY = 19


class ReaderStoppedError(InputError):
    """A reader process that ended without an answer."""

    def __init__(self, code: int | None) -> None:
        """Tell the exit code of the process."""
        super().__init__(f"a reader process ended early (exit code {code}): what was read before stays; run it again.")


class ReaderProcess(Protocol):
    """A process that reads."""

    @property
    def pid(self) -> int:
        """Return its number."""
        ...

    @property
    def tasks(self) -> IO[bytes]:
        """Return where frames for it are written."""
        ...

    @property
    def answers(self) -> IO[bytes]:
        """Return where its frames are read."""
        ...

    def wait(self) -> int:
        """Return its exit code when it has ended."""
        ...

    def kill(self) -> None:
        """End it, and wait until it has ended."""
        ...


def started() -> ReaderProcess:
    """Start a reader process; whoever starts it kills it."""
    if sys.platform == "linux" and _is_alone() and _OPEN_FILES.is_dir():
        return Copy()
    return NewProcess()


def _is_alone() -> bool:
    """Say whether this process has one thread; it has no other before there is a module to start one by."""
    threading = sys.modules.get("threading")
    return threading is None or threading.active_count() == 1


class NewProcess:
    """A reader in an interpreter of its own."""

    def __init__(self) -> None:
        """Start it."""
        import subprocess

        self._process = subprocess.Popen(  # noqa: S603 - this program itself
            [sys.executable, "-P", "-m", worker.__name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.pid = self._process.pid
        self.tasks = cast("IO[bytes]", self._process.stdin)
        self.answers = cast("IO[bytes]", self._process.stdout)

    def wait(self) -> int:
        """Return its exit code when it has ended."""
        return self._process.wait()

    def kill(self) -> None:
        """End it, and wait until it has ended."""
        self._process.kill()
        self._process.wait()
        with suppress(BrokenPipeError):
            self.tasks.close()


class Copy:
    """A reader in a copy of this process."""

    def __init__(self) -> None:
        """Make the copy; it has no file open but its two pipes, and the three standard ones."""
        its_tasks, tasks = os.pipe()
        answers, its_answers = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            _serve(its_tasks, its_answers)
        os.close(its_tasks)
        os.close(its_answers)
        self.tasks: IO[bytes] = os.fdopen(tasks, "wb")
        self.answers: IO[bytes] = os.fdopen(answers, "rb")
        self._code: int | None = None

    def wait(self) -> int:
        """Return its exit code when it has ended."""
        if self._code is None:
            self._code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self._code

    def kill(self) -> None:
        """End it, and wait until it has ended."""
        if self._code is None:
            os.kill(self.pid, signal.SIGKILL)
            self.wait()
        with suppress(BrokenPipeError):
            self.tasks.close()


def _serve(tasks: int, answers: int) -> NoReturn:
    """Be a reader until there are no more tasks, and end without anything that the original would do at its end."""
    code = 1
    try:
        for number in [int(entry.name) for entry in _OPEN_FILES.iterdir()]:
            if number > _STANDARD_ERROR and number not in {tasks, answers}:
                with suppress(OSError):
                    os.close(number)
        worker.tidy_seldom()
        # The one that keeps what is read has more to do than each of two readers: on two cores it goes first.
        os.nice(_GIVES_WAY)
        with os.fdopen(tasks, "rb") as its_tasks, os.fdopen(answers, "wb") as its_answers:
            worker.serve(its_tasks, its_answers)
        code = 0
    except (BrokenPipeError, KeyboardInterrupt):
        pass
    finally:
        if sys.exc_info()[1] is not None:
            import traceback

            traceback.print_exc()
        os._exit(code)
