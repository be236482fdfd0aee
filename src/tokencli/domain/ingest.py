"""FileCounts: what became of every line of a log, in counts that add up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tokencli.domain.errors import ImpossibleValueError

if TYPE_CHECKING:
    from collections.abc import Iterable


UNCHANGED = "unchanged"
"""The note on a file of which nothing was new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCounts:
    """What became of one file's lines: recorded + merged + duplicate + other + broken = lines.

    `recorded` lines made a new call, `merged` ones were further sightings of a call, `duplicate` ones were in the
    ledger already, `other` ones tell of no call, `broken` ones should but cannot be read. `bytes` counts what was
    read. `first_broken_line` counts from 1; `broken_reason` says in words what is wrong there. `notices` counts
    lines of failure among `other`; `price_differences` the calls whose logged cost is not the list's; `note` is
    a word on the whole file, such as "unchanged". `path` and `format` are None in a sum of files.

    Raises:
        ImpossibleValueError: the counts do not add up, or one is negative.
    """

    path: str | None = None
    format: str | None = None
    lines: int = 0
    recorded: int = 0
    merged: int = 0
    duplicate: int = 0
    other: int = 0
    broken: int = 0
    first_broken_line: int | None = None
    bytes: int = 0
    broken_reason: str | None = None
    notices: int = 0
    price_differences: int = 0
    note: str | None = None

    def __post_init__(self) -> None:
        """Refuse counts that lose a line."""
        parts = (self.recorded, self.merged, self.duplicate, self.other, self.broken)
        if min(*parts, self.lines, self.bytes, self.notices, self.price_differences) < 0:
            raise ImpossibleValueError(what="a count of lines", value=parts, rule="a count is not negative")
        if sum(parts) != self.lines:
            raise ImpossibleValueError(what="lines", value=self.lines, rule=f"its parts add up to {sum(parts)}")


def total_of(files: Iterable[FileCounts]) -> FileCounts:
    """Return the sums over some files; path, format and the first broken line belong to one file and are None."""
    counted = tuple(files)
    return FileCounts(
        lines=sum(file.lines for file in counted),
        recorded=sum(file.recorded for file in counted),
        merged=sum(file.merged for file in counted),
        duplicate=sum(file.duplicate for file in counted),
        other=sum(file.other for file in counted),
        broken=sum(file.broken for file in counted),
        bytes=sum(file.bytes for file in counted),
        notices=sum(file.notices for file in counted),
        price_differences=sum(file.price_differences for file in counted),
    )
