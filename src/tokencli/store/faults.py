"""What SQLite and the operating system report, as errors of the house; a fault of ours is never hidden by one."""

from __future__ import annotations

import errno
import os
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tokencli.domain.errors import (
    DamagedLedgerError,
    InputError,
    LedgerAccessError,
    LedgerFullError,
    LedgerLockedError,
    NotALedgerError,
    StoreError,
)

if TYPE_CHECKING:
    from collections.abc import Generator

_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_NO_ACCESS = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_IOERR}
_NO_ROOM = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR_WRITE,
    sqlite3.SQLITE_IOERR_FSYNC,
    sqlite3.SQLITE_IOERR_TRUNCATE,
    sqlite3.SQLITE_IOERR_SHMSIZE,
}
_NO_ROOM_ERRNO = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_PRIMARY = 0xFF
REFUSALS = (sqlite3.Error, InputError, ArithmeticError, ValueError, TypeError, LookupError)
"""What one row that a ledger cannot hold raises, inside `Database.attempt`; faults of the ledger are StoreErrors."""


@contextmanager
def explained(place: str, *, waited_s: float, how_far: str) -> Generator[None]:
    """Raise what SQLite reports as a StoreError; `how_far` says what stays when the disk is full.

    Faults of the program (a wrong statement, a broken constraint) pass as they are.

    Raises:
        LedgerLockedError: another process holds the database.
        LedgerFullError: there is no room.
        NotALedgerError, DamagedLedgerError, LedgerAccessError: the file is not a database, is broken, is not ours.
    """
    try:
        yield
    except sqlite3.Error as error:
        meaning = _meaning(error, place, waited_s, how_far)
        if meaning is None:
            raise
        raise meaning from error


@contextmanager
def usable(place: str, *, how_far: str) -> Generator[None]:
    """Raise what the operating system reports of the ledger's files as a StoreError.

    Raises:
        LedgerFullError: there is no room.
        LedgerAccessError: anything else, in the system's words.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM_ERRNO:
            raise LedgerFullError(place, how_far) from error
        raise LedgerAccessError(place, os.strerror(error.errno) if error.errno else str(error)) from error


def _meaning(error: sqlite3.Error, place: str, waited_s: float, how_far: str) -> StoreError | None:
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return None
    if code in _NO_ROOM:
        return LedgerFullError(place, how_far)
    primary = code & _PRIMARY
    if primary in _LOCKED:
        return LedgerLockedError(place, waited_s)
    if primary == sqlite3.SQLITE_NOTADB:
        return NotALedgerError(place, "it is not a SQLite database")
    if primary == sqlite3.SQLITE_CORRUPT:
        return DamagedLedgerError(place, str(error))
    return LedgerAccessError(place, str(error)) if primary in _NO_ACCESS else None
