"""A ledger without calls is filled without a WAL: as durable, as whole, and nobody else is in the way of it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tokencli.store.database import open_ledger

if TYPE_CHECKING:
    from pathlib import Path

FILL = """
import os, sys
from tokencli.store.database import open_ledger
with open_ledger(sys.argv[1], write=True) as db, db.transaction(is_large=True) as connection:
    print(connection.execute("PRAGMA journal_mode").fetchone()[0], flush=True)
    rows = int(sys.argv[2])
    connection.executemany(
        "INSERT INTO origin (key, kind, detail) VALUES (?, 'log', ?)", ((f"{n}", "x" * 9000) for n in range(rows))
    )
    print("holding", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.db"
    open_ledger(path, write=True, create=True).close()
    return path


def keys(path: Path) -> list[str]:
    with open_ledger(path, write=False) as db:
        return [key for (key,) in db.connection.execute("SELECT key FROM origin ORDER BY id")]


def test_a_first_filling_writes_no_wal_and_is_as_durable(ledger: Path) -> None:
    with open_ledger(ledger, write=True) as db:
        with db.transaction(is_large=True) as connection:
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
            assert connection.execute("PRAGMA synchronous").fetchone() == (3,)
            connection.execute("INSERT INTO origin (key, kind) VALUES ('first', 'log')")
        assert db.connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert db.connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert keys(ledger) == ["first"]


def test_only_a_ledger_without_calls_that_nobody_else_has_open_is_filled_so(ledger: Path) -> None:
    with open_ledger(ledger, write=True) as db, open_ledger(ledger, write=False) as other:
        assert other.connection.execute("SELECT count(*) FROM event").fetchone() == (0,)
        with db.transaction(is_large=True) as connection:
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
            connection.execute("INSERT INTO origin (id, key, kind) VALUES (1, 'first', 'log')")
        assert other.connection.execute("SELECT count(*) FROM origin").fetchone() == (1,)
    with open_ledger(ledger, write=True) as db:
        with db.transaction() as connection:
            facet = ", ".join("?" for _ in connection.execute("PRAGMA table_info(facet)").fetchall())
            values = [1, "k", "s", None, "chat", *[None] * 6, "{}", "reported", "listed", "ok", None, None, None]
            connection.execute(f"INSERT INTO facet VALUES ({facet})", values)
            connection.execute("INSERT INTO event (id, occurred_at, facet_id) VALUES (1, 1, 1)")
        with db.transaction(is_large=True) as connection:
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


@pytest.mark.parametrize("write", [True, False])
@pytest.mark.parametrize("rows", [1, 4000])
def test_a_first_filling_that_was_killed_never_was(ledger: Path, rows: int, *, write: bool) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", FILL, str(ledger), str(rows)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert [process.stdout.readline() for _ in range(2)] == ["delete\n", "holding\n"]
        process.kill()
    journal = ledger.with_name(f"{ledger.name}-journal")
    assert journal.exists()
    assert (ledger.stat().st_size > 9_000_000) == (rows > 1)
    with open_ledger(ledger, write=write) as db:
        assert db.connection.execute("SELECT count(*) FROM origin").fetchone() == (0,)
        assert db.connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    with open_ledger(ledger, write=True) as db:
        assert db.connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert not journal.exists()


def test_a_reader_leaves_a_first_filling_that_goes_on_alone(ledger: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", FILL, str(ledger), "1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert [process.stdout.readline() for _ in range(2)] == ["delete\n", "holding\n"]
        assert keys(ledger) == []
        process.communicate("go on\n")
    assert process.returncode == 0
    assert keys(ledger) == ["0"]
