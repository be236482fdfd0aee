"""The program's entry: `tokencli`, and `python -m tokencli`.

The front page, the line of `tokencli status` and what goes through `cli.door` need no option parser; none is imported.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import NoReturn

_VALUES_A_LOOK = 50_000
"""Starting makes very many values, and hardly a ring of garbage among them: it is looked for seldom."""


def start() -> NoReturn:
    """Be the program: run it, and end the process with its exit code.

    Where nothing is left to be done it ends at once. To give back what it had remembered takes the interpreter longer
    than many a command.
    """
    code = main()
    threads = sys.modules.get("threading")
    if (threads is None or threads.active_count() == 1) and _is_told():
        atexit._run_exitfuncs()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - all else that does it is slow
        os._exit(code)
    sys.exit(code)


def _is_told() -> bool:
    """Write what is still to be written; say whether that was possible."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        return False
    return True


def main() -> int:
    """Run tokencli with the process's arguments and return its exit code."""
    gc.set_threshold(_VALUES_A_LOOK)
    arguments = sys.argv[1:]
    if arguments in (["--help"], ["-h"]):
        from tokencli.cli.front import help_text

        sys.stdout.write(f"{help_text()}\n")
        return 0
    sys.excepthook = _explain_bug
    if "status" in arguments:
        from tokencli.cli.brief import show_brief

        code = show_brief(arguments)
        if code is not None:
            return code
    from tokencli.cli.plugins import leave_out

    leave_out(os.environ)
    from tokencli.cli.errors import run

    return run(arguments)


def _explain_bug(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    from tokencli.cli.errors import explain_bug

    explain_bug(kind, error, trace)


if __name__ == "__main__":
    start()
