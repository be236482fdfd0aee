"""Logs that are no files: standard input, pipes and devices, which are read once, from their beginning."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import nullcontext
from pathlib import Path
from stat import S_ISREG
from typing import IO, TYPE_CHECKING

from tokencli.readers.agents import STANDARD_INPUT

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


def is_stream(path: str) -> bool:
    """Say whether a path is read once: "-" for standard input, a pipe, a device; not what is not there."""
    if path == STANDARD_INPUT:
        return True
    try:
        return not S_ISREG(os.stat(path).st_mode)  # noqa: PTH116 - asked of very many files
    except (OSError, ValueError):
        return False


def opened_stream(path: str) -> AbstractContextManager[IO[bytes]]:
    """Open a pipe, a device or standard input for reading; raise OSError when the system refuses."""
    if path != STANDARD_INPUT:
        return Path(path).open("rb", buffering=0)
    if sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison] - so it is where a program is started without
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    return nullcontext(sys.stdin.buffer)
