"""Where a ledger lies, and how its files come to be: private to their owner, and whole or not there at all."""

from __future__ import annotations

import errno
import os
import re
from contextlib import contextmanager, suppress
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

from tokencli.domain.errors import UnsupportedLedgerError

if TYPE_CHECKING:
    from collections.abc import Generator
    from datetime import datetime

_SCHEME = re.compile(r"([a-z][a-z0-9]*)[a-z0-9+]*://")
_DIRECTORY_MODE = 0o700
_FILE_MODE = 0o600


def path_of(place: str | Path) -> Path:
    """Return the file that a path or a sqlite:/// URL means, links followed, so that one ledger has one lock.

    Raises:
        UnsupportedLedgerError: the URL names another kind of database.
    """
    text = str(place)
    if match := _SCHEME.match(text):
        if match[1] != "sqlite":
            raise UnsupportedLedgerError(match[1])
        text = text[match.end() :].removeprefix("/")
    return Path(os.path.realpath(os.path.expanduser(text)))  # noqa: PTH111 - Path's own raises without a home


def lock_path(path: Path) -> Path:
    """Return the file on which writers of a ledger take turns."""
    return path.with_name(f"{path.name}.lock")


def path_aside(path: Path, at: datetime) -> Path:
    """Return a free name beside a ledger for what it was until `at`, such as ledger.db.bak-20261120T183000Z."""
    name = f"{path.name}.bak-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    found = path.with_name(name)
    count = 1
    while found.exists():
        count += 1
        found = path.with_name(f"{name}-{count}")
    return found


def make_directory(path: Path) -> None:
    """Make a directory and those above it that are missing, all of them for their owner alone.

    They are there after a power cut too: what is safe in a file is lost with the folder that holds it.
    """
    if path.is_dir():
        return
    if path.exists():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
    make_directory(path.parent)
    path.mkdir(mode=_DIRECTORY_MODE, exist_ok=True)
    with suppress(PermissionError):  # a folder in which one may write and not look cannot be opened
        settle(path.parent)


@contextmanager
def new_private_file(beside: Path) -> Generator[Path]:
    """Give an empty file of mode 0600 in the same directory; what is left of it is removed at the end."""
    draft = beside.with_name(f".{beside.name}.{os.getpid()}.new")
    draft.unlink(missing_ok=True)
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE))
    try:
        yield draft
    finally:
        for name in (draft.name, f"{draft.name}-journal", f"{draft.name}-wal", f"{draft.name}-shm"):
            draft.with_name(name).unlink(missing_ok=True)


def move_into_place(draft: Path, path: Path) -> None:
    """Give a finished file its name, so that it is there after a power cut too."""
    draft.chmod(_FILE_MODE)
    settle(draft)
    draft.replace(path)
    settle(path.parent)


def settle(path: Path) -> None:
    """Write a file or a folder to the disk: without its folder's, a power cut may undo a name that was seen."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
