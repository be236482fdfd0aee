"""Many rows by few statements: each step of SQLite passes the interpreter's lock on, and gets it back only later.

A statement is made for 1, 2, 4 ... 128 rows, so that few different ones exist and stay prepared.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

_MOST: Final = 128
_WORTH_A_LOOK: Final = 64
_USUAL: Final = (0, 1)


def insert(connection: sqlite3.Connection, table: str, rows: Sequence[Sequence[object]], rest: str = "") -> None:
    """Insert rows of one table, whole or of the columns named behind its name; it and the statement's `rest` are ours.

    None of the rows is there yet, unless the rest says what to do then.
    """
    if not rows:
        return
    if len(rows) < _WORTH_A_LOOK or None not in rows[0]:
        _insert(connection, table, [*chain.from_iterable(rows)], ["?"] * len(rows[0]), rest)
    else:
        insert_columns(connection, table, list(zip(*rows, strict=True)), rest)


def insert_columns(
    connection: sqlite3.Connection, table: str, columns: Sequence[Sequence[object]], rest: str = ""
) -> None:
    """Insert rows as `insert` does that are given column by column, all of them of one length.

    Where all have the same usual value in a column, the statement says so: to hand a None to SQLite takes ten times as
    long as a number, for it might be an object of somebody's own, and a number longer than nothing.
    """
    marks = ["?", *map(_mark, columns[1:])]
    kept = [column for column, mark in zip(columns, marks, strict=True) if mark == "?"]
    values: list[object] = [None] * (len(kept) * len(kept[0]))
    for place, column in enumerate(kept):
        values[place :: len(kept)] = column
    _insert(connection, table, values, marks, rest)


def _mark(column: Sequence[object]) -> str:
    """Return what stands for a column's values in a statement: themselves, where all are the same usual one."""
    first = column[0] if column else None
    is_usual = first is None or (first.__class__ is int and first in _USUAL)
    if not is_usual or column.count(first) < len(column):
        return "?"
    return "NULL" if first is None else str(first)


def _insert(connection: sqlite3.Connection, table: str, values: list[object], marks: list[str], rest: str) -> None:
    """Insert rows, their values one after the other; a row has as many of them as there are question marks."""
    done, width, row = 0, marks.count("?"), ", ".join(marks)
    for size in _sizes(len(values) // width):
        connection.execute(_insertion(table, row, size, rest), values[done : done + size * width])
        done += size * width


def delete(connection: sqlite3.Connection, table: str, numbers: Sequence[int]) -> None:
    """Delete the rows of one table that have these ids; one that is not there changes nothing."""
    done = 0
    for size in _sizes(len(numbers)):
        connection.execute(_deletion(table, size), numbers[done : done + size])
        done += size


@lru_cache(maxsize=1024)
def _sizes(count: int) -> tuple[int, ...]:
    """Return powers of two, none above 128, that add up to a count; the largest first."""
    whole, rest = divmod(count, _MOST)
    powers = (1 << power for power in reversed(range(_MOST.bit_length() - 1)))
    return (_MOST,) * whole + tuple(size for size in powers if rest & size)


@lru_cache(maxsize=256)
def _insertion(table: str, marks: str, count: int, rest: str) -> str:
    return f"INSERT INTO {table} VALUES {', '.join([f'({marks})'] * count)}{rest}"  # noqa: S608 - our own tables


@lru_cache(maxsize=64)
def _deletion(table: str, count: int) -> str:
    return f"DELETE FROM {table} WHERE id IN ({', '.join('?' * count)})"  # noqa: S608 - our own tables
