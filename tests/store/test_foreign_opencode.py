"""The rows of opencode's database."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tokencli.store.foreign_file import ForeignDatabaseError
from tokencli.store.foreign_opencode import rows

if TYPE_CHECKING:
    from pathlib import Path

MESSAGE = "CREATE TABLE message (id TEXT PRIMARY KEY, session_id TEXT, time_created INTEGER, data TEXT)"


def database(path: Path, *statements: str) -> str:
    with closing(sqlite3.connect(path)) as writer:
        for statement in statements:
            writer.execute(statement)
        writer.commit()
    return str(path)


def test_messages_come_in_the_order_of_their_ids_with_what_their_session_says(tmp_path: Path) -> None:
    path = database(
        tmp_path / "a.db",
        MESSAGE,
        "CREATE TABLE session (id TEXT PRIMARY KEY, parent_id TEXT, directory TEXT, version TEXT)",
        "INSERT INTO session VALUES ('s', 'p', '/src', '1.2')",
        "INSERT INTO message VALUES ('m2', 'gone', 2, '{}'), ('m1', 's', 1, '{\"a\":1}')",
    )
    assert list(rows(path)) == [("m1", "s", '{"a":1}', "/src", "1.2", "p"), ("m2", "gone", "{}", None, None, None)]


@pytest.mark.parametrize("session", ["CREATE TABLE session (id TEXT)", "CREATE TABLE other (id TEXT)"])
def test_a_session_table_of_another_version_says_less(tmp_path: Path, session: str) -> None:
    path = database(tmp_path / "a.db", MESSAGE, session, "INSERT INTO message VALUES ('m', 's', 1, '{}')")
    assert list(rows(path)) == [("m", "s", "{}", None, None, None)]


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ForeignDatabaseError, match="no messages"):
        list(rows(database(tmp_path / "a.db", "CREATE TABLE message (text TEXT)")))
