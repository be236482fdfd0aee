"""Tables of calls that nobody has a reader for: CSV with a line of headings, and JSON lines, by their columns.

A quoted cell of a CSV may go over several lines: only the cells that tell something are kept meanwhile, never the
text of others.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar, Final

import msgspec

from tokencli.readers.agent_fields import BYTE_ORDER_MARK, NO_JSON, OTHER_SHAPE
from tokencli.readers.table_columns import chosen, is_table, lacking, told_of
from tokencli.readers.told import BrokenRecordError, Told

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CSV: Final = "csv"
JSONL: Final = "jsonl"
NAMES: Final = frozenset({CSV, JSONL})
_DELIMITERS: Final = ("\t", ";", ",")
_LONGEST_CELL: Final = 4096
_MOST_COLUMNS: Final = 1024
_DEEPEST: Final = 3


class TableState(msgspec.Struct, omit_defaults=True):
    """What is needed to go on: the mapping, the columns, a row that is not at its end, and equal rows of one time."""

    mapping: dict[str, str] = {}
    delimiter: str = ","
    columns: list[str] = []
    lack: str | None = None
    is_quoted: bool = False
    column: int = 0
    cells: dict[str, str] = {}
    at: int = 0
    seen: dict[str, int] = {}


_state = msgspec.json.Decoder(TableState)
_object = msgspec.json.Decoder(dict[str, Any])


def state_of(mapping: Mapping[str, str]) -> str:
    """Return the state in which a reader begins with a mapping of the user's."""
    return msgspec.json.encode(TableState(mapping=dict(mapping))).decode()


def is_begun_so(state: str | None, begin: str | None) -> bool:
    """Say whether a file that was read up to a state was begun in the state `begin`, that is with its mapping."""
    if begin is None or state is None:
        return begin is None
    try:
        return _state.decode(state).mapping == _state.decode(begin).mapping
    except ValueError:
        return False


class _Table:
    """What both kinds have in common."""

    name: ClassVar[str]

    def __init__(self, path: str, state: str | None) -> None:
        """Begin with a mapping, or go on in the middle of a file."""
        del path
        self._now = _state.decode(state) if state else TableState()

    @property
    def state(self) -> str | None:
        """Return what is needed to go on."""
        return msgspec.json.encode(self._now).decode() if self._now != TableState() else None

    def _told(self, cells: dict[str, str]) -> list[Told]:
        """Return the call of a row. Equal rows of one time, one after the other, are told apart by their order."""
        told, now = told_of(cells), self._now
        if told.at != now.at:
            now.at, now.seen = told.at, {}
        if cells.get("id"):
            return [told]
        number = now.seen[told.key] = now.seen.get(told.key, 0) + 1
        return [told if number == 1 else msgspec.structs.replace(told, key=f"{told.key}:{number}")]


class CsvReader(_Table):
    """Reads a CSV."""

    name: ClassVar[str] = CSV
    needles: ClassVar[tuple[bytes, ...]] = (b",", b";", b"\t", b'"')

    def read(self, line: bytes) -> list[Told]:
        """Return the call of the row that ends with a line."""
        now, written = self._now, line.removeprefix(BYTE_ORDER_MARK).decode("utf-8", "replace").rstrip("\r\n")
        if not now.columns:
            return self._begin(written)
        if now.lack:
            raise BrokenRecordError(now.lack)
        kept = {name: what for what, name in chosen(now.columns, now.mapping).items()}
        for cell, is_over in _cells(written, now.delimiter, now.is_quoted):
            name = now.columns[now.column] if now.column < len(now.columns) else ""
            if (what := kept.get(name)) is not None:
                now.cells[what] = (now.cells.get(what, "") + cell)[:_LONGEST_CELL].strip()
            now.is_quoted = not is_over
            now.column += is_over
        if now.is_quoted:
            return []
        cells, count = now.cells, now.column
        now.cells, now.column = {}, 0
        if count != len(now.columns):
            raise BrokenRecordError(OTHER_SHAPE)
        return self._told(cells)

    def _begin(self, headings: str) -> list[Told]:
        now = self._now
        now.delimiter = max(_DELIMITERS, key=headings.count)
        now.columns = [cell.strip() for cell, _ in _cells(headings, now.delimiter, is_quoted=False)][:_MOST_COLUMNS]
        now.lack = lacking(chosen(now.columns, now.mapping), now.mapping)
        return []


class JsonlReader(_Table):
    """Reads JSON lines; a column inside an object is named with a dot, such as usage.prompt_tokens."""

    name: ClassVar[str] = JSONL
    needles: ClassVar[tuple[bytes, ...]] = (b":",)

    def read(self, line: bytes) -> list[Told]:
        """Return the call of a line."""
        try:
            row = dict(_flat(_object.decode(line.removeprefix(BYTE_ORDER_MARK))))
        except (ValueError, RecursionError):
            raise BrokenRecordError(NO_JSON) from None
        mapping = self._now.mapping
        found = chosen(row, mapping)
        if not found.keys() & {"input", "uncached_input", "output", "cost", *mapping}:
            return []
        if lack := lacking(found, {}):
            raise BrokenRecordError(lack)
        return self._told({what: row[name] for what, name in found.items()})


def claims_csv(path: str, head: bytes) -> bool:
    """Say whether a file is a CSV that is understood by its headings."""
    del path
    first = head.removeprefix(BYTE_ORDER_MARK).partition(b"\n")[0].decode("utf-8", "replace").rstrip("\r")
    if first.startswith(("{", "[")) or len(first) > _LONGEST_CELL:
        return False
    delimiter = max(_DELIMITERS, key=first.count)
    return is_table(cell for cell, _ in _cells(first, delimiter, is_quoted=False))


def claims_jsonl(path: str, head: bytes) -> bool:
    """Say whether a file has JSON lines that are understood by their names."""
    del path
    first = head.removeprefix(BYTE_ORDER_MARK).partition(b"\n")[0]
    try:
        return is_table(name for name, _ in _flat(_object.decode(first)))
    except (ValueError, RecursionError):
        return False


def _cells(line: str, delimiter: str, is_quoted: bool) -> Iterator[tuple[str, bool]]:  # noqa: FBT001
    """Yield each cell of a line and whether it is over; a line may begin and end inside of a quoted one."""
    place, size = 0, len(line)
    while place <= size:
        if not is_quoted and line[place : place + 1] == '"':
            is_quoted, place = True, place + 1
        if is_quoted:
            found = _END_OF_QUOTED.match(line, place)
            text, place = (found[1], found.end()) if found else (line[place:], size + 1)
            if not found:
                yield text.replace('""', '"'), False
                return
            is_quoted = False
            after = line.find(delimiter, place)
            place = size + 1 if after < 0 else after + 1
            yield text.replace('""', '"'), True
        else:
            after = line.find(delimiter, place)
            yield line[place : size if after < 0 else after], True
            place = size + 1 if after < 0 else after + 1


_END_OF_QUOTED: Final = re.compile(r'((?:[^"]|"")*+)"(?!")')


def _flat(row: Mapping[str, Any], before: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Yield the values of an object and of those inside it, as text."""
    for name, value in row.items():
        if isinstance(value, dict):
            if depth < _DEEPEST:
                yield from _flat(value, f"{before}{name}.", depth + 1)  # pyright: ignore[reportUnknownArgumentType]
        elif isinstance(value, str | int | float) and not isinstance(value, bool):
            yield f"{before}{name}", value if isinstance(value, str) else repr(value)
