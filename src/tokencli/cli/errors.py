"""How a run ends: its exit code, and the one sentence that stderr gets when it could not do what was asked."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from tokencli.cli.door import plain_call
from tokencli.domain.errors import ExitCode, InputError, TokencliError

if TYPE_CHECKING:
    from collections.abc import Generator
    from types import TracebackType

READER_GONE = 141
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}


class OutputError(InputError):
    """An output that takes no more, such as a file on a full disk."""

    def __init__(self, reason: str) -> None:
        """Give the system's reason."""
        super().__init__(f"the output could not be written ({reason}): free some space or write it elsewhere.")


class _ReaderGoneError(Exception):
    """Nobody reads the output any more; the run is over, and there is nothing to say."""


def run(arguments: list[str]) -> int:
    """Run the command that the arguments name and return the exit code; errors become one sentence on stderr."""
    _have_stderr()
    _tolerate_narrow_encodings()
    try:
        code = _invoke(arguments)
    except TokencliError as error:
        code = _told(error)
    except _ReaderGoneError:
        code = READER_GONE
    except KeyboardInterrupt:
        code = ExitCode.INTERRUPTED
    if code == ExitCode.INTERRUPTED:
        say("interrupted.")
    return code


def say(sentence: str) -> None:
    """Write one sentence to stderr, without anything that could drive a terminal."""
    from tokencli.domain.text import visible

    sys.stderr.write(f"tokencli: {visible(sentence, limit=2000)}\n")


def explain_bug(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Tell of an error that nothing foresaw in one sentence; TOKENCLI_DEBUG=1 shows where. Python then exits with 1."""
    if _is_debugging():
        sys.__excepthook__(kind, error, trace)
        return
    what = f"{kind.__name__}: {error}".rstrip(": ")
    say(f"this is a bug in tokencli ({what}): run again with TOKENCLI_DEBUG=1 to see where, and report it.")


@contextmanager
def output_errors() -> Generator[None]:
    """Flush what was printed; end quietly when its reader is gone, raise OutputError when the disk is full."""
    try:
        yield
        sys.stdout.flush()
    except OSError as error:
        if error.errno == errno.EPIPE:
            _drop_output()
            raise _ReaderGoneError from None
        if error.errno in _FULL:
            _drop_output()
            raise OutputError(os.strerror(error.errno)) from error
        raise


def _drop_output() -> None:
    """Point stdout at nothing, or Python would fail once more when it flushes at exit."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _invoke(arguments: list[str]) -> int:
    call = plain_call(arguments, os.environ)
    if call is None:
        return _parsed(arguments)
    with output_errors():
        return call()


def _parsed(arguments: list[str]) -> int:
    """Run the command as the option parser understands it."""
    from typer.exceptions import Abort, TyperException

    from tokencli.cli.app import root_command

    try:
        result = root_command().main(arguments, prog_name="tokencli", standalone_mode=False)
    except Abort:
        return ExitCode.INTERRUPTED
    except TyperException as error:
        return _misused(error)
    return result if isinstance(result, int) else ExitCode.OK


def _misused(error: Any) -> int:
    """Tell of wrong usage: the parser's own message, the nearest right word, and where to read more."""
    message = error.format_message()
    if message.startswith("Usage: "):
        sys.stderr.write(f"{message}\n")
        return int(error.exit_code)
    near = sorted(getattr(error, "possibilities", None) or ())
    if near:
        message = f"{error.message}; did you mean {' or '.join(near)}?"
    sentence = " ".join(message.split()).rstrip(".")
    ctx = getattr(error, "ctx", None)
    path = ctx.command_path if ctx is not None else "tokencli"
    say(f"{sentence[:1].lower()}{sentence[1:]}{'' if near else ','} see '{path} --help'.")
    return int(error.exit_code)


def _told(error: TokencliError) -> int:
    if _is_debugging():
        import traceback

        traceback.print_exception(error)
    say(str(error))
    return int(error.exit_code)


def _is_debugging() -> bool:
    return os.environ.get("TOKENCLI_DEBUG", "") not in {"", "0"}


def _have_stderr() -> None:
    """Write to nothing where stderr was closed, or the next file that is opened would take its place."""
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8")


def _tolerate_narrow_encodings() -> None:
    """Let stdout and stderr replace what their encoding cannot say, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
