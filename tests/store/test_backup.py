"""A copy is whole although others write meanwhile; a restore checks first and throws nothing away."""

from __future__ import annotations

import resource
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tokencli.domain.errors import (
    DamagedLedgerError,
    FileInTheWayError,
    LedgerFullError,
    LedgerLockedError,
    NewerLedgerError,
    NoLedgerError,
    NotALedgerError,
    SameFileError,
)
from tokencli.store.backup import NoBackupError, back_up, check_sound, restore
from tokencli.store.database import open_ledger

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 11, 20, 18, 30, tzinfo=UTC)
WRITE_ON = """
import sys
from tokencli.store.database import open_ledger
with open_ledger(sys.argv[1], write=True) as db:
    number = 0
    while True:
        with db.transaction() as connection:
            for _ in range(10):
                connection.execute("INSERT INTO origin (key, kind) VALUES (?, 'log')", (f"other-{number}",))
                number += 1
        if number == 10:
            print("writing", flush=True)
"""


def put(path: Path, *keys: str) -> None:
    with open_ledger(path, write=True, create=True) as db, db.transaction() as connection:
        connection.executemany("INSERT INTO origin (key, kind) VALUES (?, 'log')", [(key,) for key in keys])


def keys(path: Path) -> list[str]:
    with open_ledger(path, write=False) as db:
        return [key for (key,) in db.connection.execute("SELECT key FROM origin ORDER BY id")]


def names(directory: Path) -> list[str]:
    return sorted(
        path.name for path in directory.iterdir() if not path.name.endswith(("-wal", "-shm", ".lock", ".gate"))
    )


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.db"
    put(path, "a", "b")
    return path


def test_a_copy_is_whole_sound_and_private(ledger: Path, tmp_path: Path) -> None:
    copy = back_up(ledger, tmp_path / "copies" / "monday.db")
    check_sound(copy)
    assert keys(copy) == ["a", "b"]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert stat.S_IMODE(copy.parent.stat().st_mode) == 0o700
    assert names(copy.parent) == ["monday.db"]


