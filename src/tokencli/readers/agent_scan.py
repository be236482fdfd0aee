"""Reading one file of a client: from where it is known to its last whole line, or whole, where it is a document.

A line may be tens of MB long; what holds nothing of interest is never looked at twice.
"""

from __future__ import annotations

from bisect import bisect
from functools import lru_cache
from typing import IO, TYPE_CHECKING, Final, NamedTuple, cast

from ahocorasick_rs import BytesAhoCorasick

from tokencli.readers import agents
from tokencli.readers.agent_log import QuickReader
from tokencli.readers.content import (
    Rejoined,
    UnreadableFileError,
    damage_of,
    filled,
    opened,
    packing_of,
    unpacked,
)
from tokencli.readers.line_blocks import blocks
from tokencli.readers.streams import is_stream, opened_stream
from tokencli.readers.tails import TAIL_BYTES, tail_of
from tokencli.readers.telling import Telling
from tokencli.readers.told import BrokenRecordError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tokencli.readers.agent_log import Agent, LineReader
    from tokencli.readers.content import Readable
    from tokencli.readers.line_blocks import Block
    from tokencli.readers.told import Told

LONGEST_LINE: Final = 1 << 26
LARGEST_DOCUMENT: Final = 1 << 28
TOO_LONG: Final = "a line longer than 64 MiB"
TOO_LARGE: Final = "the document is above 256 MiB"
_PIECE: Final = 120 << 10
_MOST_SEARCHES: Final = 4
_SHORTEST_SEARCH: Final = 6
_BYTES_A_TELLING: Final = 1 << 23
_CALLS_A_TELLING: Final = 256
_HEAD_BYTES: Final = 8
_BLANK: Final = b" \t\r\n"


class Errand(NamedTuple):
    """What to read: the file at `path`, by the registry's entry number `agent`.

    Lines are read from the offset `start` on by a reader that goes on at `state`; `start` is 0 for a document.
    """

    path: str
    agent: int
    start: int = 0
    state: str | None = None


def tellings(errand: Errand) -> Iterator[Telling]:
    """Yield what a file tells, in order, at least one telling; raise UnreadableFileError when it cannot be opened."""
    agent = agents.AGENTS[errand.agent]
    if is_stream(errand.path):
        yield from _of_stream(agent, errand.path)
        return
    with opened(errand.path) as (file, packing):
        stream: Readable = unpacked(file, packing)
        if agent.lines is not None:
            stood, start = _stood(stream, file if packing == "plain" else None, errand.start)
            found = of_lines(stood, agent.lines(errand.path, errand.state), start)
        else:
            found = _of_document(agent, errand.path, stream)
        for telling in found:
            telling.file_position = file.tell()
            telling.damage = damage_of(stream)
            yield telling


def _of_stream(agent: Agent, path: str) -> Iterator[Telling]:
    """Yield what a pipe or standard input tells, packed or not; it is read once, from its beginning."""
    try:
        with opened_stream(path) as file:
            head = filled(file, _HEAD_BYTES)
            stream = unpacked(Rejoined(head, file), packing_of(head))
            found = (
                _of_document(agent, path, stream) if agent.lines is None else of_lines(stream, agent.lines(path, None))
            )
            for telling in found:
                telling.damage = damage_of(stream)
                yield telling
    except OSError as error:
        raise UnreadableFileError(path, error) from None


def of_lines(stream: Readable, reader: LineReader, start: int = 0) -> Iterator[Telling]:
    """Yield what the lines of a stream tell that stands at the offset `start`.

    A last line without its end is taken in when it tells a call, and left for the next time when it does not.
    """
    quick = _quick_way_of(reader)
    telling, begun, tail = Telling(end=start, state=reader.state), start, b""
    for block in blocks(stream, start, LONGEST_LINE):
        if block.is_open:
            _settle(telling, quick)
            yield _ended(telling, reader, tail, block)
            return
        if block.is_too_long:
            telling.refuse(TOO_LONG, telling.own_lines + 1)
            tail = b""
        else:
            _scan(telling, block, reader, quick)
        telling.end = block.start + block.length
        tail = (tail + block.data[max(0, block.size - TAIL_BYTES) : block.size])[-TAIL_BYTES:]
        if telling.end - begun >= _BYTES_A_TELLING or len(telling.calls) >= _CALLS_A_TELLING:
            _settle(telling, quick)
            yield _ended(telling, reader, tail)
            telling, begun = Telling(end=telling.end), telling.end
    _settle(telling, quick)
    yield _ended(telling, reader, tail if telling.end > begun else b"")


def _quick_way_of(reader: LineReader) -> QuickReader | None:
    return cast("QuickReader", reader) if _is_quick(type(reader)) else None


@lru_cache(maxsize=64)
def _is_quick(kind: type) -> bool:
    """Say whether readers of a class are quick ones; asked of each of many readers it would take its time."""
    return issubclass(kind, QuickReader)


def _settle(telling: Telling, quick: QuickReader | None) -> None:
    """Add what a reader held back."""
    if quick is not None:
        quick.settle(telling)


