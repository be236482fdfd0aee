"""What the checks read beside the calls: open calls by run, modes of files, lines of a file."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING, NamedTuple

from tokencli.store.faults import usable
from tokencli.store.ledger import ORIGIN_SHIFT

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

_HOW_FAR = "nothing was changed"
_OTHERS = 0o077


class OpenCalls(NamedTuple):
    """The calls of one run that are on their way, and when the oldest of them was sent (microseconds)."""

    key: str
    calls: int
    oldest_us: int


def open_calls(connection: sqlite3.Connection) -> list[OpenCalls]:
    """Return the runs that have calls on their way."""
    rows = connection.execute(
        "SELECT o.key, count(*), min(i.opened_at) FROM intent AS i JOIN origin AS o ON o.id = i.id >> ? GROUP BY o.id",
        (ORIGIN_SHIFT,),
    )
    return [OpenCalls(*row) for row in rows]


def open_modes(ledger: Path, place: str) -> list[tuple[Path, int]]:
    """Return the files of a ledger that others than their owner may read or write, with their mode."""
    names = (ledger, ledger.with_name(f"{ledger.name}-wal"))
    with usable(place, how_far=_HOW_FAR):
        modes = [(path, stat.S_IMODE(path.stat().st_mode)) for path in names if path.exists()]
    return [(path, mode) for path, mode in modes if mode & _OTHERS]


def lines_of(path: Path, place: str) -> int:
    """Return how many lines a file has; 0 when there is none."""
    with usable(place, how_far=_HOW_FAR):
        return path.read_bytes().count(b"\n") if path.exists() else 0
