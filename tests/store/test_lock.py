"""Writers of one ledger take turns, across processes; a dead one holds nothing."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tokencli.domain.errors import LedgerAccessError, LedgerLockedError
from tokencli.store.lock import WriterLock, gate_path

if TYPE_CHECKING:
    from pathlib import Path

HOLD = """
import sys
from pathlib import Path
from tokencli.store.lock import WriterLock
with WriterLock(Path(sys.argv[1]), "ledger.db", wait_s=0).held():
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db.lock"


def other_process(path: Path) -> subprocess.Popen[str]:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


def test_another_process_is_waited_for_no_longer_than_told(path: Path) -> None:
    with other_process(path) as holder:
        started = time.monotonic()
        with (
            pytest.raises(LedgerLockedError, match=r"ledger\.db is being written by another process \(waited 0\.2 s\)"),
            WriterLock(path, "ledger.db", wait_s=0.2).held(),
        ):
            pytest.fail("two processes hold one lock")
        assert 0.2 <= time.monotonic() - started < 5
        holder.communicate("go\n", timeout=30)


def test_the_lock_is_taken_as_soon_as_it_is_free(path: Path) -> None:
    with other_process(path) as holder:
        assert holder.stdin is not None
        holder.stdin.write("go\n")
        holder.stdin.flush()
        with WriterLock(path, "ledger.db", wait_s=30).held():
            pass


def test_a_killed_process_holds_nothing(path: Path) -> None:
    with other_process(path) as holder:
        holder.kill()
        holder.wait(timeout=30)
        with WriterLock(path, "ledger.db", wait_s=0).held():
            assert holder.returncode == -9


def test_two_locks_of_one_process_exclude_each_other_and_can_be_taken_again(path: Path) -> None:
    first, second = WriterLock(path, "ledger.db", wait_s=0), WriterLock(path, "ledger.db", wait_s=0)
    for _ in range(2):
        with first.held(), pytest.raises(LedgerLockedError), second.held():
            pytest.fail("two hold one lock")
        with second.held():
            pass
    first.close()
    second.close()
    second.close()


BATCHES = """
import sys, time
from pathlib import Path
from tokencli.store.lock import WriterLock
lock = WriterLock(Path(sys.argv[1]), "ledger.db", wait_s=30)
for number in range(1000):
    with lock.held():
        if number == 0:
            print("writing", flush=True)
        until = time.monotonic() + 0.1
        while time.monotonic() < until:
            pass
"""


def test_a_writer_of_batch_after_batch_keeps_nobody_out(path: Path) -> None:
    command = [sys.executable, "-c", BATCHES, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as busy:
        assert busy.stdout is not None
        assert busy.stdout.readline() == "writing\n"
        lock = WriterLock(path, "ledger.db", wait_s=5)
        for _ in range(4):
            with lock.held():
                assert busy.poll() is None
        lock.close()
        busy.kill()


def test_the_lock_file_is_private_and_stays(path: Path) -> None:
    lock = WriterLock(path, "ledger.db", wait_s=0)
    with lock.held():
        assert path.stat().st_mode & 0o777 == 0o600
        assert gate_path(path).stat().st_mode & 0o777 == 0o600
    lock.close()
    assert path.exists()


def test_a_directory_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    lock = WriterLock(tmp_path / "gone" / "ledger.db.lock", "ledger.db", wait_s=0)
    with pytest.raises(LedgerAccessError, match="No such file or directory"), lock.held():
        pytest.fail("there is nothing to hold")
