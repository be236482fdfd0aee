"""One writer at a time, across processes: an OS lock on a file beside the ledger.

SQLite's own lock would do, but versions before 3.51.3 can corrupt a WAL that several writers reset.

Writers take turns: who waits stands in a gate, a second lock, and who has just written passes it behind them. So one
that writes batch after batch does not keep another out, which asks only now and then.
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tokencli.domain.errors import LedgerLockedError
from tokencli.store.faults import usable

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

_MODE = 0o600
_FIRST_PAUSE_S = 0.001
_LONGEST_PAUSE_S = 0.05
_LONGEST_PAUSE_IN_GATE_S = 0.004


class WriterLock:
    """The lock of one ledger; it is released by the kernel when its process dies."""

    def __init__(self, path: Path, place: str, *, wait_s: float) -> None:
        """Remember where the lock is and how long to wait for it; the file is made when it is first wanted."""
        self.wait_s = wait_s
        self._path = path
        self._place = place
        self._handle: int | None = None
        self._gate: int | None = None

    @contextmanager
    def held(self, wait_s: float | None = None) -> Generator[None]:
        """Hold the lock; raise LedgerLockedError when another process has not let go within `wait_s` seconds."""
        with usable(self._place, how_far="no lock file could be made"):
            handle, gate = self._opened()
            self._acquire(handle, gate, self.wait_s if wait_s is None else wait_s)
        try:
            yield
        finally:
            fcntl.flock(handle, fcntl.LOCK_UN)

    def close(self) -> None:
        """Give the files back; they themselves stay, for removing them would part two writers."""
        for handle in (self._handle, self._gate):
            if handle is not None:
                os.close(handle)
        self._handle = self._gate = None

    def _opened(self) -> tuple[int, int]:
        if self._handle is None:
            self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT, _MODE)
        if self._gate is None:
            self._gate = os.open(gate_path(self._path), os.O_RDWR | os.O_CREAT, _MODE)
        return self._handle, self._gate

    def _acquire(self, handle: int, gate: int, wait_s: float) -> None:
        """Ask again and again: flock has no time limit of its own, and an alarm would belong to the main thread."""
        deadline = time.monotonic() + wait_s
        is_ours = _is_locked(gate, deadline, _LONGEST_PAUSE_S)
        if is_ours:
            try:
                is_ours = _is_locked(handle, deadline, _LONGEST_PAUSE_IN_GATE_S)
            finally:
                fcntl.flock(gate, fcntl.LOCK_UN)
        if not is_ours:
            raise LedgerLockedError(self._place, wait_s)


def gate_path(path: Path) -> Path:
    """Return the file of the gate that belongs to a lock."""
    return path.with_name(f"{path.name}.gate")


def _is_locked(handle: int, deadline: float, longest_pause_s: float) -> bool:
    """Lock a file, and say whether that was possible before the deadline."""
    pause_s = _FIRST_PAUSE_S
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                return False
            time.sleep(min(pause_s, left_s))
            pause_s = min(2 * pause_s, longest_pause_s)
        else:
            return True
