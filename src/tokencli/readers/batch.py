"""Batch: what one stretch of a log holds, as whole numbers; cheap to hand from one process to another."""

from __future__ import annotations

import marshal
from array import array
from dataclasses import dataclass, field, fields
from itertools import chain
from typing import NamedTuple

MOST_TOKENS = 10**9
SEQ, TIME, KIND, INPUT, OUTPUT, REPORTED = range(6)


class Kind(NamedTuple):
    """What many calls of a log share: who answered, with which model, at which printed unit prices.

    Unit prices are picodollars a token, -1 where the line printed none. `is_timed` is False for lines that
    took their date from the command line.
    """

    provider: str
    model: str | None
    input_pico: int
    output_pico: int
    is_timed: bool


class Twin(NamedTuple):
    """A line that names the agent and the dollars of a call whose tokens stand in another line."""

    seq: int
    occurred_at: int
    agent: str
    model: str
    reported_pico: int


class Notice(NamedTuple):
    """A line of failure: it explains calls without counts. `occurred_at` is -1 when the line has no time."""

    seq: int
    occurred_at: int
    code: str
    provider: str | None
    model: str | None


Call = tuple[int, int, int, int, int, int]
"""(seq, time, kind, input tokens, output tokens, reported picodollars): seq is a byte offset in the content, time is
microseconds since 1970 UTC, kind an index into the batch's kinds. SEQ, TIME ... REPORTED are the places."""


@dataclass(slots=True)
class Batch:
    """One stretch of content, and the calls that stand in it; none counts as many as MOST_TOKENS tokens.

    `end` is the offset up to which the content is taken in, `other` and `broken` count lines, `first_broken` is the
    1-based number of the first broken line within the batch, `record_ids` gives the source's own id of a call by its
    seq, `damage` says why the content ends too early. `tail` knows the end of what was taken in again (see
    `tail_of`), `file_position` is how far the file itself was read, packed or not. In a JSON array, where `end`
    numbers entries, `length` counts the bytes read.
    """

    end: int = 0
    length: int | None = None
    lines: int = 0
    broken: int = 0
    first_broken: int = 0
    reasons: dict[str, int] = field(default_factory=dict[str, int])
    kinds: list[Kind] = field(default_factory=list[Kind])
    calls: list[Call] = field(default_factory=list[Call])
    twins: list[Twin] = field(default_factory=list[Twin])
    notices: list[Notice] = field(default_factory=list[Notice])
    record_ids: dict[int, str] = field(default_factory=dict[int, str])
    damage: str | None = None
    tail: str | None = None
    file_position: int = 0

    @property
    def other(self) -> int:
        """Return how many lines hold no call and are not broken."""
        return self.lines - len(self.calls) - len(self.twins) - self.broken

    def break_line(self, number: int, reason: str) -> None:
        """Count a line that should hold a call and cannot be read; `number` counts from 1 within the batch."""
        self.broken += 1
        self.first_broken = min(self.first_broken or number, number)
        self.reasons[reason] = self.reasons.get(reason, 0) + 1

    def to_bytes(self) -> bytes:
        """Return the batch as bytes for `from_bytes` in another process of the same program."""
        flat = array("q", chain.from_iterable(self.calls))
        rest = [getattr(self, name) for name in _PLAIN]
        tuples = [[tuple(item) for item in many] for many in (self.kinds, self.twins, self.notices)]
        return marshal.dumps([flat.tobytes(), rest, tuples])

    @classmethod
    def from_bytes(cls, data: bytes) -> Batch:
        """Return the batch that `to_bytes` made."""
        packed, rest, (kinds, twins, notices) = marshal.loads(data)  # noqa: S302 - from our own worker, by a private pipe
        batch = cls(**dict(zip(_PLAIN, rest, strict=True)))
        flat = iter(array("q", packed))
        batch.calls = list(zip(flat, flat, flat, flat, flat, flat, strict=True))
        batch.kinds = [Kind(*kind) for kind in kinds]
        batch.twins = [Twin(*twin) for twin in twins]
        batch.notices = [Notice(*notice) for notice in notices]
        return batch


_PLAIN = tuple(item.name for item in fields(Batch) if item.name not in {"calls", "kinds", "twins", "notices"})
