"""Copies of a ledger: taken while others write, checked before they take its place; what was there is kept."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from tokencli.domain.errors import (
    DamagedLedgerError,
    FileInTheWayError,
    NewerLedgerError,
    NoLedgerError,
    SameFileError,
    StoreError,
)
from tokencli.store.database import WAIT_S, connect_reader, read_stamp
from tokencli.store.faults import explained, usable
from tokencli.store.lock import WriterLock
from tokencli.store.place import (
    lock_path,
    make_directory,
    move_into_place,
    new_private_file,
    path_aside,
    path_of,
)
from tokencli.store.versions import HEAD, KNOWN

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

_HOW_FAR = "no copy was made and nothing was changed"
_SAMPLE = 3


class NoBackupError(StoreError):
    """A copy that was to be restored and is not there."""

    def __init__(self, place: str) -> None:
        """Name it, and how copies are made."""
        super().__init__(f"there is no backup file {place}: name a copy that 'tokencli db backup FILE' made.")


def back_up(place: str | Path, target: str | Path, *, force: bool = False) -> Path:
    """Write a copy of a ledger, as of one moment, to a file of mode 0600 and return its path; a writer may go on.

    A ledger of an older schema can be copied too. The copy appears whole or not at all.

    Raises:
        FileInTheWayError: the target is there and `force` is not set.
        SameFileError: the target is the ledger itself.
        StoreError: the ledger cannot be read, or the copy cannot be written.
    """
    path, goal = path_of(place), path_of(target)
    read_stamp(path, str(place))
    if goal == path:
        raise SameFileError(str(target))
    if goal.exists() and not force:
        raise FileInTheWayError(str(target))
    with usable(str(target), how_far=_HOW_FAR):
        make_directory(goal.parent)
        with new_private_file(goal) as draft:
            _copy(path, str(place), draft)
            move_into_place(draft, goal)
    return goal


def restore(place: str | Path, source: str | Path, *, at: datetime, wait_s: float = WAIT_S) -> Path | None:
    """Put a checked copy of `source` where the ledger is; return where the ledger that was there went, if one was.

    Args:
        place: the ledger; it may be missing or damaged.
        source: a copy made by `back_up`, or any ledger of a schema this version knows.
        at: the time in the kept ledger's name.
        wait_s: how long to wait for others who use the ledger, in seconds.

    Raises:
        NoBackupError: the source is not there.
        NotALedgerError: the source, or what is at `place`, is something else; neither is touched.
        DamagedLedgerError, NewerLedgerError: the source cannot be used.
        LedgerLockedError: another process uses the ledger.
        SameFileError: the source is the ledger itself.
    """
    path, copy = path_of(place), path_of(source)
    if path == copy:
        raise SameFileError(str(source))
    try:
        check_sound(source)
    except NoLedgerError:
        raise NoBackupError(str(source)) from None
    with usable(str(place), how_far=_HOW_FAR):
        make_directory(path.parent)
        with closing(WriterLock(lock_path(path), str(place), wait_s=wait_s)) as lock, lock.held():
            with suppress(NoLedgerError, DamagedLedgerError):
                read_stamp(path, str(place))
            with new_private_file(path) as draft:
                _copy(copy, str(source), draft)
                kept = _move_aside(path, str(place), at, wait_s)
                move_into_place(draft, path)
    return kept


def check_sound(place: str | Path) -> None:
    """Read a whole ledger and return quietly when it is sound.

    Raises:
        DamagedLedgerError: SQLite finds faults in it, or a row points to nothing.
        NotALedgerError, NewerLedgerError, NoLedgerError, LedgerAccessError: it cannot be used at all.
    """
    path, name = path_of(place), str(place)
    schema = read_stamp(path, name).schema
    if schema not in KNOWN:
        raise NewerLedgerError(name, schema, HEAD)
    with closing(connect_reader(path, name)) as connection, explained(name, waited_s=0, how_far=_HOW_FAR):
        found = [str(row[0]) for row in connection.execute(f"PRAGMA integrity_check({_SAMPLE})")]
        if found != ["ok"]:
            raise DamagedLedgerError(name, "; ".join(found))
        orphan = connection.execute("PRAGMA foreign_key_check").fetchone()
        if orphan is not None:
            raise DamagedLedgerError(name, f"a row of {orphan[0]} points to a {orphan[2]} that is not there")


def _copy(path: Path, place: str, draft: Path) -> None:
    with closing(connect_reader(path, place)) as connection, explained(place, waited_s=0, how_far=_HOW_FAR):
        connection.execute("PRAGMA query_only = OFF")
        connection.execute("VACUUM INTO ?", (str(draft),))


def _move_aside(path: Path, place: str, at: datetime, wait_s: float) -> Path | None:
    """Fold the WAL into the ledger and give it another name; raise LedgerLockedError while anyone has it open.

    A ledger too damaged for that is moved with its WAL as it is.
    """
    if not path.exists():
        return None
    kept = path_aside(path, at)
    with (
        suppress(DamagedLedgerError),
        explained(place, waited_s=wait_s, how_far=_HOW_FAR),
        closing(sqlite3.connect(path, isolation_level=None, timeout=wait_s)) as connection,
    ):
        connection.execute("PRAGMA journal_mode = DELETE")
    for ending in ("-wal", "-shm"):
        part = path.with_name(path.name + ending)
        if part.exists():
            part.rename(kept.with_name(kept.name + ending))
    path.rename(kept)
    return kept