def _ended(telling: Telling, reader: LineReader, tail: bytes, last: Block | None = None) -> Telling:
    """Return a telling that knows where it ends, and with a last line that has no end yet."""
    if tail:
        telling.tail = tail_of(tail)
    if last is not None:
        _open(telling, last, reader)
    telling.state = reader.state
    return telling


def of_records(found: Iterable[Told | BrokenRecordError]) -> Iterator[Telling]:
    """Yield what records tell that come one by one, numbered from 0; one that cannot be read is a refusal."""
    telling = Telling()
    number = 0
    for each in found:
        if isinstance(each, BrokenRecordError):
            telling.refuse(str(each), telling.lines + 1)
        else:
            telling.add(number, each)
        number += 1
        if len(telling.calls) >= _CALLS_A_TELLING:
            telling.end = number
            yield telling
            telling = Telling()
    telling.end = number
    yield telling


def _scan(telling: Telling, block: Block, reader: LineReader, quick: QuickReader | None) -> None:
    """Read the lines of a block that hold a needle; the rest only counts."""
    data, view = block.data, memoryview(block.data)[: block.size]
    lines_before = telling.own_lines
    ends = _places(b"\n", view)
    lines = _marked(block, view, reader.needles, ends)

    def read(seq: int, line: bytes) -> None:
        try:
            _keep(telling, reader.read(line), seq)
        except BrokenRecordError as error:
            telling.refuse(str(error), lines_before + data.count(b"\n", 0, seq - block.start) + 1)

    if quick is not None:
        quick.quick(telling, lines, read)
    else:
        for seq, line in lines:
            read(seq, line)
    left = len(ends) - len(lines)
    telling.lines += left
    telling.other += left


def _marked(block: Block, view: memoryview, needles: tuple[bytes, ...], ends: list[int]) -> list[tuple[int, bytes]]:
    """Return the lines of a block that hold a needle, and where they stand; `ends` is where lines of it end."""
    done = 0
    lines: list[tuple[int, bytes]] = []
    for hit in _hits(needles, view):
        if hit >= done:
            number = bisect(ends, hit)
            opening, end = ends[number - 1] + 1 if number else 0, ends[number]
            done = end + 1
            lines.append((block.start + opening, bytes(view[opening:end])))
    return lines


def _hits(needles: tuple[bytes, ...], data: memoryview) -> list[int]:
    """Return where needles begin, in order; a search for one of them takes a sixth of that for several at once."""
    if len(needles) > _MOST_SEARCHES or min(map(len, needles)) < _SHORTEST_SEARCH:
        return [hit for _, hit, _ in _finder(needles).find_matches_as_indexes(data)]
    hits: list[int] = []
    for needle in needles:
        found = _places(needle, data)
        hits = sorted(hits + found) if hits and found else hits or found
    return hits


def _places(needle: bytes, data: memoryview) -> list[int]:
    """Return where a needle begins; to count newlines so takes a fifth of the time of bytes.count."""
    return [hit for _, hit, _ in _finder((needle,)).find_matches_as_indexes(data)]


@lru_cache(maxsize=64)
def _finder(needles: tuple[bytes, ...]) -> BytesAhoCorasick:
    return BytesAhoCorasick(list(needles))


def _keep(telling: Telling, calls: list[Told], seq: int) -> None:
    """Count a line that was read: once for each call it tells, and once when it tells none."""
    if not calls:
        telling.pass_over()
    for number, told in enumerate(calls):
        telling.add(seq + number, told)
    telling.surplus += max(0, len(calls) - 1)


def _open(telling: Telling, block: Block, reader: LineReader) -> None:
    """Take a last line without its end in when it tells a call; else leave it, for the rest of it may come yet."""
    line = bytes(block.data)
    if not line.strip(_BLANK):
        return
    try:
        calls = reader.read(line) if any(needle in line for needle in reader.needles) else []
    except BrokenRecordError:
        calls = []
    if calls:
        _keep(telling, calls, block.start)
        telling.end, telling.tail = block.start + block.length, tail_of(line)
    else:
        telling.is_cut = True


def _of_document(agent: Agent, path: str, stream: Readable) -> Iterator[Telling]:
    data = filled(stream, LARGEST_DOCUMENT + 1)
    if len(data) > LARGEST_DOCUMENT:
        telling = Telling(end=len(data))
        telling.refuse(TOO_LARGE, 1)
        yield telling
        return
    found = agent.document().read(path, data) if agent.document is not None else []
    for telling in of_records(found):
        if not telling.lines:
            telling.pass_over()
        yield telling


def _stood(stream: Readable, plain: IO[bytes] | None, start: int) -> tuple[Readable, int]:
    """Go to `start`, and past the end of a line that was taken in without it; return the stream and where it stands."""
    if not start:
        return stream, 0
    if plain is not None:
        plain.seek(start - 1)
    else:
        _skip(stream, start - 1)
    if stream.read(1) == b"\n":
        return stream, start
    while (byte := stream.read(1)) and byte in b" \t\r":
        start += 1
    return (stream, start + 1) if byte == b"\n" else (Rejoined(byte, stream), start)


def _skip(stream: Readable, size: int) -> None:
    while size and (piece := stream.read(min(size, _PIECE))):
        size -= len(piece)
