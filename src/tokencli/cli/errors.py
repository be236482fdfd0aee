"""How a run ends: its exit code, and the one sentence that stderr gets when it could not do what was asked."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from tokencli.domain.errors import ExitCode, InputError, TokencliError

if TYPE_CHECKING:
    from types import TracebackType

READER_GONE = 141


class OutputError(InputError):
    """Standard output that takes no more, such as a full disk."""

    def __init__(self, reason: str) -> None:
        """Give the system's reason."""
        super().__init__(f"the output could not be written ({reason}): free some space or write it elsewhere.")


def run(arguments: list[str]) -> int:
    """Run the command that the arguments name and return the exit code; errors become one sentence on stderr."""
    sys.excepthook = explain_bug
    tolerate_narrow_encodings()
    try:
        code = _invoke(arguments)
        sys.stdout.flush()
    except TokencliError as error:
        code = _told(error)
    except BrokenPipeError:
        code = leave_quietly()
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
    if is_debugging():
        sys.__excepthook__(kind, error, trace)
        return
    what = f"{kind.__name__}: {error}".rstrip(": ")
    say(f"this is a bug in tokencli ({what}): run again with TOKENCLI_DEBUG=1 to see where, and report it.")


def is_debugging() -> bool:
    """Say whether the user asked for tracebacks."""
    return os.environ.get("TOKENCLI_DEBUG", "") not in {"", "0"}


def tolerate_narrow_encodings() -> None:
    """Let stdout and stderr replace what their encoding cannot say, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def leave_quietly() -> int:
    """Drop what is left to write, because its reader is gone; return 128 + SIGPIPE as other programs do."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return READER_GONE


def _invoke(arguments: list[str]) -> int:
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
    """Tell of wrong usage: typer's own message, and where to read more."""
    message = error.format_message()
    if "\n" in message:
        sys.stderr.write(f"{message}\n")
        return int(error.exit_code)
    ctx = getattr(error, "ctx", None)
    sentence = message.rstrip(".")
    near = getattr(error, "possibilities", None)
    if near:
        sentence = f"{error.message.rstrip('.')}; did you mean {' or '.join(sorted(near))}?"
    path = ctx.command_path if ctx is not None else "tokencli"
    say(f"{sentence[:1].lower()}{sentence[1:]}{'' if near else ':'} see '{path} --help'.")
    return int(error.exit_code)


def _told(error: TokencliError) -> int:
    if is_debugging():
        import traceback

        traceback.print_exception(error)
    say(str(error))
    return int(error.exit_code)
