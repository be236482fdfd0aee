"""What became of a file's lines, added up stretch by stretch, whoever reads it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tokencli.domain.ingest import FileCounts


class Recorded(NamedTuple):
    """What became of a batch's call lines, and how many calls cost something else than the log said."""

    recorded: int = 0
    merged: int = 0
    duplicate: int = 0
    price_differences: int = 0


class Stretch(Protocol):
    """What a reader tells of some lines besides their calls; `first_broken` counts from 1, 0 where none is broken."""

    @property
    def lines(self) -> int: ...  # noqa: D102 - as in FileCounts
    @property
    def other(self) -> int: ...  # noqa: D102
    @property
    def broken(self) -> int: ...  # noqa: D102
    @property
    def first_broken(self) -> int: ...  # noqa: D102
    @property
    def reasons(self) -> Mapping[str, int]: ...  # noqa: D102


class Tally:
    """Adds up `counts`; `advance` hears by how many bytes the reading of the file came on."""

    def __init__(self, counts: FileCounts, advance: Callable[[int], None]) -> None:
        """Begin at the file's first byte."""
        self.counts = counts
        self.position = 0
        self._advance = advance
        self._reasons: dict[str, int] = {}

    @property
    def result(self) -> FileCounts:
        """Return the counts, with the reasons of broken lines in words, the most frequent first."""
        if not self._reasons:
            return self.counts
        ordered = sorted(self._reasons.items(), key=lambda reason: -reason[1])
        return replace(self.counts, broken_reason="; ".join(f"{count} x {reason}" for reason, count in ordered))

    def come_to(self, position: int) -> None:
        """Tell that the file was read up to a position."""
        if position > self.position:
            self._advance(position - self.position)
            self.position = position

    def add(self, told: Stretch, outcome: Recorded, *, before: int, size: int, notices: int = 0) -> None:
        """Add a stretch of `size` bytes, before which `before` lines of the file are in, and what became of it."""
        counts = self.counts
        for reason, count in told.reasons.items():
            self._reasons[reason] = self._reasons.get(reason, 0) + count
        self.counts = replace(
            counts,
            lines=counts.lines + told.lines,
            recorded=counts.recorded + outcome.recorded,
            merged=counts.merged + outcome.merged,
            duplicate=counts.duplicate + outcome.duplicate,
            other=counts.other + told.other,
            broken=counts.broken + told.broken,
            first_broken_line=counts.first_broken_line or (before + told.first_broken if told.first_broken else None),
            bytes=counts.bytes + size,
            notices=counts.notices + notices,
            price_differences=counts.price_differences + outcome.price_differences,
        )
