from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tokencli.store import many_rows

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as made:
        made.execute("CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT)")
        yield made


def things(connection: sqlite3.Connection) -> list[tuple[int, str | None]]:
    return connection.execute("SELECT * FROM thing ORDER BY id").fetchall()


@pytest.mark.parametrize("count", [0, 1, 2, 3, 63, 64, 65, 127, 128, 200, 300])
def test_any_number_of_rows_goes_in_and_out(connection: sqlite3.Connection, count: int) -> None:
    rows = [(number, None if number % 5 else f"name {number}") for number in range(count)]
    many_rows.insert(connection, "thing", rows)
    assert things(connection) == rows
    many_rows.delete(connection, "thing", [number for number in range(count) if number % 2] + [5000])
    assert things(connection) == rows[::2]


@pytest.mark.parametrize("count", [1, 63, 64, 300])
def test_columns_without_a_value_in_any_row_are_null(connection: sqlite3.Connection, count: int) -> None:
    connection.execute("CREATE TABLE wide (a, b, c, d)")
    rows = [(number, None, None if number else 0, number or None) for number in range(count)]
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    many_rows.insert(connection, "wide", rows)
    connection.set_trace_callback(None)
    assert connection.execute("SELECT * FROM wide ORDER BY a").fetchall() == rows
    assert "NULL" in statements[0]
    many_rows.insert(connection, "wide(d, a)", [(None, -1 - number) for number in range(count)])
    named = connection.execute("SELECT d, a FROM wide WHERE a < 0 ORDER BY a DESC").fetchall()
    assert named == [(None, -1 - number) for number in range(count)]


@pytest.mark.parametrize(
    ("column", "mark"),
    [([0, 0], "0"), ([1, 1], "1"), ([None, None], "NULL"), ([0, 1], "?"), ([7, 7], "?"), (["1"], "?"), ([True], "?")],
)
def test_what_all_rows_have_in_a_column_is_not_handed_over_row_by_row(column: list[object], mark: str) -> None:
    assert many_rows._mark(column) == mark


@pytest.mark.parametrize("count", [1, 63, 300])
def test_a_usual_value_of_all_rows_stands_in_the_statement(connection: sqlite3.Connection, count: int) -> None:
    connection.execute("CREATE TABLE wide (a, b, c, d, e, f)")
    columns = [range(count), [0] * count, [1] * count, [7] * count, ["1"] * count, [None, *[0] * (count - 1)]]
    many_rows.insert_columns(connection, "wide", columns)
    rows = connection.execute("SELECT * FROM wide ORDER BY a").fetchall()
    assert rows == list(zip(*columns, strict=True))
    assert [{type(value) for value in column} for column in zip(*rows, strict=True)][:5] == [{int}] * 4 + [{str}]
    many_rows.insert_columns(connection, "wide", [[] for _ in columns])
    assert connection.execute("SELECT count(*) FROM wide").fetchone() == (count,)


def test_rows_without_any_value_are_rows(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE bare (a, b)")
    many_rows.insert(connection, "bare", [(None, None)] * 100)
    assert connection.execute("SELECT count(*), max(a), max(b) FROM bare").fetchone() == (100, None, None)


def test_a_hundred_rows_take_three_statements(connection: sqlite3.Connection) -> None:
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    many_rows.insert(connection, "thing", [(number, "x") for number in range(100)])
    assert len(statements) == 3


def test_a_row_that_is_there_is_an_error(connection: sqlite3.Connection) -> None:
    many_rows.insert(connection, "thing", [(1, "a")])
    with pytest.raises(sqlite3.IntegrityError):
        many_rows.insert(connection, "thing", [(2, "b"), (1, "c")])
    assert things(connection) == [(1, "a")]
