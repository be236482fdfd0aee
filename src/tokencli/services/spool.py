"""The spool: settled calls that the ledger could not take, safe in a file until it can.

One file for each run, `<ledger>.spool/<run>.jsonl`, for its owner alone. ROOM bytes of it are taken from the disk
when the run begins, so that a full disk still takes settled calls; what is not written yet is NUL bytes. A line is
there, after a power cut too, when `add` returns. Lines that no ledger takes are kept in `aside.jsonl` beside it.
"""

from __future__ import annotations

import json
import os
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, NamedTuple, Self

from tokencli.services.saved import event_from
from tokencli.store.faults import usable
from tokencli.store.place import make_directory, settle

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from pathlib import Path

    from tokencli.domain.event import UsageEvent

ROOM = 1024 * 1024
ASIDE = "aside.jsonl"
_SUFFIX = ".jsonl"
_MODE = 0o600
_HOW_FAR = "no room could be set aside for settled calls"


class Contents(NamedTuple):
    """What a spool file holds: calls, and lines that are none; the last one may be torn."""

    events: list[UsageEvent]
    broken: list[bytes]


class Aside(NamedTuple):
    """A line that no ledger takes, and why."""

    line: bytes
    reason: str


class Spool:
    """The spool of one run that is writing."""

    def __init__(self, path: Path, handle: int) -> None:
        """Take over a new file; `begin_spool` is the way to get one."""
        self.path = path
        self.count = 0
        self._handle = handle
        self._end = 0

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def add(self, lines: Iterable[bytes]) -> None:
        """Write lines, each with its line end, and return when they are safe; all of them or, with OSError, none."""
        parts = list(lines)
        data = b"".join(parts)
        try:
            _write(self._handle, data, self._end)
            _sync_data(self._handle)
        except OSError:
            self._blank(self._end, self._end + len(data))
            raise
        self._end += len(data)
        self.count += len(parts)

    def contents(self) -> Contents:
        """Return what waits in it."""
        return _contents(os.pread(self._handle, self._end, 0))

    def reset(self) -> None:
        """Forget what the ledger has taken; the room on the disk stays this file's. Raises OSError."""
        self._blank(0, self._end)
        _sync_data(self._handle)
        self._end = self.count = 0

    def close(self) -> None:
        """Close it; an empty one is removed."""
        os.close(self._handle)
        if not self.count:
            self.path.unlink(missing_ok=True)

    def _blank(self, start: int, end: int) -> None:
        """Make a stretch NUL bytes again, in the room that the file had from the beginning."""
        size = os.fstat(self._handle).st_size
        _write(self._handle, bytes(max(0, min(end, size, ROOM) - start)), start)
        if size > max(ROOM, start):
            os.ftruncate(self._handle, max(ROOM, start))


def begin_spool(ledger: Path, place: str, key: str) -> Spool:
    """Make the spool of a new run.

    Raises:
        LedgerFullError: the disk has no room for it.
        LedgerAccessError: it cannot be made.
    """
    path = spool_path(ledger, key)
    with usable(place, how_far=_HOW_FAR):
        make_directory(path.parent)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, _MODE)
        try:
            _take_room(handle)
            os.fsync(handle)
            settle(path.parent)
            settle(path.parent.parent)
        except OSError:
            os.close(handle)
            path.unlink()
            raise
    return Spool(path, handle)


def spool_path(ledger: Path, key: str) -> Path:
    """Return where the spool of a run is."""
    return ledger.with_name(f"{ledger.name}.spool") / f"{key}{_SUFFIX}"


def spool_keys(ledger: Path, place: str) -> list[str]:
    """Return the runs that have a spool file."""
    folder = spool_path(ledger, "").parent
    with usable(place, how_far=_HOW_FAR):
        names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    return [name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX) and name != ASIDE]


def left_behind(ledger: Path, place: str, key: str) -> Contents:
    """Return what a run that has ended left in its spool."""
    with usable(place, how_far=_HOW_FAR):
        try:
            return _contents(spool_path(ledger, key).read_bytes())
        except FileNotFoundError:
            return Contents([], [])


def keep_aside(ledger: Path, lines: Iterable[Aside]) -> int:
    """Keep lines that no ledger takes, with their reasons, and return how many; raise OSError when that fails."""
    rows = [
        f"{json.dumps({'reason': aside.reason, 'line': aside.line.decode('utf-8', 'replace')})}\n" for aside in lines
    ]
    if not rows:
        return 0
    path = spool_path(ledger, "").with_name(ASIDE)
    make_directory(path.parent)
    with _opened(path) as handle:
        data = "".join(rows).encode("ascii")
        _write(handle, data, None)
        os.fsync(handle)
    settle(path.parent)
    return len(rows)


@contextmanager
def _opened(path: Path) -> Generator[int]:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, _MODE)
    with closing(os.fdopen(handle, "wb", buffering=0)):
        yield handle


def _contents(data: bytes) -> Contents:
    *lines, rest = data.rstrip(b"\0").split(b"\n")
    found = [(line, event_from(line)) for line in lines]
    events = [event for _, event in found if event is not None]
    broken = [line for line, event in found if event is None]
    return Contents(events, [*broken, rest] if rest else broken)


def _write(handle: int, data: bytes, start: int | None) -> None:
    view = memoryview(data)
    while view:
        done = os.write(handle, view) if start is None else os.pwrite(handle, view, start)
        start = None if start is None else start + done
        view = view[done:]


def _take_room(handle: int) -> None:
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(handle, 0, ROOM)
    else:  # macOS
        _write(handle, bytes(ROOM), 0)


def _sync_data(handle: int) -> None:
    if hasattr(os, "fdatasync"):
        os.fdatasync(handle)
    else:  # macOS
        os.fsync(handle)
