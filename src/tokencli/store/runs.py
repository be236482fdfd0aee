"""Runs: processes that write calls as they happen, each known to the others by a lock that dies with it.

The lock is on a file in the folder `<ledger>.runs`, named after the run.
"""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING

from tokencli.domain.errors import LedgerLockedError
from tokencli.store.faults import usable
from tokencli.store.place import make_directory

if TYPE_CHECKING:
    from pathlib import Path

_HOW_FAR = "no run could begin"
_MODE = 0o600


class Run:
    """The lock of one run, held until it is ended or its process dies."""

    def __init__(self, path: Path, handle: int) -> None:
        """Take over a locked file; `begin_run` and `claim_run` are the ways to get one."""
        self.key = path.name
        self._path = path
        self._handle = handle

    def end(self, *, is_settled: bool) -> None:
        """Let go of the run; a settled one leaves nothing behind, another one is for the next start to look after."""
        if is_settled:
            self._path.unlink(missing_ok=True)
        os.close(self._handle)


def runs_folder(ledger: Path) -> Path:
    """Return the folder in which the runs of a ledger have their locks."""
    return ledger.with_name(f"{ledger.name}.runs")


def begin_run(ledger: Path, place: str, key: str) -> Run:
    """Begin a run under a new key.

    Raises:
        LedgerAccessError, LedgerFullError: its file cannot be made.
        LedgerLockedError: another process took the new file for that of a dead run.
    """
    with usable(place, how_far=_HOW_FAR):
        make_directory(runs_folder(ledger))
        run = _locked(runs_folder(ledger) / key, os.O_EXCL)
    if run is None:
        raise LedgerLockedError(place, 0)
    return run


def claim_run(ledger: Path, place: str, key: str) -> Run | None:
    """Take over a run whose process is dead; None when it lives or another process looks after it.

    Raises:
        LedgerAccessError, LedgerFullError: its file cannot be used.
    """
    with usable(place, how_far=_HOW_FAR):
        make_directory(runs_folder(ledger))
        return _locked(runs_folder(ledger) / key, 0)


def run_keys(ledger: Path, place: str) -> list[str]:
    """Return the keys of all runs that have a file."""
    folder = runs_folder(ledger)
    with usable(place, how_far=_HOW_FAR):
        return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def is_alive(ledger: Path, key: str) -> bool:
    """Say whether the process of a run lives; nothing is made and nothing is taken over.

    The look takes a shared lock for an instant: a start at that same instant leaves the run to the next start.
    """
    try:
        handle = os.open(runs_folder(ledger) / key, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def _locked(path: Path, flags: int) -> Run | None:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | flags, _MODE)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    if not _is_at(path, handle):
        # Whoever held it has removed it in between: the lock of a file without a name says nothing to others.
        os.close(handle)
        return None
    return Run(path, handle)


def _is_at(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False
