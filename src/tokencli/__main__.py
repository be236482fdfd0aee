"""The program's entry: `tokencli`, and `python -m tokencli`.

The front page needs no option parser, so it is shown before one is imported.
"""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Run tokencli with the process's arguments and return its exit code."""
    arguments = sys.argv[1:]
    if arguments in (["--help"], ["-h"]):
        from tokencli.cli.front import help_text

        sys.stdout.write(f"{help_text()}\n")
        return 0
    # The option parser checks values with pydantic; looking for its plugins would cost a fifth of the start.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    from tokencli.cli.errors import explain_bug, run

    sys.excepthook = explain_bug
    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
