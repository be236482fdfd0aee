"""Migrations end where schema.sql begins; an upgrade keeps what was there, or changes nothing."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tokencli.domain.errors import NewerLedgerError, OlderLedgerError
from tokencli.store import database, known, upgrade
from tokencli.store.answers import first_with_answer
from tokencli.store.conversation import sum_of_conversation
from tokencli.store.database import open_ledger
from tokencli.store.schema import SCHEMA_FILE
from tokencli.store.upgrade import MIGRATIONS, migrate
from tokencli.store.versions import HEAD, KNOWN

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 11, 20, 18, 30, tzinfo=UTC)
NEXT = """
from alembic import op
import sqlalchemy as sa
revision = "9999"
down_revision = "{before}"
def upgrade():
    op.create_table("extra", sa.Column("id", sa.Integer(), primary_key=True))
    op.execute({statement!r})
"""

ROWS = (
    "INSERT INTO origin (key, kind) VALUES ('0123456789ab', 'log')",
    (
        "INSERT INTO facet (id, key, source, operation_name, tags, basis, cost_status, finish)"
        " VALUES (1, 'f', 'proxy', 'chat', '{}', 'reported', 'priced', 'ok')"
    ),
    "INSERT INTO event (id, occurred_at, facet_id, input_tokens, output_tokens) VALUES (1099511627776, 5, 1, 10, 5)",
    (
        "INSERT INTO event_detail (event_id, response_id, record_id, conversation_id)"
        " VALUES (1099511627776, 'msg_1', 'r1', 'c1')"
    ),
)


def tables_of(connection: sqlite3.Connection) -> dict[str, str]:
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    return {name: "".join(str(sql).split()) for name, sql in rows}


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.db"
    with open_ledger(path, write=True, create=True) as db, db.transaction() as connection:
        connection.execute("INSERT INTO origin (key, kind) VALUES ('0123456789ab', 'log')")
    return path


def know_a_next_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, statement: str) -> None:
    migrations = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, migrations)
    (migrations / "versions" / "r9999_next.py").write_text(NEXT.format(before=HEAD, statement=statement))
    for module in (database, upgrade):
        monkeypatch.setattr(module, "HEAD", "9999")
        monkeypatch.setattr(module, "KNOWN", (*KNOWN, "9999"))
    monkeypatch.setattr(upgrade, "MIGRATIONS", migrations)


def test_migrations_make_the_same_tables_as_a_new_ledger() -> None:
    with (
        closing(sqlite3.connect(":memory:", isolation_level=None)) as migrated,
        closing(sqlite3.connect(":memory:")) as new,
    ):
        migrate(migrated)
        new.executescript(SCHEMA_FILE.read_text(encoding="utf-8"))
        assert tables_of(migrated) == tables_of(new)
        assert migrated.execute("SELECT version_num FROM alembic_version").fetchall() == [(HEAD,)]


def test_nothing_is_done_to_a_ledger_of_today(ledger: Path) -> None:
    result = upgrade.upgrade(ledger, at=AT)
    assert (result.before, result.after, result.backup) == (HEAD, HEAD, None)
    assert not list(ledger.parent.glob("*.bak-*"))


def test_an_older_ledger_is_refused_until_it_is_upgraded_and_a_copy_is_kept(
    ledger: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    know_a_next_schema(tmp_path, monkeypatch, "SELECT 1")
    for write in (False, True):
        with pytest.raises(OlderLedgerError, match="run 'tokencli db upgrade' first"):
            open_ledger(ledger, write=write)
    result = upgrade.upgrade(ledger, at=AT)
    assert result.backup == str(tmp_path / "ledger.db.bak-20261120T183000Z")
    with open_ledger(ledger, write=False) as db:
        assert db.connection.execute("SELECT key FROM origin").fetchall() == [("0123456789ab",)]
        assert db.connection.execute("SELECT count(*) FROM extra").fetchone() == (0,)
    with closing(sqlite3.connect(result.backup)) as copy:
        assert copy.execute("SELECT version_num, key FROM alembic_version, origin").fetchall() == [
            (HEAD, "0123456789ab")
        ]


@pytest.mark.parametrize("schema", KNOWN[:-1])
def test_a_ledger_of_an_earlier_version_gets_the_tables_of_today_and_keeps_its_rows(
    tmp_path: Path, schema: str
) -> None:
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine

    path = tmp_path / "first.db"
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as link:
        config.attributes["connection"] = link
        command.upgrade(config, schema)
        link.exec_driver_sql("INSERT INTO meta VALUES ('ledger_id', 'abc')")
        for statement in ROWS:
            link.exec_driver_sql(statement)
    engine.dispose()
    assert upgrade.upgrade(path, at=AT).before == schema
    with closing(sqlite3.connect(path)) as upgraded, closing(sqlite3.connect(":memory:")) as new:
        new.executescript(SCHEMA_FILE.read_text(encoding="utf-8"))
        assert tables_of(upgraded) == tables_of(new)
        assert upgraded.execute("SELECT key FROM origin").fetchall() == [("0123456789ab",)]
        assert upgraded.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert first_with_answer(upgraded, "msg_1") == 2**40
        assert known.record_ids(upgraded, ["r1"]) == {"r1"}
        found = sum_of_conversation(upgraded, "c1")
        assert found is not None
        assert (found.requests, found.tokens) == (1, 15)


def test_a_migration_that_fails_leaves_the_ledger_as_it_was(
    ledger: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(sqlite3.connect(ledger)) as before:
        expected = tables_of(before)
    know_a_next_schema(tmp_path, monkeypatch, "SELECT * FROM nowhere")
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        upgrade.upgrade(ledger, at=AT)
    with closing(sqlite3.connect(ledger)) as after:
        assert tables_of(after) == expected
        assert after.execute("SELECT version_num FROM alembic_version").fetchall() == [(HEAD,)]


def test_a_newer_ledger_is_not_touched(ledger: Path) -> None:
    with closing(sqlite3.connect(ledger)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0099'")
    with pytest.raises(NewerLedgerError, match="has schema 0099, and this tokencli knows schemas up to"):
        upgrade.upgrade(ledger, at=AT)
