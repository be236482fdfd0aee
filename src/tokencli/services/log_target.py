"""One content on its way into the ledger: how far it came, and what became of its lines."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tokencli.domain.ingest import FileCounts
from tokencli.readers.batch import digest_of
from tokencli.readers.cost_log import NAME

if TYPE_CHECKING:
    from collections.abc import Callable

    from tokencli.domain.errors import InputError
    from tokencli.readers.batch import Batch
    from tokencli.services.log_identity import Content
    from tokencli.services.record_batch import Recorded
    from tokencli.store.log_files import LogFile


class Target:
    """Keeps the counts of one content. `file` is what the ledger will remember of it; None for standard input."""

    def __init__(self, path: str, content: Content, file: LogFile | None, advance: Callable[[int], None]) -> None:
        """Start where the content is known to; `advance` hears by how many bytes the reading came on."""
        self.path = path
        self.content = content
        self.file = file
        self.origin_id = 0
        self.counts = FileCounts(path=path, format=NAME, note=_note(path, content))
        self.damage: str | None = None
        self.failure: InputError | None = None
        self._advance = advance
        self._position = 0
        self._reasons: dict[str, int] = {}
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

    @property
    def result(self) -> FileCounts:
        """Return the counts, with the reasons of broken lines in words, the most frequent first."""
        ordered = sorted(self._reasons.items(), key=lambda reason: -reason[1])
        return replace(self.counts, broken_reason="; ".join(f"{count} x {reason}" for reason, count in ordered) or None)

    def count(self, batch: Batch, outcome: Recorded) -> None:
        """Add up what became of a batch."""
        counts = self.counts
        first = self._lines_before + counts.lines + batch.first_broken if batch.first_broken else None
        for reason, count in batch.reasons.items():
            self._reasons[reason] = self._reasons.get(reason, 0) + count
        self.counts = replace(
            counts,
            lines=counts.lines + batch.lines,
            recorded=counts.recorded + outcome.recorded,
            merged=counts.merged + outcome.merged,
            duplicate=counts.duplicate + outcome.duplicate,
            other=counts.other + batch.other,
            broken=counts.broken + batch.broken,
            first_broken_line=counts.first_broken_line or first,
            bytes=counts.bytes + (max(0, batch.end - self._start) if batch.length is None else batch.length),
            notices=counts.notices + len(batch.notices),
            price_differences=counts.price_differences + outcome.price_differences,
        )
        self._start = max(self._start, batch.end)
        self._move_on(batch)
        self.come_to(batch.file_position)

    def come_to(self, position: int) -> None:
        """Tell that the file was read up to a position."""
        if position > self._position:
            self._advance(position - self._position)
            self._position = position

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
