"""One content on its way into the ledger: how far it came, and what became of its lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokencli.domain.ingest import FileCounts
from tokencli.readers.cost_log import NAME
from tokencli.readers.tails import digest_of
from tokencli.services.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable

    from tokencli.domain.errors import InputError
    from tokencli.readers.batch import Batch
    from tokencli.services.log_identity import Content
    from tokencli.services.tally import Recorded
    from tokencli.store.log_files import LogFile


class Target(Tally):
    """Keeps the counts of one content. `file` is what the ledger will remember of it; None for standard input."""

    def __init__(self, path: str, content: Content, file: LogFile | None, advance: Callable[[int], None]) -> None:
        """Start where the content is known to; `advance` hears by how many bytes the reading came on."""
        super().__init__(FileCounts(path=path, format=NAME, note=_note(path, content)), advance)
        self.path = path
        self.content = content
        self.file = file
        self.origin_id = 0
        self.damage: str | None = None
        self.failure: InputError | None = None
        self._lines_before = file.line_count if file else 0
        self._start = content.start
        self.come_to(content.start if content.packing == "plain" else 0)

    @property
    def lines(self) -> int:
        """Return how many lines of the content are in, those of earlier runs included."""
        return self._lines_before + self.counts.lines

    @property
    def end(self) -> int:
        """Return up to which place of the content its lines are in."""
        return self._start

    def count(self, batch: Batch, outcome: Recorded) -> None:
        """Add up what became of a batch."""
        size = max(0, batch.end - self._start) if batch.length is None else batch.length
        self.add(batch, outcome, before=self.lines, size=size, notices=len(batch.notices))
        self._start = max(self._start, batch.end)
        self._move_on(batch)
        self.come_to(batch.file_position)

    def _move_on(self, batch: Batch) -> None:
        file, head = self.file, self.content.head
        if file is None or batch.end <= file.offset:
            return
        size = min(len(head), batch.end)
        self.file = file._replace(
            offset=batch.end,
            line_count=file.line_count + batch.lines,
            head_bytes=0 if self.content.is_array else size,
            head_digest=None if self.content.is_array else digest_of(head[:size]),
            tail_digest=batch.tail,
        )


def _note(path: str, content: Content) -> str | None:
    if content.is_replay:
        return "read again, for its lines without time"
    if content.known is None or not content.start:
        return None
    return f"known up to byte {content.start}" + (
        "" if content.known.path.endswith(path) else f" from {content.known.path}"
    )
