"""A ledger can be looked at from outside, whatever its schema, without being changed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tokencli.domain.errors import NewerLedgerError, NotALedgerError
from tokencli.store import inspect as module
from tokencli.store.database import open_ledger
from tokencli.store.inspect import inspect
from tokencli.store.versions import HEAD

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tokencli.store.database import Database

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_a_ledger_with_calls_says_how_many_and_from_when_to_when(
    db: Database, add: Callable[..., None], call: Any
) -> None:
    add(call(at=NOW), call(at=NOW - timedelta(days=3)))
    found = inspect(db.place)
    assert (found.calls, found.first_call, found.last_call) == (2, NOW - timedelta(days=3), NOW)
    assert (found.path, found.schema, found.known_schema) == (str(db.path), HEAD, HEAD)
    assert (found.mode, found.sqlite, found.synchronous) == (0o600, sqlite3.sqlite_version, "FULL")
    assert found.bytes == db.path.stat().st_size
    assert found.wal_bytes > 0
    assert datetime.fromisoformat(found.created_at or "").tzinfo == UTC


def test_an_empty_ledger_covers_nothing(db: Database) -> None:
    found = inspect(db.place)
    assert (found.calls, found.first_call, found.last_call, found.wal_bytes) == (0, None, None, 0)


def test_an_older_ledger_can_be_looked_at(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HEAD", "9999")
    monkeypatch.setattr(module, "KNOWN", (HEAD, "9999"))
    assert not inspect(db.place).is_current


def test_a_newer_ledger_and_a_foreign_file_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    open_ledger(path, write=True, create=True).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0099'")
    with pytest.raises(NewerLedgerError):
        inspect(path)
    (tmp_path / "x.log").write_text("a log")
    with pytest.raises(NotALedgerError):
        inspect(tmp_path / "x.log")
