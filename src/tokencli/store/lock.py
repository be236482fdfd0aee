"""One writer at a time, across processes: an OS lock on a file beside the ledger.

SQLite's own lock would do, but versions before 3.51.3 can corrupt a WAL that several writers reset.
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

_FIRST_PAUSE_S = 0.001
_LONGEST_PAUSE_S = 0.05


class WriterLock:
    """The lock of one ledger; it is released by the kernel when its process dies."""

    def __init__(self, path: Path, place: str, *, wait_s: float) -> None:
        """Remember where the lock is and how long to wait for it; the file is made when it is first wanted."""
        self.wait_s = wait_s
        self._path = path
        self._place = place
        self._handle: int | None = None

    @contextmanager
    def held(self, wait_s: float | None = None) -> Generator[None]:
        """Hold the lock; raise LedgerLockedError when another process has not let go within `wait_s` seconds."""
        with usable(self._place, how_far="no lock file could be made"):
            if self._handle is None:
                self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            self._acquire(self._handle, self.wait_s if wait_s is None else wait_s)
        try:
            yield
        finally:
            fcntl.flock(self._handle, fcntl.LOCK_UN)

    def close(self) -> None:
        """Give the file back; the lock file itself stays, for removing it would part two writers."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def _acquire(self, handle: int, wait_s: float) -> None:
        """Ask again and again: flock has no time limit of its own, and an alarm would belong to the main thread."""
        deadline = time.monotonic() + wait_s
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                left_s = deadline - time.monotonic()
                if left_s <= 0:
                    raise LedgerLockedError(self._place, wait_s) from None
                time.sleep(min(pause_s, left_s))
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
            else:
                return
