"""A ledger opens whole and private; readers never wait, writers take turns, and no foreign file is touched."""

from __future__ import annotations

import errno
import os
import resource
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tokencli.domain.errors import (
    DamagedLedgerError,
    LedgerAccessError,
    LedgerFullError,
    LedgerLockedError,
    NewerLedgerError,
    NoLedgerError,
    NotALedgerError,
    UnsupportedLedgerError,
)
from tokencli.store.database import open_ledger
from tokencli.store.versions import HEAD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WRITE = """
import sys
from tokencli.store.database import open_ledger
with open_ledger(sys.argv[1], write=True, create=True) as db:
    for line in sys.stdin:
        with db.transaction() as connection:
            connection.execute("INSERT INTO origin (key, kind) VALUES (?, 'log')", (line.strip(),))
            if line.startswith("hold"):
                print("holding", flush=True)
                sys.stdin.readline()
        print("done", flush=True)
"""
CREATE = """
import sys
from tokencli.store.database import open_ledger
sys.stdin.readline()
with open_ledger(sys.argv[1], write=True, create=True) as db:
    print(db.connection.execute("SELECT value FROM meta WHERE key = 'ledger_id'").fetchone()[0])
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def ledger(path: Path) -> Path:
    open_ledger(path, write=True, create=True).close()
    return path


class Writer:
    """Another process that writes a row for each line it gets, and can be told to stop in the middle of one."""

    def __init__(self, path: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", WRITE, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def say(self, line: str) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def end(self) -> None:
        self.process.communicate(timeout=30)


@pytest.fixture
def writer(ledger: Path) -> Iterator[Writer]:
    started = Writer(ledger)
    assert started.say("first") == "done"
    yield started
    if started.process.poll() is None:
        started.end()


def keys(path: Path) -> list[str]:
    with open_ledger(path, write=False) as db, db.reading() as connection:
        return [key for (key,) in connection.execute("SELECT key FROM origin ORDER BY id")]


def test_a_new_ledger_is_private_stamped_and_alone_in_its_directory(tmp_path: Path) -> None:
    path = tmp_path / "data" / "tokencli" / "ledger.db"
    with open_ledger(path, write=True, create=True) as db:
        assert db.connection.execute("SELECT version_num FROM alembic_version").fetchone() == (HEAD,)
        assert len(db.connection.execute("SELECT value FROM meta WHERE key = 'ledger_id'").fetchone()[0]) == 32
        with db.transaction() as connection:
            connection.execute("INSERT INTO origin (key, kind) VALUES ('a', 'log')")
        for file in path.parent.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
    assert sorted(file.name for file in path.parent.iterdir()) == ["ledger.db", "ledger.db.lock", "ledger.db.lock.gate"]
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_ledger_that_is_there_is_never_made_anew(ledger: Path) -> None:
    with open_ledger(ledger, write=True) as db, db.transaction() as connection:
        connection.execute("INSERT INTO origin (key, kind) VALUES ('a', 'log')")
    open_ledger(ledger, write=True, create=True).close()
    assert keys(ledger) == ["a"]


def test_processes_that_make_the_same_ledger_at_once_get_one(path: Path) -> None:
    makers = [
        subprocess.Popen(
            [sys.executable, "-c", CREATE, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    ids = {maker.communicate("go\n", timeout=60)[0].strip() for maker in makers}
    assert [maker.returncode for maker in makers] == [0] * 4
    assert len(ids) == 1


def test_an_empty_file_becomes_a_ledger_when_asked_to_write(path: Path) -> None:
    path.touch()
    with pytest.raises(NotALedgerError):
        open_ledger(path, write=False)
    open_ledger(path, write=True, create=True).close()
    assert keys(path) == []


@pytest.mark.parametrize("write", [True, False])
def test_a_ledger_that_is_not_there_is_not_made_unasked(path: Path, *, write: bool) -> None:
    with pytest.raises(
        NoLedgerError, match="'tokencli serve', 'tokencli session new' and 'tokencli ingest LOG' begin one"
    ):
        open_ledger(path, write=write)
    assert not list(path.parent.iterdir())


def test_writers_are_durable(ledger: Path) -> None:
    with open_ledger(ledger, write=True) as db:
        assert db.connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert db.connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_a_ledger_copied_in_another_journal_mode_becomes_wal_again(ledger: Path) -> None:
    with closing(sqlite3.connect(ledger)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    assert keys(ledger) == []
    with open_ledger(ledger, write=True) as db:
        assert db.connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_readers_cannot_write(ledger: Path) -> None:
    with open_ledger(ledger, write=False) as db:
        with pytest.raises(LedgerAccessError, match="readonly"), db.transaction() as connection:
            connection.execute("INSERT INTO origin (key, kind) VALUES ('a', 'log')")
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            db.connection.execute("DELETE FROM meta")


def test_readers_do_not_wait_for_a_writer_and_see_only_what_is_committed(ledger: Path, writer: Writer) -> None:
    assert writer.say("hold") == "holding"
    assert keys(ledger) == ["first"]
    assert writer.say("go") == "done"
    assert keys(ledger) == ["first", "hold"]


def test_queries_that_belong_together_see_one_state(ledger: Path, writer: Writer) -> None:
    count = "SELECT count(*) FROM origin"
    with open_ledger(ledger, write=False) as db:
        with db.reading() as connection:
            before = connection.execute(count).fetchone()
            assert writer.say("second") == "done"
            assert connection.execute(count).fetchone() == before == (1,)
        assert db.connection.execute(count).fetchone() == (2,)


def test_a_second_writer_is_told_so_in_time(ledger: Path, writer: Writer) -> None:
    assert writer.say("hold") == "holding"
    with open_ledger(ledger, write=True, wait_s=0.1) as db:
        with pytest.raises(LedgerLockedError, match=r"waited 0\.1 s"), db.transaction():
            pytest.fail("two processes write at once")
        assert writer.say("go") == "done"
        with db.transaction() as connection:
            connection.execute("INSERT INTO origin (key, kind) VALUES ('mine', 'log')")
    assert keys(ledger) == ["first", "hold", "mine"]


def test_a_lock_of_sqlite_itself_is_told_in_the_same_way(ledger: Path) -> None:
    with closing(sqlite3.connect(ledger, isolation_level=None)) as foreign:
        foreign.execute("BEGIN IMMEDIATE")
        with open_ledger(ledger, write=True, wait_s=0.1) as db, pytest.raises(LedgerLockedError), db.transaction():
            pytest.fail("two connections write at once")
        foreign.execute("ROLLBACK")


def test_what_a_killed_writer_committed_stays_and_the_rest_never_was(ledger: Path, writer: Writer) -> None:
    assert writer.say("hold") == "holding"
    writer.process.kill()
    writer.process.communicate(timeout=30)
    assert keys(ledger) == ["first"]
    with open_ledger(ledger, write=True, wait_s=0) as db, db.transaction() as connection:
        connection.execute("INSERT INTO origin (key, kind) VALUES ('after', 'log')")
    assert keys(ledger) == ["first", "after"]


def test_an_error_inside_a_transaction_undoes_all_of_it(ledger: Path) -> None:
    def fail() -> None:
        with open_ledger(ledger, write=True) as db, db.transaction() as connection:
            connection.execute("INSERT INTO origin (key, kind) VALUES ('a', 'log')")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert keys(ledger) == []


OTHER = """
import sys
from tokencli.store.database import open_ledger
with open_ledger(sys.argv[1], write=True) as database, database.transaction() as connection:
    connection.execute("INSERT INTO origin (key, kind) VALUES ('theirs', 'log')")
