"""What is fuzzed: every meter and every reader of the registries, and what stands before them.

A target takes any bytes, and raises where a promise is broken: a meter raises nothing and tells the same however its
bytes are cut; a reader refuses what it cannot read by its own errors and raises nothing else; counts are never negative
and no part is above its whole. A target's input is all that a run depends on, so that a saved one shows a defect again.
"""

from __future__ import annotations

import io
import json
import sys
from contextlib import contextmanager
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast
from unittest.mock import patch
from zlib import crc32

from tests.fuzz.checks import check, check_batch, check_invoice, check_reading, check_told, check_usage
from tokencli.domain.errors import InputError
from tokencli.readers import cost_log, entries, invoice, otlp_protobuf
from tokencli.readers.agent_log import Agent, QuickReader
from tokencli.readers.agent_scan import of_lines
from tokencli.readers.agents import AGENTS
from tokencli.readers.content import damage_of, filled, packing_of, unpacked
from tokencli.readers.lines import blocks
from tokencli.readers.otlp import OtlpDocument
from tokencli.readers.scan import Scanner
from tokencli.readers.told import BrokenRecordError
from tokencli.wire import decoding
from tokencli.wire.registry import APIS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tokencli.readers.agent_log import LineReader
    from tokencli.readers.content import Readable
    from tokencli.wire.reading import Meter, Reading

BESIDE: Final = b"\n\x1e\n"
"""What stands behind it in an input is the content of any file that a reader looks for beside its own."""
KINDS: Final = ("text/event-stream", "application/json", "", "text/event-stream; charset=utf-8")
SIGNALS: Final = ("traces", "logs", "metrics")
WIDTHS: Final = {"cost-table": 11, "metrics-table": 16, "llm": 9, "opencode": 6}
"""How many cells the store puts in a row of each format; rows of others are taken as they come."""
_BYTE_BY_BYTE: Final = 300
_MOST: Final = 1 << 18
_NEIGHBOURS: Final = ("neighbour", "_small")


class Target(NamedTuple):
    """One thing to fuzz. `separator` stands between the records of its inputs, None where each is one document.

    `module` is where it is made: its names are the dictionary. `is_text` is False for what is no text at all. `like`
    names the target whose first inputs it has.
    """

    name: str
    run: Callable[[bytes], None]
    module: str
    separator: bytes | None = b"\n"
    is_text: bool = True
    like: str | None = None


def targets() -> dict[str, Target]:
    """Return all targets by name; a meter that serves several APIs is one."""
    meters = dict.fromkeys(api.meter for api in APIS.values())
    codes = {type(make(1)).__name__: name for name, make in decoding._LAYERS.items()}
    found = [
        *(Target(name_of_meter(meter), partial(_meter, meter), meter.__module__, b"\n\n") for meter in meters),
        *(Target(f"code{kind}".lower(), partial(_code, codes[kind]), __name__, None, is_text=False) for kind in codes),
        *map(_of_agent, AGENTS),
        *map(_of_quick_agent, filter(is_quick, AGENTS)),
        Target("claims", _claims, Agent.__module__),
        Target(cost_log.NAME, _cost_lines, Scanner.__module__),
        Target("cost-array", _cost_array, entries.__name__, None),
        Target("invoice", _invoice, invoice.__name__),
        Target("otlp-protobuf", _protobuf, otlp_protobuf.__name__, None, is_text=False),
        Target("packed", _packed, packing_of.__module__, None, is_text=False),
    ]
    return {target.name: target for target in found}


def is_quick(agent: Agent) -> bool:
    """Say whether a reader has a shorter way for usual lines, which must tell what the long way does."""
    return agent.lines is not None and isinstance(agent.lines("x", None), QuickReader)


def maker_of(agent: Agent) -> type:
    """Return the class that reads an agent's files."""
    reader: object = agent.lines("x", None) if agent.lines else (agent.document or agent.rows or object)()
    return type(reader)


def name_of(agent: Agent) -> str:
    """Return a target's name; a format may be read in several ways."""
    way = "lines" if agent.lines else "document" if agent.document else "rows"
    return f"{agent.name}-{way}"


@contextmanager
def files_beside() -> Iterator[None]:
    """Let readers find, instead of files beside their own, what stands in the input."""
    with_files = [
        (module, name)
        for module in list(sys.modules.values())
        if getattr(module, "__name__", "").startswith("tokencli.readers.")
        for name in _NEIGHBOURS
        if hasattr(module, name)
    ]
    patches = [patch.object(module, name, lambda _: _held[0]) for module, name in with_files]
    for each in patches:
        each.start()
    try:
        yield
    finally:
        for each in patches:
            each.stop()


_held = [b""]


def name_of_meter(meter: Callable[[str], Meter]) -> str:
    """Return a target's name; several APIs may have one meter."""
    return f"wire_{meter.__module__.rpartition('.')[2]}"