def test_a_copy_holds_whole_transactions_while_another_process_writes(ledger: Path, tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", WRITE_ON, str(ledger)], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "writing\n"
        sizes = [len(keys(back_up(ledger, tmp_path / f"copy-{number}.db"))) for number in range(5)]
        assert writer.poll() is None
        writer.kill()
    for number, size in enumerate(sizes):
        check_sound(tmp_path / f"copy-{number}.db")
        assert size >= 12
        assert size % 10 == 2
    assert sizes == sorted(sizes)


def test_what_is_not_folded_into_the_file_yet_is_in_the_copy(ledger: Path, tmp_path: Path) -> None:
    with open_ledger(ledger, write=True) as db:
        with db.transaction() as connection:
            connection.execute("INSERT INTO origin (key, kind) VALUES ('in the wal', 'log')")
        assert keys(back_up(ledger, tmp_path / "copy.db")) == ["a", "b", "in the wal"]


def test_a_file_in_the_way_is_kept_unless_forced(ledger: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    target.write_text("something dear")
    with pytest.raises(FileInTheWayError, match=r"copy\.db exists already"):
        back_up(ledger, target)
    assert target.read_text() == "something dear"
    assert keys(back_up(ledger, target, force=True)) == ["a", "b"]


def test_a_ledger_is_never_copied_over_itself(ledger: Path, tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(ledger)
    for target in (ledger, tmp_path / "link.db"):
        with pytest.raises(SameFileError, match="is the ledger itself"):
            back_up(ledger, target, force=True)
    assert keys(ledger) == ["a", "b"]


def test_a_copy_that_finds_no_room_leaves_nothing(ledger: Path, tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (48 * 1024, limits[1]))
    try:
        with pytest.raises(LedgerFullError, match="no copy was made"):
            back_up(ledger, tmp_path / "copy.db")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert names(tmp_path) == ["ledger.db"]


def test_there_is_nothing_to_copy_without_a_ledger(tmp_path: Path) -> None:
    with pytest.raises(NoLedgerError):
        back_up(tmp_path / "ledger.db", tmp_path / "copy.db")
    assert names(tmp_path) == []


def test_a_restore_brings_the_copy_back_and_keeps_what_was_there(ledger: Path, tmp_path: Path) -> None:
    copy = back_up(ledger, tmp_path / "copy.db")
    put(ledger, "later")
    kept = restore(ledger, copy, at=AT)
    assert kept == tmp_path / "ledger.db.bak-20261120T183000Z"
    assert (keys(ledger), keys(kept), keys(copy)) == (["a", "b"], ["a", "b", "later"], ["a", "b"])
    assert stat.S_IMODE(ledger.stat().st_mode) == 0o600
    put(ledger, "goes on")
    assert keys(ledger) == ["a", "b", "goes on"]


def test_a_restore_to_an_empty_place_keeps_nothing(ledger: Path, tmp_path: Path) -> None:
    assert restore(tmp_path / "new" / "ledger.db", ledger, at=AT) is None
    assert keys(tmp_path / "new" / "ledger.db") == ["a", "b"]


def test_a_restore_waits_for_writers_and_then_gives_up(ledger: Path, tmp_path: Path) -> None:
    copy = back_up(ledger, tmp_path / "copy.db")
    with open_ledger(ledger, write=True) as db:
        with db.transaction(), pytest.raises(LedgerLockedError):
            restore(ledger, copy, at=AT, wait_s=0.1)
        with pytest.raises(LedgerLockedError):
            restore(ledger, copy, at=AT, wait_s=0.1)
    assert names(tmp_path) == ["copy.db", "ledger.db"]
    assert keys(ledger) == ["a", "b"]


def test_a_restore_does_not_pull_the_ledger_from_under_a_reader(ledger: Path, tmp_path: Path) -> None:
    copy = back_up(ledger, tmp_path / "copy.db")
    with open_ledger(ledger, write=False) as db, db.reading() as connection:
        connection.execute("SELECT * FROM origin").fetchone()
        with pytest.raises(LedgerLockedError):
            restore(ledger, copy, at=AT, wait_s=0.1)
    assert names(tmp_path) == ["copy.db", "ledger.db"]


def test_a_damaged_ledger_can_be_replaced_and_is_kept(ledger: Path, tmp_path: Path) -> None:
    copy = back_up(ledger, tmp_path / "copy.db")
    with ledger.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * 4000)
    kept = restore(ledger, copy, at=AT)
    assert keys(ledger) == ["a", "b"]
    assert kept is not None
    assert kept.read_bytes()[100:4100] == b"\xff" * 4000


def test_a_damaged_copy_is_refused_and_nothing_changes(ledger: Path, tmp_path: Path) -> None:
    copy = back_up(ledger, tmp_path / "copy.db")
    with copy.open("r+b") as file:
        file.seek(3 * 4096)
        file.write(b"\xff" * 4096)
    with pytest.raises(DamagedLedgerError):
        restore(ledger, copy, at=AT)
    assert names(tmp_path) == ["copy.db", "ledger.db"]
    assert keys(ledger) == ["a", "b"]


def test_a_copy_with_rows_that_point_to_nothing_is_refused(ledger: Path, tmp_path: Path) -> None:
    copy = back_up(ledger, tmp_path / "copy.db")
    with closing(sqlite3.connect(copy)) as connection, connection:
        connection.execute("INSERT INTO event (id, occurred_at, facet_id) VALUES (1, 1, 99)")
    with pytest.raises(DamagedLedgerError, match="a row of event points to a facet that is not there"):
        restore(ledger, copy, at=AT)


def test_what_is_no_copy_is_refused(ledger: Path, tmp_path: Path) -> None:
    (tmp_path / "x.log").write_text("a log")
    with pytest.raises(NotALedgerError):
        restore(ledger, tmp_path / "x.log", at=AT)
    with pytest.raises(NoBackupError):
        restore(ledger, tmp_path / "gone.db", at=AT)
    with pytest.raises(SameFileError):
        restore(ledger, ledger, at=AT)
    copy = back_up(ledger, tmp_path / "copy.db")
    with closing(sqlite3.connect(copy)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0099'")
    with pytest.raises(NewerLedgerError):
        restore(ledger, copy, at=AT)
    assert keys(ledger) == ["a", "b"]


def test_a_foreign_file_in_the_ledgers_place_is_not_moved(ledger: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("something dear")
    with pytest.raises(NotALedgerError):
        restore(tmp_path / "notes.txt", ledger, at=AT)
    assert (tmp_path / "notes.txt").read_text() == "something dear"


def test_a_copy_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    put(tmp_path / "ledger.db", "a")
    with pytest.raises(NoBackupError, match=r"there is no backup file .*nope\.db: name a copy that") as raised:
        restore(tmp_path / "ledger.db", tmp_path / "nope.db", at=AT)
    assert raised.value.exit_code == 4
    assert keys(tmp_path / "ledger.db") == ["a"]