"""


def test_a_process_that_looks_at_its_ledger_keeps_sqlites_locks_on_it(ledger: Path) -> None:
    """Closing any handle of a file would drop them all: another process would then throw our WAL away."""
    with open_ledger(ledger, write=True) as database:
        open_ledger(ledger, write=False).close()
        subprocess.run([sys.executable, "-c", OTHER, str(ledger)], check=True)
        with database.transaction() as connection:
            connection.execute("INSERT INTO origin (key, kind) VALUES ('ours', 'log')")
        subprocess.run([sys.executable, "-c", OTHER.replace("theirs", "later"), str(ledger)], check=True)
        assert sorted(keys(ledger)) == ["later", "ours", "theirs"]
    assert sorted(keys(ledger)) == ["later", "ours", "theirs"]


def test_an_attempt_that_fails_undoes_itself_and_nothing_else(ledger: Path) -> None:
    insert = "INSERT INTO meta VALUES (?, ?)"
    with open_ledger(ledger, write=True) as database:
        with database.transaction() as connection:
            connection.execute(insert, ("before", "1"))
            with pytest.raises(sqlite3.IntegrityError), database.attempt():
                connection.executemany(insert, [("inside", "1"), ("inside", "2")])
            with database.attempt():
                connection.execute(insert, ("after", "1"))
        keys = {key for (key,) in database.connection.execute("SELECT key FROM meta")}
    assert keys >= {"before", "after"}
    assert "inside" not in keys


def test_a_disk_that_is_full_ends_more_than_the_attempt(ledger: Path) -> None:
    with open_ledger(ledger, write=True) as database:
        (pages,) = database.connection.execute("PRAGMA page_count").fetchone()
        database.connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(LedgerFullError), database.transaction() as connection, database.attempt():
            connection.execute("INSERT INTO meta VALUES ('big', zeroblob(100000))")
        assert database.connection.execute("SELECT count(*) FROM meta WHERE key = 'big'").fetchone() == (0,)


def test_an_error_of_the_callers_own_files_is_not_taken_for_the_ledgers(ledger: Path) -> None:
    with open_ledger(ledger, write=True) as db, pytest.raises(FileNotFoundError), db.transaction():
        raise FileNotFoundError(errno.ENOENT, "the log is gone")


def test_a_full_disk_says_how_far_it_came_and_keeps_what_was_committed(ledger: Path) -> None:
    with open_ledger(ledger, write=True) as db:
        with db.transaction() as connection:
            connection.execute("INSERT INTO origin (key, kind) VALUES ('kept', 'log')")
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, limits[1]))
        try:
            with (
                pytest.raises(LedgerFullError, match=r"everything up to line 7 stays\. Free some space"),
                db.transaction("everything up to line 7 stays") as connection,
            ):
                connection.execute("INSERT INTO meta VALUES ('much', hex(zeroblob(20000000)))")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        with db.transaction() as connection:
            connection.execute("INSERT INTO origin (key, kind) VALUES ('later', 'log')")
    assert keys(ledger) == ["kept", "later"]


def test_a_ledger_that_finds_no_room_is_not_made_by_halves(path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8 * 1024, limits[1]))
    try:
        with pytest.raises(LedgerFullError, match="no ledger was made"):
            open_ledger(path, write=True, create=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert sorted(file.name for file in path.parent.iterdir()) == ["ledger.db.lock", "ledger.db.lock.gate"]


def foreign_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE costs (id INTEGER PRIMARY KEY, total_cost REAL)")


def half_a_ledger(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.execute("CREATE TABLE meta (key TEXT, value TEXT)")


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda path: path.write_text("2026-11-20 INFO a log\n"), "it is not a SQLite database"),
        (lambda path: path.write_bytes(bytes(5000)), "it is not a SQLite database"),
        (foreign_database, "it is a SQLite database of another program"),
        (half_a_ledger, "it is a SQLite database of another program"),
    ],
)
def test_a_file_that_is_something_else_is_refused_and_stays_as_it_was(path: Path, make: object, why: str) -> None:
    assert callable(make)
    make(path)
    content, time_ns = path.read_bytes(), path.stat().st_mtime_ns
    for write in (True, False):
        with pytest.raises(NotALedgerError, match=why):
            open_ledger(path, write=write, create=write)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (content, time_ns)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotALedgerError, match="it is a directory"):
        open_ledger(tmp_path, write=True, create=True)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(NotALedgerError, match="it is not a regular file"):
        open_ledger(tmp_path / "pipe", write=False)
    (tmp_path / "file").touch()
    with pytest.raises(LedgerAccessError, match="Not a directory"):
        open_ledger(tmp_path / "file" / "ledger.db", write=True, create=True)


def test_a_damaged_ledger_is_said_to_be_so(ledger: Path) -> None:
    with ledger.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * 4000)
    with pytest.raises(DamagedLedgerError, match="tokencli db restore FILE"):
        open_ledger(ledger, write=False)


def test_a_newer_ledger_is_refused_by_readers_and_writers(ledger: Path) -> None:
    with closing(sqlite3.connect(ledger)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0099'")
    for write in (True, False):
        with pytest.raises(NewerLedgerError, match="upgrade tokencli to the version that wrote it"):
            open_ledger(ledger, write=write)


def test_another_kind_of_database_is_refused() -> None:
    with pytest.raises(UnsupportedLedgerError, match="postgresql ledgers are not supported in this version"):
        open_ledger("postgresql://me@localhost/ledger", write=False)


def test_names_with_signs_of_urls_are_names(tmp_path: Path) -> None:
    path = tmp_path / "a b?mode=memory#x%20.db"
    open_ledger(path, write=True, create=True).close()
    assert keys(path) == []
    assert path.exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_ledger_on_a_read_only_medium_can_be_read(ledger: Path) -> None:
    ledger.parent.chmod(0o500)
    try:
        assert keys(ledger) == []
        with pytest.raises(LedgerAccessError), open_ledger(ledger, write=True) as db, db.transaction():
            pytest.fail("nothing can be written here")
    finally:
        ledger.parent.chmod(0o700)


def test_opening_a_ledger_loads_nothing_slow(ledger: Path) -> None:
    script = (
        "import sys; from tokencli.store.database import open_ledger; open_ledger(sys.argv[1], write=True).close();"
        "print([name for name in ('sqlalchemy', 'sqlmodel', 'alembic', 'pydantic') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script, str(ledger)], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
