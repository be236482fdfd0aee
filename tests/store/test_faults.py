"""What SQLite and the system report becomes one sentence; faults of the program stay what they are."""

from __future__ import annotations

import errno
import sqlite3

import pytest

from tokencli.domain.errors import (
    DamagedLedgerError,
    LedgerAccessError,
    LedgerFullError,
    LedgerLockedError,
    NotALedgerError,
    StoreError,
)
from tokencli.store.faults import explained, usable


class Fault(sqlite3.OperationalError):
    """An error with a code, as SQLite raises it."""

    def __init__(self, code: int) -> None:
        super().__init__("what SQLite says")
        self.sqlite_errorcode = code


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        (sqlite3.SQLITE_BUSY, LedgerLockedError),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, LedgerLockedError),
        (sqlite3.SQLITE_LOCKED, LedgerLockedError),
        (sqlite3.SQLITE_FULL, LedgerFullError),
        (sqlite3.SQLITE_IOERR_WRITE, LedgerFullError),
        (sqlite3.SQLITE_IOERR_SHMSIZE, LedgerFullError),
        (sqlite3.SQLITE_IOERR_READ, LedgerAccessError),
        (sqlite3.SQLITE_CANTOPEN, LedgerAccessError),
        (sqlite3.SQLITE_READONLY, LedgerAccessError),
        (sqlite3.SQLITE_NOTADB, NotALedgerError),
        (sqlite3.SQLITE_CORRUPT, DamagedLedgerError),
    ],
)
def test_each_fault_has_its_meaning(code: int, meaning: type[StoreError]) -> None:
    with pytest.raises(meaning) as caught, explained("ledger.db", waited_s=5, how_far="line 7 was reached"):
        raise Fault(code)
    assert "ledger.db" in str(caught.value)
    if meaning is LedgerFullError:
        assert "line 7 was reached" in str(caught.value)


@pytest.mark.parametrize("fault", [Fault(sqlite3.SQLITE_ERROR), sqlite3.IntegrityError("no code"), KeyError("own")])
def test_faults_of_the_program_pass_as_they_are(fault: Exception) -> None:
    with pytest.raises(type(fault)) as caught, explained("ledger.db", waited_s=5, how_far=""):
        raise fault
    assert caught.value is fault


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_says_how_far_the_work_came(number: int) -> None:
    sentence = r"no space left for ledger\.db: nothing was made\. Free some space"
    with pytest.raises(LedgerFullError, match=sentence), usable("ledger.db", how_far="nothing was made"):
        raise OSError(number, "full")


def test_what_the_system_forbids_is_said_in_its_words() -> None:
    with pytest.raises(LedgerAccessError, match="Permission denied"), usable("ledger.db", how_far=""):
        raise PermissionError(errno.EACCES, "x")
