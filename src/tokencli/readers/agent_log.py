"""What a reader of a client's log is: bytes or rows of one format in, calls as that log tells them (`Told`) out.

A reader may refuse a record (BrokenRecordError) and never raises anything else, whatever it is given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tokencli.readers.telling import Telling
    from tokencli.readers.told import BrokenRecordError, Told


class LineReader(Protocol):
    """Reads one file of JSON lines to which its tool only ever adds.

    `needles` are what a line must hold one of, in any spacing of the JSON, to be handed to `read`.
    """

    name: ClassVar[str]
    needles: ClassVar[tuple[bytes, ...]]

    def __init__(self, path: str, state: str | None) -> None:
        """Begin with the file at `path`, or go on where the reader stood that returned `state`."""
        ...

    def read(self, line: bytes) -> list[Told]:
        """Return the calls that a line tells, none for a line of another kind; raise BrokenRecordError."""
        ...

    @property
    def state(self) -> str | None:
        """Return what is needed to go on after the last line, as JSON; None when nothing is."""
        ...


@runtime_checkable
class QuickReader(Protocol):
    """What a LineReader may be, too: one that reads most lines of its kind in a shorter way, to the same calls."""

    def quick(
        self, telling: Telling, lines: Sequence[tuple[int, bytes]], the_long_way: Callable[[int, bytes], None]
    ) -> None:
        """Add the calls of lines, each with where it stands; the last call may be held back.

        `the_long_way` takes an odd line, and where it stands, as `read` would: nothing is held back then.
        """
        ...

    def settle(self, telling: Telling) -> None:
        """Add what is held back."""
        ...


class DocumentReader(Protocol):
    """Reads one JSON document a file, which its tool writes anew: it is read whole whenever it changed."""

    name: ClassVar[str]

    def read(self, path: str, data: bytes) -> list[Told | BrokenRecordError]:
        """Return the calls of a document in their order, and a refusal for each record that cannot be read."""
        ...


class RowsReader(Protocol):
    """Reads the rows that the store has fetched from a client's own SQLite file."""

    name: ClassVar[str]

    def read(self, path: str, rows: Iterable[tuple[object, ...]]) -> Iterator[Told | BrokenRecordError]:
        """Yield the calls of the rows in their order, and a refusal for each row that cannot be read."""
        ...


class Agent(NamedTuple):
    """One kind of file that a client writes. Exactly one of `lines`, `document` and `rows` is set.

    `roots` gives the directories below which the client keeps such files (existing or not), from the environment and
    the user's home; `patterns` are the globs of the files below a root ("**" for any depth). `claims` says by the path
    and the first up to 64 KiB whether a file is one of them.
    """

    name: str
    roots: Callable[[Mapping[str, str], Path], list[Path]]
    patterns: tuple[str, ...]
    claims: Callable[[str, bytes], bool]
    lines: Callable[[str, str | None], LineReader] | None = None
    document: Callable[[], DocumentReader] | None = None
    rows: Callable[[], RowsReader] | None = None