def _of_agent(agent: Agent) -> Target:
    run = _lines if agent.lines else _document if agent.document else _rows
    paths = tuple(_path(pattern) for pattern in agent.patterns)
    is_lines = agent.lines is not None
    return Target(name_of(agent), partial(run, agent, paths), maker_of(agent).__module__, b"\n" if is_lines else None)


def _of_quick_agent(agent: Agent) -> Target:
    return _of_agent(agent)._replace(name=f"{agent.name}-quick", run=partial(_quick, agent), like=name_of(agent))


def _path(pattern: str) -> str:
    return "/nowhere/" + pattern.replace("**", "-home-x/7f3a").replace("*", "2026-01-02")


def _cuts(data: bytes) -> Iterator[bytes]:
    """Cut an input by what it is itself: into single bytes, or at a few places."""
    seed, size = crc32(data), len(data)
    if size <= _BYTE_BY_BYTE and not seed & 0x3F:
        yield from (data[at : at + 1] for at in range(size))
        return
    edges = sorted((seed >> shift) % (size + 1) for shift in (0, 5, 11, 16))
    start = 0
    for end in (*edges, size):
        yield data[start:end]
        start = end


def _meter(begin: Callable[[str], Meter], data: bytes) -> None:
    kind = KINDS[crc32(data) & 3]
    meter = begin(kind)
    meter.observe(data)
    whole = meter.reading(is_complete=True)
    check_reading(whole)
    other = begin(kind)
    middle: Reading | None = None
    for number, piece in enumerate(_cuts(data)):
        other.observe(piece)
        if number == 1:
            middle = other.reading(is_complete=False)
    check(other.is_done == meter.is_done, "the end mark depends on the cuts", data)
    cut = other.reading(is_complete=True)
    check(cut == whole, "another reading by other cuts", (whole, cut))
    if middle is not None:
        check_reading(middle)


def _code(name: str, data: bytes) -> None:
    whole = decoding.decoder(name, _MOST)
    text = whole.feed(data)
    check(len(text) <= _MOST, "above the cap", len(text))
    other = decoding.decoder(name, _MOST)
    pieces = b"".join(map(other.feed, _cuts(data)))
    check(len(pieces) <= _MOST, "above the cap", len(pieces))
    if not (whole.is_broken or whole.is_full):
        check(pieces == text and not other.is_broken, "other bytes by other cuts", (text, pieces))


def _lines(agent: Agent, paths: tuple[str, ...], data: bytes) -> None:
    data, _, _held[0] = data.partition(BESIDE)
    seed = crc32(data)
    path = paths[seed % len(paths)]
    agent.claims(path, data)
    assert agent.lines is not None
    reader = agent.lines(path, None)
    lines = [line for line in data.split(b"\n") if any(needle in line for needle in reader.needles)]
    cut = (seed >> 8) % (len(lines) + 1)
    check_told(told for line in lines[:cut] for told in _read(reader, line))
    if cut == 0 or cut == len(lines):
        check_told(told for line in lines[cut:] for told in _read(reader, line))
        return
    other = agent.lines(path, reader.state)
    for line in lines[cut:]:
        found = _read(reader, line)
        check_told(found)
        again = _read(other, line)
        check(list(map(_shown, found)) == list(map(_shown, again)), "other calls when taken up again", (found, again))
    check(other.state == reader.state, "another state when taken up again", (reader.state, other.state))


def _read(reader: LineReader, line: bytes) -> list[Any]:
    try:
        return reader.read(line)
    except BrokenRecordError as error:
        return [error]


def _shown(found: object) -> object:
    return str(found) if isinstance(found, BrokenRecordError) else found


class _LongWay:
    """A reader whose shorter way is hidden."""

    def __init__(self, reader: LineReader) -> None:
        self.name, self.needles, self.read = reader.name, reader.needles, reader.read
        self._reader = reader

    @property
    def state(self) -> str | None:
        return self._reader.state


class _Trickle:
    """A stream that gives a few bytes at a time."""

    def __init__(self, data: bytes) -> None:
        self._stream, self._size = io.BytesIO(data), 1 + crc32(data) % 300

    def read(self, size: int = -1, /) -> bytes:
        return self._stream.read(min(size, self._size) if size > 0 else self._size)


def _quick(agent: Agent, data: bytes) -> None:
    data, _, _held[0] = data.partition(BESIDE)
    assert agent.lines is not None
    path = _path(agent.patterns[0])
    quick = _scanned_by(agent.lines(path, None), io.BytesIO(data))
    long = _scanned_by(cast("LineReader", _LongWay(agent.lines(path, None))), io.BytesIO(data))
    check(quick == long, "other calls by the shorter way", (quick, long))
    slow = _scanned_by(agent.lines(path, None), _Trickle(data))
    check(quick == slow, "other calls where the bytes come slowly", (quick, slow))


