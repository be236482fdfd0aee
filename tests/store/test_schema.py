"""schema.sql says what the classes say; a ledger made from it is empty, stamped and closed to wrong rows."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tokencli.store import schema
from tokencli.store.versions import HEAD

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def empty() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.executescript(schema.SCHEMA_FILE.read_text(encoding="utf-8"))
    return connection


def test_schema_file_is_what_the_classes_say() -> None:
    assert schema.SCHEMA_FILE.read_text(encoding="utf-8") == schema.ddl()


def test_a_new_ledger_is_stamped_with_the_newest_revision(empty: sqlite3.Connection) -> None:
    assert empty.execute("SELECT version_num FROM alembic_version").fetchall() == [(HEAD,)]


def test_every_class_has_its_table(empty: sqlite3.Connection) -> None:
    names = {name for (name,) in empty.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert names == {
        "alembic_version",
        "arrival",
        "estimate",
        "event",
        "event_detail",
        "facet",
        "identity",
        "intent",
        "log_file",
        "logged_price",
        "meta",
        "notice",
        "origin",
        "past_charge",
        "price",
        "repricing",
        "rollup",
        "session",
        "sighting",
    }


@pytest.mark.parametrize("table", ["event", "notice", "event_detail"])
def test_row_numbers_are_the_rows_own_place(empty: sqlite3.Connection, table: str) -> None:
    key = "event_id" if table == "event_detail" else "id"
    (plan,) = empty.execute(f"EXPLAIN QUERY PLAN SELECT * FROM {table} WHERE {key} = 1").fetchall()
    assert "INTEGER PRIMARY KEY" in plan[3]


def test_no_money_or_time_column_can_hold_a_binary_fraction_unnoticed(empty: sqlite3.Connection) -> None:
    for (table,) in empty.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        for _, name, kind, *_ in empty.execute(f"PRAGMA table_info({table})"):
            if name.endswith(("_pico", "_at", "_us", "_tokens")):
                assert kind == "BIGINT", f"{table}.{name}"


def test_writing_the_file_again_changes_nothing(tmp_path: Path) -> None:
    package = tmp_path / "tokencli"
    (package / "store").mkdir(parents=True)
    for name in ("__init__.py", "store/__init__.py", "store/schema.py", "store/versions.py"):
        source = schema.SCHEMA_FILE.parent.parent / name
        (package / name).write_bytes(source.read_bytes())
    subprocess.run([sys.executable, "-m", "tokencli.store.schema"], cwd=tmp_path, check=True, timeout=60)
    assert (package / "store" / "schema.sql").read_bytes() == schema.SCHEMA_FILE.read_bytes()
