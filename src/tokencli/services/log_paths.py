"""Which files to read: the paths that were named, and in a directory everything that looks like a log."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tokencli.domain.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LOG: Final = re.compile(
    r"(\.(log|logs|out|err|txt|json|jsonl|ndjson)|^syslog|^messages)([.-][\w.-]*)?(\.(gz|bz2|xz|zst))?$", re.IGNORECASE
)


class MissingPathError(InputError):
    """A path that leads to nothing."""

    def __init__(self, path: Path) -> None:
        """Name the path."""
        super().__init__(f"there is no file or directory {path}: check the name.")


class NoLogsError(InputError):
    """A directory in which nothing looks like a log."""

    def __init__(self, path: Path) -> None:
        """Name the directory and say what would be read."""
        super().__init__(
            f"no logs in {path}: name the files (*.log, *.json, *.jsonl, *.txt, also .gz, .bz2, .xz, .zst)."
        )


class UnreadableDirectoryError(InputError):
    """A directory that cannot be listed."""

    def __init__(self, path: Path, why: OSError) -> None:
        """Name the directory and the system's own reason."""
        super().__init__(f"cannot list {path}: {why.strerror or why}. Check its permissions.")


def logs_at(paths: Iterable[Path]) -> list[Path]:
    """Return the logs that some paths lead to, each once, those changed longest ago first.

    Raises:
        MissingPathError, NoLogsError, UnreadableDirectoryError: a path leads to nothing that can be read.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        for log in _at(path):
            found.setdefault(log.resolve(), log)
    return sorted(found.values(), key=lambda log: (_changed_at(log), str(log)))


def _at(path: Path) -> list[Path]:
    try:
        if path.is_dir():
            logs = [each for each in _below(path) if _LOG.search(each.name) and each.is_file()]
            if not logs:
                raise NoLogsError(path)
            return logs
        if not path.exists():
            raise MissingPathError(path)
    except OSError as error:
        raise UnreadableDirectoryError(path, error) from None
    return [path]


def _below(path: Path) -> Iterator[Path]:
    """Yield every file below a directory; one that cannot be listed is an error, and never passed over."""
    for folder, _, names in os.walk(path, onerror=_refuse):
        yield from (Path(folder, name) for name in names)


def _refuse(error: OSError) -> None:
    raise UnreadableDirectoryError(Path(error.filename), error)


def _changed_at(log: Path) -> int:
    try:
        return log.stat().st_mtime_ns
    except OSError:
        return 0
