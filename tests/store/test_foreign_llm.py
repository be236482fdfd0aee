"""The rows of llm's database."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tokencli.store.foreign_file import ForeignDatabaseError
from tokencli.store.foreign_llm import rows

if TYPE_CHECKING:
    from pathlib import Path


def database(path: Path, *statements: str) -> str:
    with closing(sqlite3.connect(path)) as writer:
        for statement in statements:
            writer.execute(statement)
        writer.commit()
    return str(path)


def test_a_response_comes_without_its_text(tmp_path: Path) -> None:
    path = database(
        tmp_path / "logs.db",
        "CREATE TABLE responses (id TEXT PRIMARY KEY, model TEXT, prompt TEXT, response TEXT, conversation_id TEXT,"
        " duration_ms INTEGER, datetime_utc TEXT, input_tokens INTEGER, output_tokens INTEGER, token_details TEXT)",
        "INSERT INTO responses VALUES ('a', 'm', 'secret', 'secret', 'c', 9, '2025-01-01T00:00:00', 5, 2, '{}')",
    )
    assert list(rows(path)) == [("a", "m", None, "c", "2025-01-01T00:00:00", 9, 5, 2, "{}")]


def test_an_older_version_counts_no_tokens(tmp_path: Path) -> None:
    path = database(
        tmp_path / "logs.db",
        "CREATE TABLE responses (id TEXT, model TEXT, datetime_utc TEXT)",
        "INSERT INTO responses VALUES ('b', 'm', 't'), ('a', 'm', 't')",
    )
    assert list(rows(path)) == [(name, "m", None, None, "t", None, None, None, None) for name in ("a", "b")]


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ForeignDatabaseError, match="no responses"):
        list(rows(database(tmp_path / "a.db", "CREATE TABLE responses (text TEXT)")))
