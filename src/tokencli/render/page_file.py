"""The page's own files, and the one way a page reaches the disk: whole or not at all."""

from __future__ import annotations

import os
import secrets
from importlib.resources import files
from typing import TYPE_CHECKING

from tokencli.domain.errors import UnwritableFileError

if TYPE_CHECKING:
    from pathlib import Path


def asset(name: str) -> str:
    """Return a file that is shipped beside this module."""
    return files("tokencli.render").joinpath(name).read_text(encoding="utf-8")


def write_whole(path: Path, text: str) -> None:
    """Write a text file through a temporary one beside it, so that no reader ever sees half of it.

    Raises:
        UnwritableFileError: the folder cannot be made, or the file not written or replaced.
    """
    part = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise UnwritableFileError(str(path), error.strerror or str(error)) from error
