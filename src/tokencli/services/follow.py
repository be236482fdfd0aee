"""Following files: what is added to them is taken in within a moment, whatever their names go through meanwhile.

A file that was named is held open: when another one takes its name, what was still added to the old one is read to
its end before the new one, also when the old one is gone by then.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from tokencli.domain.errors import InputError, LedgerLockedError
from tokencli.domain.ingest import FileCounts, total_of
from tokencli.readers.streams import is_stream
from tokencli.services.agent_files import AgentFile
from tokencli.services.intake import routed
from tokencli.services.log_paths import logs_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from threading import Event

POLL_S: Final = 0.3
MOST_HELD: Final = 256
_PROC: Final = Path("/proc")
_Facts = tuple[int, int, int, int]


class _Held(NamedTuple):
    """A file that is open: its descriptor, and its number in the registry of formats, None for other logs."""

    descriptor: int
    agent: int | None


class Follower:
    """Looks at files again and again; used by one thread."""

    def __init__(
        self,
        take: Callable[[Sequence[Path | str], Sequence[AgentFile]], Iterable[FileCounts | InputError]],
        paths: Sequence[Path],
        find: Callable[[], Sequence[AgentFile]],
        log_format: str,
    ) -> None:
        """Follow `paths`, directories too, and what `find` finds; `take` takes files in."""
        self._take = take
        self._paths = paths
        self._find = find
        self._format = log_format
        self._facts: dict[str, _Facts] = {}
        self._held: dict[str, _Held] = {}

    def run(self, stop: Event, hear: Callable[[FileCounts | InputError], None]) -> None:
        """Take in what comes until `stop` is set; `hear` is told what became of each file that held something new."""
        try:
            is_last = False
            while not is_last:
                is_last = stop.wait(POLL_S)
                for outcome in self.look():
                    hear(outcome)
        finally:
            for held in self._held.values():
                os.close(held.descriptor)

    def look(self) -> Iterator[FileCounts | InputError]:
        """Take in what changed since the last look; what the ledger cannot take now is tried at the next."""
        try:
            for path in self._named():
                yield from self._look_at(path)
            found = [file for file in self._find() if self._has_changed(file.path)]
            if found:
                yield from self._heard((), found)
        except LedgerLockedError as error:
            self._facts.clear()
            yield InputError(f"{error} It is tried again.")

    def _named(self) -> list[Path]:
        named: list[Path] = []
        for path in self._paths:
            try:
                named += [log for log in logs_at([path]) if not is_stream(str(log))]
            except InputError:
                # Between two names of a rotated log there is none for a moment: what is held open is looked at.
                named += [] if path.is_dir() else [path]
        return list(dict.fromkeys(named))

    def _look_at(self, path: Path) -> Iterator[FileCounts | InputError]:
        held = self._held.get(str(path))
        if held is not None and not _is_same(path, held.descriptor):
            yield from self._finish(path, held)
            held = None
        if held is None and path.is_file():
            held = self._hold(path)
        if self._has_changed(path):
            if held is None or held.agent is None:
                yield from self._heard((path,), ())
            else:
                yield from self._heard((), (AgentFile(path, held.agent),))

    def _finish(self, path: Path, held: _Held) -> Iterator[FileCounts | InputError]:
        """Read a file that has lost its name to its end, and let it go."""
        del self._held[str(path)]
        try:
            stat = os.fstat(held.descriptor)
            if self._facts.pop(str(path), None) != _facts(stat):
                gone = _open_path(held.descriptor)
                told = self._heard(*(((gone,), ()) if held.agent is None else ((), (AgentFile(gone, held.agent),))))
                yield from (replace(each, path=str(path)) if isinstance(each, FileCounts) else each for each in told)
        finally:
            os.close(held.descriptor)

    def _hold(self, path: Path) -> _Held | None:
        if len(self._held) >= MOST_HELD:
            return None
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return None
        file = routed(path, self._format)
        held = self._held[str(path)] = _Held(descriptor, None if file is None else file.agent)
        return held

    def _has_changed(self, path: Path) -> bool:
        try:
            facts = _facts(path.stat())
            wal = path.with_name(f"{path.name}-wal")
            if path.suffix in _DATABASES and wal.exists():
                more = _facts(wal.stat())
                facts = (*facts[:2], facts[2] + more[2], max(facts[3], more[3]))
        except OSError:
            return False
        if self._facts.get(str(path)) == facts:
            return False
        self._facts[str(path)] = facts
        return True

    def _heard(self, paths: Sequence[Path | str], files: Sequence[AgentFile]) -> Iterator[FileCounts | InputError]:
        for outcome in self._take(paths, files):
            if isinstance(outcome, InputError) or outcome.lines:
                yield outcome


class Heard:
    """What became of the lines of all files while they were followed."""

    def __init__(self, outcomes: Iterable[FileCounts] = ()) -> None:
        """Begin with what became of them before."""
        self._files: dict[str | None, FileCounts] = {}
        for outcome in outcomes:
            self.add(outcome)

    def add(self, counts: FileCounts) -> None:
        """Add what became of some more lines of a file."""
        known = self._files.get(counts.path)
        if known is None:
            self._files[counts.path] = counts
            return
        added = replace(total_of((known, counts)), path=counts.path, format=counts.format)
        first = known.first_broken_line or counts.first_broken_line
        reason = known.broken_reason or counts.broken_reason
        self._files[counts.path] = replace(added, first_broken_line=first, broken_reason=reason)

    @property
    def files(self) -> list[FileCounts]:
        """Return the counts, a file each."""
        return list(self._files.values())


_DATABASES: Final = {".db", ".sqlite", ".sqlite3", ".vscdb"}


def _facts(stat: os.stat_result) -> _Facts:
    return stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns


def _is_same(path: Path, descriptor: int) -> bool:
    try:
        stat = path.stat()
    except OSError:
        return False
    held = os.fstat(descriptor)
    return (stat.st_dev, stat.st_ino) == (held.st_dev, held.st_ino)


def _open_path(descriptor: int) -> Path:
    """Return a path by which an open file can be opened anew, though it has lost its name."""
    if _PROC.is_dir():
        return _PROC / str(os.getpid()) / "fd" / str(descriptor)
    return Path("/dev/fd") / str(descriptor)
