"""One file of a client on its way into the ledger: where its reading begins, and what became of its lines."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from tokencli.domain.ingest import FileCounts
from tokencli.readers.agent_scan import Errand
from tokencli.readers.content import UnreadableFileError
from tokencli.readers.tails import TAIL_BYTES, digest_of
from tokencli.services.agent_files import STREAM
from tokencli.services.tally import Tally
from tokencli.store.log_files import LogFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tokencli.domain.errors import InputError
    from tokencli.readers.telling import Telling
    from tokencli.services.agent_files import AgentFile, Facts
    from tokencli.services.tally import Recorded

CUT_NOTE: Final = "its last line is not whole yet"


class AgentTarget(Tally):
    """Keeps the counts of one file, and what the ledger will remember of it."""

    def __init__(
        self,
        file: AgentFile,
        facts: Facts,
        known: LogFile | None,
        advance: Callable[[int], None],
        begin: str | None = None,
    ) -> None:
        """Start where the file is known to, if it still has what stood there; `advance` hears of bytes read.

        `begin` is the state in which its reader begins.
        """
        super().__init__(FileCounts(path=str(file.path), format=file.format.name), advance)
        self.file = file
        self.facts = facts
        same = known is not None and known.format == file.format.name
        self._is_lines = file.format.lines is not None
        known = known if known and same and (not self._is_lines or _goes_on(file.path, known)) else None
        self.origin_id = known.origin_id if known else 0
        self.first = 0
        self.is_begun = False
        self.is_over = False
        self.waiting = 0
        self.errand = Errand(str(file.path), file.agent, state=begin)
        if known and self._is_lines:
            self.errand = self.errand._replace(start=known.offset, state=known.state)
        self.damage: str | None = None
        self.failure: InputError | None = None
        self._known = known
        self._end, self._tail, self._state = self.errand.start, known.tail_digest if known else None, self.errand.state
        self._lines_before = known.line_count if known and self._is_lines else 0
        self._surplus = 0
        self.come_to(self.errand.start)

    @cached_property
    def place(self) -> str:
        """Return the path by which the ledger knows the file."""
        return str(self.file.path.resolve())

    @property
    def lines(self) -> int:
        """Return how many lines of the file are in, those of earlier runs included, whatever each of them tells."""
        return self._lines_before + self.counts.lines - self._surplus

    def count(self, telling: Telling, outcome: Recorded) -> None:
        """Add up what became of a telling, for which it had waited."""
        self.waiting -= 1
        self.add(telling, outcome, before=self.lines, size=max(0, telling.file_position - self.position))
        if telling.is_cut:
            self.counts = replace(self.counts, note=CUT_NOTE)
        self._surplus += telling.surplus
        self.damage = self.damage or telling.damage
        if telling.tail is not None:
            self._end, self._tail = telling.end, telling.tail
        self._state = telling.state
        self.come_to(telling.file_position)

    @property
    def is_told(self) -> bool:
        """Say whether the file has ended, and what became of all that it told is known."""
        return self.is_over and not self.waiting

    @property
    def is_kept(self) -> bool:
        """Say whether the ledger is to know the file again."""
        return self.facts is not STREAM

    def remembered(self, updated_at: int) -> LogFile:
        """Return what the ledger is to know of the file; until it is in as a whole it is looked at again."""
        is_whole = self.is_over and not (self.failure or self.damage)
        return LogFile(
            path=self.place,
            origin_id=self.origin_id,
            device=self.facts.device,
            inode=self.facts.inode if is_whole else None,
            size=self.facts.size,
            mtime_ns=self.facts.mtime_ns,
            offset=self._end,
            line_count=self.lines,
            head_bytes=0,
            head_digest=None,
            tail_digest=self._tail,
            format=self.file.format.name,
            options=None,
            updated_at=updated_at,
            state=self._state,
        )


def _goes_on(path: Path, known: LogFile) -> bool:
    """Say whether a plain file has, just before the place up to which it was read, the bytes that stood there then."""
    size, _, digest = (known.tail_digest or "").partition(":")
    if not digest:
        return False
    length = min(int(size), TAIL_BYTES)
    try:
        with path.open("rb", buffering=0) as file:
            file.seek(max(0, known.offset - length))
            return digest_of(file.read(length)) == digest
    except OSError as error:
        raise UnreadableFileError(path, error) from None
