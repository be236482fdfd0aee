from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tokencli.store import log_files
from tokencli.store.log_files import LogFile

if TYPE_CHECKING:
    from tokencli.store.database import Database

FILE = LogFile(
    path="/logs/a.log",
    origin_id=1,
    device=7,
    inode=8,
    size=100,
    mtime_ns=9,
    offset=90,
    line_count=3,
    head_bytes=90,
    head_digest="head",
    tail_digest="90:tail",
    format="cost-line",
    options="{}",
    updated_at=1,
)


@pytest.fixture
def filled(db: Database) -> Database:
    with db.transaction() as connection:
        for key in ("a", "b"):
            connection.execute("INSERT INTO origin (key, kind) VALUES (?, 'log')", (key,))
        log_files.save(connection, [FILE])
    return db


def test_what_was_saved_is_read_back(filled: Database) -> None:
    assert log_files.latest_at(filled.connection, FILE.path) == FILE
    assert log_files.latest_at(filled.connection, "/logs/b.log") is None


def test_same_content_at_the_same_path_is_one_row_that_moves_on(filled: Database) -> None:
    with filled.transaction() as connection:
        log_files.save(connection, [FILE._replace(offset=95, updated_at=2)])
    assert log_files.latest_at(filled.connection, FILE.path) == FILE._replace(offset=95, updated_at=2)
    assert filled.connection.execute("SELECT count(*) FROM log_file").fetchone() == (1,)


def test_newest_content_at_a_path_is_the_one_found(filled: Database) -> None:
    new = FILE._replace(origin_id=2, offset=5, head_bytes=5)
    with filled.transaction() as connection:
        log_files.save(connection, [new])
    assert log_files.latest_at(filled.connection, FILE.path) == new
    with filled.transaction() as connection:
        log_files.save(connection, [FILE._replace(updated_at=3)])
    assert log_files.latest_at(filled.connection, FILE.path) == FILE._replace(updated_at=3)


def test_contents_are_found_by_how_they_begin_furthest_read_first(filled: Database) -> None:
    further = FILE._replace(path="/logs/b.log", offset=95)
    other = FILE._replace(path="/logs/c.log", head_bytes=10, head_digest="other")
    without = FILE._replace(path="/logs/d.log", head_bytes=0, head_digest=None)
    with filled.transaction() as connection:
        for file in (further, other, without):
            log_files.save(connection, [file])
    assert log_files.head_sizes(filled.connection) == [10, 90]
    assert log_files.with_head(filled.connection, 90, "head") == [further, FILE]
    assert log_files.with_head(filled.connection, 90, "other") == []


def test_content_is_continued_where_another_file_of_its_origin_went_further(filled: Database) -> None:
    with filled.transaction() as connection:
        log_files.save(connection, [FILE._replace(path="/logs/b.log", origin_id=2, offset=200)])
    assert not log_files.is_continued(filled.connection, FILE)
    with filled.transaction() as connection:
        log_files.save(connection, [FILE._replace(path="/logs/b.log", offset=91)])
    assert log_files.is_continued(filled.connection, FILE)


def test_the_newest_facts_of_every_file_come_at_once(filled: Database) -> None:
    with filled.transaction() as connection:
        log_files.save(connection, [FILE._replace(origin_id=2, size=200, updated_at=5, state="7")])
        log_files.save(connection, [FILE._replace(path="/logs/b.log")])
    assert log_files.facts(filled.connection) == {FILE.path: (7, 8, 200, 9), "/logs/b.log": (7, 8, 100, 9)}
    known = log_files.latest_at(filled.connection, FILE.path)
    assert known is not None
    assert known.state == "7"
