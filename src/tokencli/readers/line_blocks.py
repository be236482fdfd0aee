"""Line blocks: a stream of lines, a few hundred kilobytes of whole lines at a time, in memory that is used again."""

from __future__ import annotations

from io import RawIOBase
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tokencli.readers.content import Readable

_ROOM: Final = 1 << 18
_free: Final[list[bytearray]] = []


class Block(NamedTuple):
    """Some lines, which begin at the offset `start` and are `length` bytes long, until the next block is asked for.

    They are the first `size` bytes of `data`: whole lines, or the last line without its end (`is_open`), or the end of
    a line that is too long to be kept (`is_too_long`).
    """

    start: int
    data: bytes | bytearray
    size: int
    length: int
    is_open: bool = False
    is_too_long: bool = False


def blocks(stream: Readable, start: int, longest: int) -> Iterator[Block]:
    """Yield the lines of a stream that stands at the offset `start`; a line may have about `longest` bytes."""
    room = _free.pop() if _free else bytearray(_ROOM)
    try:
        yield from _blocks(stream, start, longest, room)
    finally:
        _free.append(room)


def _blocks(stream: Readable, start: int, longest: int, room: bytearray) -> Iterator[Block]:
    fill, view = _filler(stream), memoryview(room)
    parts: list[bytes] = []
    held = before = 0
    while got := fill(view[held:]):
        end = held + got
        cut = room.rfind(b"\n", held, end) + 1
        if not cut:
            held = end
            if end == _ROOM:
                before, held = before + end, 0
                parts = [*parts, bytes(view)] if before <= longest else []
            continue
        if before:
            first = room.find(b"\n", held, end) + 1
            yield _long(start, parts, view[:first], before)
            start, parts, before = start + before + first, [], 0
            end, cut = _moved(view, first, end), cut - first
        if cut:
            yield Block(start, room, cut, cut)
            start += cut
        held = _moved(view, cut, end)
    if held or before:
        last = _long(start, parts, view[:held], before)
        if not last.is_too_long:
            yield last._replace(is_open=True)


def _long(start: int, parts: list[bytes], rest: memoryview, before: int) -> Block:
    """Return one line, the last bytes of which are `rest`; the `before` bytes before them are its parts, if it is kept.

    Nothing stands before it when it fits into the room.
    """
    data = b"".join([*parts, rest])
    return Block(start, data, len(data), before + len(rest), is_too_long=before > 0 and not parts)


def _moved(view: memoryview, cut: int, end: int) -> int:
    """Move what stands from `cut` to `end` to the beginning; return how much that is."""
    left = end - cut
    if cut and left:
        view[:left] = view[cut:end]
    return left


def _filler(stream: Readable) -> Callable[[memoryview], int | None]:
    """Return what reads from a stream into some memory, as RawIOBase.readinto does."""
    if isinstance(stream, RawIOBase):
        return stream.readinto

    def fill(view: memoryview) -> int:
        piece = stream.read(len(view))
        view[: len(piece)] = piece
        return len(piece)

    return fill
