"""The reader `cost-line`: one stretch of one log in, its batches out; the same code in this process and in a worker."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, NamedTuple

from tokencli.readers import entries as entry_list
from tokencli.readers.agents import COST_LINE, STANDARD_INPUT
from tokencli.readers.batch import Batch
from tokencli.readers.content import (
    Counted,
    Rejoined,
    UnreadableFileError,
    damage_of,
    filled,
    opened,
    packing_of,
    unpacked,
)
from tokencli.readers.lines import Block, blocks
from tokencli.readers.scan import BAD_ARRAY, TOO_LONG, Scanner
from tokencli.readers.streams import is_stream, opened_stream
from tokencli.readers.tails import tail_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokencli.readers.content import Readable

NAME: Final = COST_LINE
_INPUT: Final = "standard input"
_ENTRIES_A_BATCH: Final = 20_000
_BYTES_A_BATCH: Final = 1 << 22
_PIECE: Final = 1 << 20
_HEAD: Final = 1 << 10


class Stretch(NamedTuple):
    """What to read: the lines of `path` that begin in [start, stop) of its plain bytes; stop None is the end.

    `day` (ISO date) is given to lines without time. `is_array` is a JSON array of entries, always read whole.
    """

    path: str
    start: int
    stop: int | None
    zone: str
    day: str | None
    is_array: bool


def batches(stretch: Stretch) -> Iterator[Batch]:
    """Yield what a stretch of a log holds, in order; raise UnreadableFileError when it cannot be opened.

    A stream is known for what it is (packed, a JSON array) by how it begins, as files are by their first bytes.
    """
    scanner = Scanner(stretch.zone, date.fromisoformat(stretch.day) if stretch.day else None)
    if is_stream(stretch.path):
        try:
            with opened_stream(stretch.path) as file:
                yield from _streamed(scanner, stretch, file)
        except OSError as error:
            raise UnreadableFileError(_INPUT if stretch.path == STANDARD_INPUT else stretch.path, error) from None
        return
    with opened(Path(stretch.path)) as (file, packing):
        if packing == "plain":
            in_line = _stand_at(file, stretch.start)
            stream: Readable = file
        else:
            stream = unpacked(file, packing)
            in_line = _skip(stream, stretch.start)
        for batch in _with_damage(_of_stream(scanner, stretch, stream, in_line=in_line), stream):
            batch.file_position = file.tell()
            yield batch


def _streamed(scanner: Scanner, stretch: Stretch, file: IO[bytes]) -> Iterator[Batch]:
    head = filled(file, _HEAD)
    stream = unpacked(Rejoined(head, file), packing_of(head))
    head = filled(stream, _HEAD)
    told = stretch._replace(is_array=entry_list.is_array(head))
    yield from _with_damage(_of_stream(scanner, told, Rejoined(head, stream)), stream)


def _of_stream(scanner: Scanner, stretch: Stretch, stream: Readable, *, in_line: bool = False) -> Iterator[Batch]:
    if stretch.is_array:
        return _array(scanner, stream)
    return _lines(scanner, blocks(stream, stretch.start, stretch.stop, in_line=in_line))


def _with_damage(found: Iterator[Batch], stream: Readable) -> Iterator[Batch]:
    yield from found
    if reason := damage_of(stream):
        yield Batch(damage=reason)


def _lines(scanner: Scanner, found: Iterator[Block]) -> Iterator[Batch]:
    """Yield batches of several blocks; a line too long or without its end has a batch of its own."""
    batch, size = scanner.empty_batch(), 0
    for block in found:
        if block.is_too_long or block.is_open:
            if batch.lines:
                yield batch
            yield _too_long(block) if block.is_too_long else _open(scanner, block)
            batch, size = scanner.empty_batch(), 0
            continue
        scanner.scan(block.data, block.start, batch)
        batch.tail = tail_of(block.data)
        size += len(block.data)
        if size >= _BYTES_A_BATCH:
            yield batch
            batch, size = scanner.empty_batch(), 0
    if batch.lines:
        yield batch


def _too_long(block: Block) -> Batch:
    batch = Batch(end=block.start + block.length, lines=1, tail=tail_of(block.data))
    batch.break_line(1, TOO_LONG)
    return batch


def _open(scanner: Scanner, block: Block) -> Batch:
    """Read a last line without its end: it is taken in when it is whole, else read again when it has grown."""
    batch = scanner.empty_batch()
    scanner.scan(block.data, block.start, batch)
    if batch.calls or batch.twins:
        batch.tail = tail_of(block.data)
    else:
        batch.end = block.start
    return batch


def _array(scanner: Scanner, stream: Readable) -> Iterator[Batch]:
    batch, counted = scanner.empty_batch(), Counted(stream)
    for number, fields in entry_list.entries(counted):
        batch.lines += 1
        broken = batch.broken
        if fields is None:
            batch.break_line(batch.lines, BAD_ARRAY)
        else:
            scanner.entry(batch, fields, number)
        if batch.broken > broken and not batch.first_broken:
            batch.first_broken = batch.lines
        batch.end = number + 1
        if batch.lines >= _ENTRIES_A_BATCH:
            batch.length = counted.taken()
            yield batch
            batch = scanner.empty_batch()
    batch.length = counted.taken()
    yield batch


def _stand_at(file: IO[bytes], start: int) -> bool:
    """Go to `start`; say whether it lies inside a line."""
    if not start:
        return False
    file.seek(start - 1)
    return file.read(1) != b"\n"


def _skip(stream: Readable, start: int) -> bool:
    """Read up to `start`; say whether it lies inside a line."""
    left, last = start, b"\n"
    while left and (piece := stream.read(min(left, _PIECE))):
        left -= len(piece)
        last = piece[-1:]
    return last != b"\n"
