from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.foreign_databases import cockpit, cost_row, make
from tokencli.store.foreign_file import ForeignDatabaseError, columns, opened, quoted

if TYPE_CHECKING:
    from pathlib import Path


def rows(path: Path) -> int:
    with opened(str(path)) as connection:
        return int(connection.execute("SELECT count(*) FROM costs").fetchone()[0])


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.endswith("-shm")}


def test_reading_changes_nothing_beside_or_in_the_file(tmp_path: Path) -> None:
    path = cockpit(tmp_path / "a.db", cost_row())
    before = files(tmp_path)
    assert rows(path) == 1
    assert files(tmp_path) == before


def test_a_file_in_wal_mode_that_nobody_has_open_gets_no_files_beside_it(tmp_path: Path) -> None:
    path = make(cockpit(tmp_path / "a.db", cost_row()), "PRAGMA journal_mode = WAL")
    before = set(tmp_path.iterdir()), path.read_bytes()
    assert rows(path) == 1
    assert (set(tmp_path.iterdir()), path.read_bytes()) == before


def test_rows_that_stand_in_the_wal_of_a_running_program_are_seen(tmp_path: Path) -> None:
    path = make(cockpit(tmp_path / "a.db", cost_row()), "PRAGMA journal_mode = WAL")
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("INSERT INTO costs (model) VALUES ('m')")
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO costs (model) VALUES ('not committed')")
        before = files(tmp_path)
        assert rows(path) == 2
        assert files(tmp_path) == before
        writer.execute("COMMIT")
    assert rows(path) == 3


def test_a_file_whose_program_has_it_open_and_has_written_nothing_yet_is_read_as_it_is_then(tmp_path: Path) -> None:
    path = make(cockpit(tmp_path / "a.db", cost_row()), "PRAGMA journal_mode = WAL")
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("SELECT count(*) FROM costs").fetchone()
        with opened(str(path)) as reader:
            assert reader.execute("SELECT count(*) FROM costs").fetchone() == (1,)
            writer.execute("INSERT INTO costs (model) VALUES ('m')")
            writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            assert reader.execute("SELECT count(*) FROM costs").fetchone() == (1,)
        assert rows(path) == 2


def test_what_a_dead_program_left_in_its_wal_is_read_from_a_copy(tmp_path: Path) -> None:
    path = make(cockpit(tmp_path / "a.db", cost_row()), "PRAGMA journal_mode = WAL")
    left = tmp_path / "left"
    left.mkdir()
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("INSERT INTO costs (model) VALUES ('m')")
        for name in ("a.db", "a.db-wal"):
            (left / name).write_bytes((tmp_path / name).read_bytes())
    before = files(left)
    assert rows(left / "a.db") == 2
    assert files(left) == before
    assert not (left / "a.db-shm").exists()


def test_a_file_that_is_being_written_is_read_as_it_was_committed(tmp_path: Path) -> None:
    path = cockpit(tmp_path / "a.db", cost_row())
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO costs (model) VALUES ('m')")
        before = files(tmp_path)
        assert rows(path) == 1
        assert files(tmp_path) == before
        writer.execute("COMMIT")
    assert rows(path) == 2


def test_what_a_dead_program_left_half_written_is_read_as_it_was_before(tmp_path: Path) -> None:
    path = cockpit(tmp_path / "a.db", *(cost_row(session="s" * 900) for _ in range(400)))
    left = tmp_path / "left"
    left.mkdir()
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("PRAGMA cache_size = 10")
        writer.execute("BEGIN EXCLUSIVE")
        writer.execute("DELETE FROM costs")
        writer.execute("INSERT INTO costs (model) SELECT randomblob(500) FROM pragma_table_info('costs')")
        writer.execute("UPDATE costs SET session_id = hex(randomblob(1000))")
        for name in ("a.db", "a.db-journal"):
            (left / name).write_bytes((tmp_path / name).read_bytes())
    before = files(left)
    assert rows(left / "a.db") == 400
    assert files(left) == before


def test_nothing_can_be_written(tmp_path: Path) -> None:
    path = cockpit(tmp_path / "a.db", cost_row())
    with pytest.raises(ForeignDatabaseError, match="readonly"), opened(str(path)) as connection:
        connection.execute("DELETE FROM costs")
    assert rows(path) == 1


HEAD = b"SQLite format 3\x00"


@pytest.mark.parametrize("content", [b"", b"hello", HEAD, HEAD + b"\x10", HEAD + b"\xff" * 200])
def test_what_cannot_be_read_is_said_in_words(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(content)
    with pytest.raises(ForeignDatabaseError, match=r"a\.db cannot be read"):
        rows(path)
    with pytest.raises(ForeignDatabaseError, match="No such file"):
        rows(tmp_path / "none.db")


def test_a_schema_that_is_no_text_is_said_to_be_damaged(tmp_path: Path) -> None:
    path = cockpit(tmp_path / "a.db", cost_row())
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE costs", b"CREATE TAB\xff\xff costs"))
    with pytest.raises(ForeignDatabaseError, match="damaged"):
        rows(path)


def test_text_that_is_no_utf_8_is_read_all_the_same(tmp_path: Path) -> None:
    path = make(cockpit(tmp_path / "a.db"), "INSERT INTO costs (model) VALUES (CAST(X'67fe' AS TEXT))")
    with opened(str(path)) as connection:
        assert connection.execute("SELECT model FROM costs").fetchone() == ("g\ufffd",)


def test_columns_are_found_in_any_case_and_quoted(tmp_path: Path) -> None:
    path = make(tmp_path / "a.db", 'CREATE TABLE t ("Total ""Cost" REAL)')
    with opened(str(path)) as connection:
        assert columns(connection, "t") == {'total "cost': 'Total "Cost'}
        assert columns(connection, "none") == {}
    assert quoted('a"b') == '"a""b"'
