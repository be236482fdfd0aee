"""Files of others, replaced and removed in one step each, and on the disk when that step is over.

What a kill leaves behind beside a file is written over the next time.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tokencli.domain.errors import InputError, UnwritableFileError
from tokencli.store.place import settle

if TYPE_CHECKING:
    from pathlib import Path

_OWNERS_FOLDER = 0o700
_OWNERS_FILE = 0o600
_ADVICE = "make room and access for it in its folder, and try again"


class UnchangeableFileError(InputError):
    """A client's file that cannot be read or changed; it is as it was."""

    def __init__(self, file: Path, why: str) -> None:
        """Name it and the reason."""
        super().__init__(f"{file} is left as it is: {why}")


def bytes_of(file: Path) -> bytes | None:
    """Return what a file holds, None when it is not there; raise UnchangeableFileError when it cannot be read."""
    try:
        if file.exists() and not (file.is_file() or file.is_dir()):
            raise UnchangeableFileError(file, "it is no plain file.")
        return file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UnchangeableFileError(file, f"it cannot be read ({error.strerror}).") from None


def head_of(file: Path, most: int) -> bytes | None:
    """Return what a file begins with; None when it cannot be read, or is a pipe or the like, which would never end."""
    try:
        if not file.is_file():
            return None
        with file.open("rb") as stream:
            return stream.read(most)
    except OSError:
        return None


def part_of(file: Path) -> Path:
    """Return where a file's new content stands until it is whole."""
    return file.with_name(f".{file.name}.tokencli")


def replace_file(file: Path, content: bytes, mode: int | None = None) -> None:
    """Replace a file, or make it; `mode` None is the one that it has, or its owner's alone.

    Raises:
        UnwritableFileError: it is as it was.
    """
    new = part_of(file)
    try:
        file.parent.mkdir(mode=_OWNERS_FOLDER, parents=True, exist_ok=True)
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNERS_FILE), "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fchmod(stream.fileno(), _mode_of(file) if mode is None else mode)
            os.fsync(stream.fileno())
        new.replace(file)
        settle(file.parent)
    except OSError as error:
        raise UnwritableFileError(str(file), error.strerror or "unknown reason", _ADVICE) from None


def remove_file(file: Path) -> None:
    """Remove a file that may be there; raise UnwritableFileError when it cannot be."""
    try:
        file.unlink(missing_ok=True)
        if file.parent.is_dir():
            settle(file.parent)
    except OSError as error:
        raise UnwritableFileError(str(file), error.strerror or "unknown reason", _ADVICE) from None


def _mode_of(file: Path) -> int:
    return file.stat().st_mode & 0o7777 if file.exists() else _OWNERS_FILE
