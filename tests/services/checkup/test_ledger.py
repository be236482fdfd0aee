"""The ledger's file: none, a sound one, one that others read, an older one, one that is damaged."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tokencli.domain.checkup import CheckLine, State
from tokencli.services.checkup.ledger import ledger_lines
from tokencli.services.spool import Aside, keep_aside
from tokencli.store.database import SYNCHRONOUS, open_ledger

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.db"
    open_ledger(path, write=True, create=True).close()
    return path


def lines_of(path: Path) -> list[CheckLine]:
    return ledger_lines(str(path), now=NOW)


def test_none_yet_is_no_problem(tmp_path: Path) -> None:
    (line,) = lines_of(tmp_path / "ledger.db")
    assert (line.state, line.message) == (State.SKIPPED, f"{tmp_path}/ledger.db: none yet")
    assert not (tmp_path / "ledger.db").exists()


def test_a_sound_one_tells_its_mode_its_schema_and_how_it_commits(ledger: Path) -> None:
    first, second = lines_of(ledger)
    assert (first.state, first.message) == (State.OK, f"{ledger}, 0 calls")
    assert "mode 0600, pages sound" in second.message
    assert second.message.endswith(f"synchronous={SYNCHRONOUS}, SQLite {sqlite3.sqlite_version}")


def test_one_that_others_can_read_is_a_warning_with_the_command(ledger: Path) -> None:
    ledger.chmod(0o644)
    line = lines_of(ledger)[2]
    assert (line.state, line.next_step) == (State.WARNING, f"Run: chmod 600 {ledger}")


def test_lines_that_no_ledger_took_are_a_problem(ledger: Path) -> None:
    keep_aside(ledger, [Aside(b"{}", "no such thing")])
    assert lines_of(ledger)[-1].state is State.PROBLEM


def test_an_older_one_names_the_upgrade(ledger: Path) -> None:
    with closing(sqlite3.connect(ledger)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
        connection.commit()
    (line,) = lines_of(ledger)
    assert line.state is State.PROBLEM
    assert "tokencli db upgrade" in line.next_step


def test_what_is_no_ledger_and_what_is_damaged_are_problems(ledger: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    other.write_text("hello", encoding="utf-8")
    (line,) = lines_of(other)
    assert line.state is State.PROBLEM
    data = bytearray(ledger.read_bytes())
    data[3 * 4096 : 9 * 4096] = b"\xff" * (6 * 4096)
    ledger.write_bytes(data)
    (line,) = lines_of(ledger)
    assert line.state is State.PROBLEM
    assert "damaged" in line.message
