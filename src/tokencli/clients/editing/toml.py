"""TOML, read by statements with the place of every value; what a change came to is read again before it is given back.

A value is replaced where it stands. A new key goes behind the last one of its table, a new table to the end.
"""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from tokencli.clients.editing.splices import (
    ABSENT,
    Splice,
    UneditableError,
    applied,
    line_end,
    line_start,
    newline_of,
    next_line,
    shown,
    value_at,
    with_value,
    without_value,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tokencli.clients.editing.splices import Path

_STRING = "|".join(  # noqa: FLY002 - four kinds, one a line
    (
        r'"""(?:[^\\]|\\.)*?"{3,5}',
        r"'''.*?'{3,5}",
        r'"(?:[^"\\\n]|\\.)*"',
        r"'[^'\n]*'",
    )
)
_SKIPPED = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_KEY_PART = r"""[ \t]*(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')[ \t]*"""
_KEY = re.compile(rf"{_KEY_PART}(?:\.{_KEY_PART})*")
_TOKEN = re.compile(rf"(?:{_STRING})|#[^\n]*|[\[{{]|[\]}}]|\n|[^\s\[\]{{}}#\"']+|[ \t\r]+|.", re.DOTALL)
_BARE = re.compile(r"[A-Za-z0-9_-]+")


class NotTomlError(UneditableError):
    """A text that is no TOML."""

    def __init__(self, why: str) -> None:
        """Give the parser's reason."""
        super().__init__(f"it is not TOML: {why}")


class NoRoomError(UneditableError):
    """A value that cannot be put in without changing more than its own lines."""

    def __init__(self, path: Path) -> None:
        """Name it."""
        super().__init__(f"{shown(path)} cannot be changed without changing more of it")


class NoTableError(UneditableError):
    """A value that stands where a table has to be."""

    def __init__(self, path: Path) -> None:
        """Name it."""
        super().__init__(f"{shown(path)} is not a table")


class _Statement(NamedTuple):
    """One `key = value`, with the whole path of its key; `value` is where the value stands."""

    path: Path
    start: int
    value: tuple[int, int]


class _Table(NamedTuple):
    """One [table], in which the statements stand; the first one has no head."""

    path: Path
    start: int
    end: int
    is_list: bool
    statements: list[_Statement]


def load(text: str) -> dict[str, Any]:
    """Return the plain values of a text; raise NotTomlError when it is none."""
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise NotTomlError(str(error)) from None


def source_at(text: str, path: Path) -> str | None:
    """Return a value as it is written; None when there is none, or when it is a whole table."""
    load(text)
    found = _statement(text, path)
    return None if found is None else text[slice(*found.value)]


def put(text: str, path: Path, value: Any, source: str | None = None) -> str:
    """Return a text with a value at a path.

    Raises:
        NotTomlError: the text is no TOML.
        NoTableError: something else stands where the value's table would be.
        NoRoomError: the value has no place of its own, for example inside a table written in one line.
    """
    values = load(text)
    for above in (path[:depth] for depth in range(1, len(path))):
        if not isinstance(value_at(values, above), dict) and value_at(values, above) is not ABSENT:
            raise NoTableError(above)
    found = _statement(text, path)
    if found is not None:
        changed = applied(text, [Splice(*found.value, source or _written(value))])
    elif value_at(values, path) is not ABSENT:
        raise NoRoomError(path)
    else:
        changed = _added(text, path, source or _written(value))
    wanted = with_value(values, path, value if source is None else tomllib.loads(f"a = {source}")["a"])
    return _checked(changed, wanted, path)


def drop(text: str, path: Path) -> str:
    """Return a text without a value, and without the head of its table when nothing else is below it.

    The blank line that `put` sets apart a new table, or the first key of all, goes with it.
    """
    values = load(text)
    if value_at(values, path) is ABSENT:
        return text
    found = _statement(text, path)
    if found is None:
        raise NoRoomError(path)
    table = next(each for each in _tables(text) if found in each.statements)
    wanted = without_value(values, path)
    end = next_line(text, found.value[1])
    is_first = found.start == 0 and len(table.statements) == 1
    cut = [Splice(found.start, next_line(text, end) if is_first and _is_blank_line(text, end) else end, "")]
    below = text[table.end : next((each.start for each in _tables(text) if each.start > table.start), len(text))]
    if table.path and table.path == path[:-1] and len(table.statements) == 1 and "#" not in below:
        before = line_start(text, table.start - 1) if table.start else 0
        start = before if table.start and _is_blank_line(text, before) else table.start
        cut.append(Splice(start, next_line(text, table.end), ""))
        wanted = _without_empty(
            wanted, table.path, {each.path for each in _tables(text) if each is not table} - {table.path}
        )
    return _checked(applied(text, cut), wanted, path)


def _is_blank_line(text: str, place: int) -> bool:
    end = next_line(text, place)
    return end > place and not text[place:end].strip()


def _without_empty(values: Any, path: Path, written: set[Path]) -> Any:
    """Return values without the tables that nothing is left of: those that have no head of their own."""
    while path and path not in written and value_at(values, path) == {}:
        values, path = without_value(values, path), path[:-1]
    return values


def _checked(changed: str, wanted: Mapping[str, Any], path: Path) -> str:
    try:
        is_as_wanted = tomllib.loads(changed) == wanted
    except tomllib.TOMLDecodeError:
        is_as_wanted = False
    if not is_as_wanted:
        raise NoRoomError(path)
    return changed


def _added(text: str, path: Path, written: str) -> str:
    line = newline_of(text)
    tables = _tables(text)
    holder = next((each for each in tables if each.path == path[:-1] and not each.is_list), None)
    said = f"{_key(path[-1:])} = {written}{line}"
    if holder is None:
        gap = "" if not text else line if text.endswith("\n") else line * 2
        return f"{text}{gap}[{_key(path[:-1])}]{line}{said}"
    last = holder.statements[-1].value[1] if holder.statements else holder.end
    if not holder.statements and not holder.path:
        return said + (line if text else "") + text
    place = next_line(text, line_end(text, last))
    before = "" if text[:place].endswith("\n") else line
    return applied(text, [Splice(place, place, before + said)])


def _statement(text: str, path: Path) -> _Statement | None:
    return next(
        (one for table in _tables(text) if not table.is_list for one in table.statements if one.path == path), None
    )


def _tables(text: str) -> list[_Table]:
    """Return the tables of a text that is TOML, with their statements."""
    tables = [_Table((), 0, 0, is_list=False, statements=[])]
    place = _skip(text, 0)
    while place < len(text):
        if text[place] == "[":
            is_list = text.startswith("[[", place)
            key = _KEY.match(text, place + 1 + is_list)
            end = key.end() if key else place + 1
            tables.append(_Table(_parts(key), place, end + 1 + is_list, is_list=is_list, statements=[]))
            place = end + 1 + is_list
        else:
            key = _KEY.match(text, place)
            start = _blank(text, (key.end() if key else place) + 1)
            end = _value_end(text, start)
            tables[-1].statements.append(_Statement((*tables[-1].path, *_parts(key)), place, (start, end)))
            place = end
        place = _skip(text, place)
    return tables


def _value_end(text: str, place: int) -> int:
    depth, end = 0, place
    for token in _TOKEN.finditer(text, place):
        sign = token[0]
        if not depth and (sign == "\n" or sign.startswith("#")):
            break
        depth += (sign in "[{") - (sign in "]}")
        if sign.strip():
            end = token.end()
    return end


def _parts(key: re.Match[str] | None) -> tuple[str, ...]:
    values: Any = tomllib.loads(f"{key[0]} = 0") if key else {}
    parts: list[str] = []
    while isinstance(values, dict) and values:
        held = cast("dict[str, Any]", values)
        parts.append(next(iter(held)))
        values = held[parts[-1]]
    return tuple(parts)


def _blank(text: str, place: int) -> int:
    while text[place : place + 1] in {" ", "\t"}:
        place += 1
    return place


def _skip(text: str, place: int) -> int:
    match = _SKIPPED.match(text, place)
    return match.end() if match else place


def _key(path: Path) -> str:
    return ".".join(part if _BARE.fullmatch(part) else json.dumps(part) for part in map(str, path))


def _written(value: Any) -> str:
    return json.dumps(value)