def _scanned_by(reader: LineReader, stream: Readable) -> list[object]:
    (telling,) = of_lines(stream, reader)
    kinds = telling.kinds
    counted = len(telling.calls) + telling.duplicate + telling.other + telling.broken
    check(telling.lines == counted and sum(telling.reasons.values()) == telling.broken, "lines are lost", telling)
    for call in telling.calls:
        check_usage(call.token_usage())
    return [
        *(telling.lines, telling.duplicate, telling.other, telling.broken, bool(telling.first_broken), telling.reasons),
        *(telling.end, telling.is_cut, telling.state, telling.tail),
        *((kinds[call.kind], *call._replace(kind=0)) for call in telling.calls),
    ]


def _claims(data: bytes) -> None:
    path = _path(AGENTS[crc32(data) % len(AGENTS)].patterns[0])
    for agent in AGENTS:
        agent.claims(path, data)


def _document(agent: Agent, paths: tuple[str, ...], data: bytes) -> None:
    data, _, _held[0] = data.partition(BESIDE)
    path = paths[crc32(data) % len(paths)]
    agent.claims(path, data)
    assert agent.document is not None
    check_told(agent.document().read(path, data))


def _rows(agent: Agent, paths: tuple[str, ...], data: bytes) -> None:
    assert agent.rows is not None
    agent.claims(paths[0], b"SQLite format 3\x00" + data)
    check_told(agent.rows().read(paths[0], rows_of(data, WIDTHS.get(agent.name))))


def rows_of(data: bytes, width: int | None) -> list[tuple[object, ...]]:
    """Return rows as SQLite gives them, from a JSON array of arrays; objects in it are JSON text, arrays are blobs."""
    try:
        told = json.loads(data)
    except (ValueError, RecursionError):
        told = [[data.decode("utf-8", "replace")]]
    rows = [row if isinstance(row, list) else [row] for row in told] if isinstance(told, list) else [[told]]
    return [tuple(map(_cell, row if width is None else (row + [None] * width)[:width])) for row in rows]


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**63 else float(value % 2**1000)
    if isinstance(value, float):
        return None if value != value else value  # noqa: PLR0124 - SQLite has no NaN
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if value is None:
        return None
    text = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
    return text if isinstance(value, list) else text.decode()


def _cost_lines(data: bytes) -> None:
    day = date(2026, 1, 2) if crc32(data) & 1 else None
    scanner = Scanner("Europe/Paris", day)
    whole = _scanned(scanner, data, (0, None))
    cut = (crc32(data) >> 3) % (len(data) + 1)
    parts = [*_scanned(scanner, data, (0, cut)), *_scanned(scanner, data, (cut, None))] if cut else whole
    check(parts == whole, "other calls by other cuts", (whole, parts))


def _scanned(scanner: Scanner, data: bytes, part: tuple[int, int | None]) -> list[tuple[object, ...]]:
    start, stop = part
    stream = io.BytesIO(data)
    in_line = cost_log._stand_at(stream, start)
    found: list[tuple[Any, ...]] = []
    for batch in cost_log._lines(scanner, blocks(stream, start, stop, in_line=in_line)):
        check_batch(batch)
        found += [(call[0], call[1], batch.kinds[call[2]], *call[3:]) for call in batch.calls]
        found += [*batch.twins, *batch.notices, *batch.record_ids.items()]
    return sorted(found, key=lambda item: (item[0], str(item)))


def _cost_array(data: bytes) -> None:
    stretch = cost_log.Stretch("-", 0, None, "UTC", None, is_array=False)
    for batch in cost_log._streamed(Scanner("UTC"), stretch, io.BytesIO(b"[" + data)):
        check_batch(batch)


def _invoice(data: bytes) -> None:
    try:
        found = invoice.read_invoice("f.csv", data, zone="Europe/Paris")
    except InputError:
        return
    check_invoice(found)


def _protobuf(data: bytes) -> None:
    try:
        document = otlp_protobuf.as_json(SIGNALS[crc32(data) % len(SIGNALS)], data)
    except BrokenRecordError:
        return
    check_told(OtlpDocument().read("/nowhere/x.json", document))


def _packed(data: bytes) -> None:
    packing = packing_of(data)
    whole = filled(unpacked(io.BytesIO(data), packing), _MOST)[:_MOST]
    stream, left = unpacked(io.BytesIO(data), packing), b""
    size = 1 + crc32(data) % 999
    while len(left) < _MOST and (piece := stream.read(size)):
        left += piece
    left = left[:_MOST]
    if damage_of(stream) is None:
        check(left == whole, "other bytes by other reads", (whole[:99], left[:99]))
    else:  # how much comes out before the damage depends on the reads
        check(left.startswith(whole) or whole.startswith(left), "other bytes by other reads", (whole[:99], left[:99]))
