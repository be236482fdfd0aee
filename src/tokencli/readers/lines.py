"""Blocks of whole lines from a stream of bytes, with flat memory whatever the lines are like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokencli.readers.content import Readable

BLOCK: Final = 1 << 18
LONGEST_LINE: Final = 1 << 20
_OVERHANG: Final = 1 << 14
_END: Final = 1 << 12


class Block(NamedTuple):
    """Some whole lines. `start` is their offset in the content.

    `is_open` marks a last line without its line end; `is_too_long` stands for one line above 1 MiB: its `length` is
    what was passed over, its `data` the last up to 4096 bytes of it.
    """

    start: int
    data: bytes
    is_open: bool = False
    is_too_long: bool = False
    length: int = 0


def blocks(stream: Readable, start: int = 0, stop: int | None = None, *, in_line: bool = False) -> Iterator[Block]:
    """Yield the lines that begin at or after `start` and before `stop`, in blocks of about 256 KiB.

    The stream stands at offset `start`. `in_line` says that `start` lies inside a line, which is passed over.
    The line that begins before `stop` and ends after it is read to its end. Where the cuts are changes nothing of what
    is found: a line is too long by its own length, however it came.
    """
    feed = _Feed(stream, start, stop)
    if in_line:
        feed.pass_over(stop)
    while feed.is_wanted:
        end = feed.end_of_lines()
        if end:
            yield from _parted(feed.position, feed.take(end))
        elif len(feed.held) > LONGEST_LINE:
            opening = feed.position
            ending = feed.pass_over(None)
            yield Block(opening, ending, is_too_long=True, length=feed.position - opening)
        elif not feed.more():
            break
    if feed.held and feed.is_wanted:
        yield Block(feed.position, feed.held, is_open=True)


def _parted(start: int, data: bytes) -> Iterator[Block]:
    """Yield whole lines as one block, unless lines that are too long stand between them."""
    done = position = 0
    while len(data) - position > LONGEST_LINE:
        cut = data.rfind(b"\n", position, position + LONGEST_LINE + 1) + 1
        if cut:
            position = cut
            continue
        if position > done:
            yield Block(start + done, data[done:position])
        opening, position = position, data.index(b"\n", position) + 1
        done = position
        yield Block(start + opening, data[opening:done][-_END:], is_too_long=True, length=done - opening)
    if done < len(data):
        yield Block(start + done, data[done:])


class _Feed:
    """A stream, what was read of it and not yet handed on, and where that stands in the content."""

    def __init__(self, stream: Readable, start: int, stop: int | None) -> None:
        self._stream = stream
        self._stop = stop
        self.position = start
        self.held = b""

    @property
    def is_wanted(self) -> bool:
        """Say whether a line that begins here still belongs to the range."""
        return self._stop is None or self.position < self._stop

    def more(self) -> bool:
        """Read on; False at the end of the stream."""
        left = BLOCK if self._stop is None else self._stop - self.position - len(self.held)
        piece = self._stream.read(min(left, BLOCK) if left > 0 else _OVERHANG)
        self.held += piece
        return bool(piece)

    def take(self, size: int) -> bytes:
        """Hand on the first `size` bytes."""
        data, self.held = self.held[:size], self.held[size:]
        self.position += size
        return data

    def pass_over(self, until: int | None) -> bytes:
        """Drop everything up to and with the next line end, at the latest where `until` is passed; return its end."""
        ending = b""
        while not (cut := self.held.find(b"\n") + 1):
            ending = (ending + self.held[-_END:])[-_END:]
            self.position += len(self.held)
            self.held = b""
            if (until is not None and self.position >= until) or not self.more():
                return ending
        return (ending + self.take(cut)[-_END:])[-_END:]

    def end_of_lines(self) -> int:
        """Return where the whole lines end that belong to the range; 0 when none is complete yet."""
        limit = None if self._stop is None else self._stop - self.position
        if limit is None or limit > len(self.held):
            return self.held.rfind(b"\n") + 1
        return (self.held.find(b"\n", limit - 1) + 1) or (self.held.rfind(b"\n", 0, limit) + 1)
