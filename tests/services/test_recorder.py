"""What `open` and `settle` promise holds when they return, and holds for the others when one call is odd."""

from __future__ import annotations

import asyncio
import errno
import os
import time
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.async_runs import async_test
from tests.services.recorders import INTENT, NOW, count, opened, recorder, rows, settled
from tokencli.domain.errors import LedgerAccessError, LedgerLockedError, StoreError, UsageError
from tokencli.domain.session import Session
from tokencli.services import recorder as room
from tokencli.store import sessions
from tokencli.store.database import open_ledger
from tokencli.store.lock import WriterLock
from tokencli.store.place import lock_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tokencli.services.recorder import Recorder
    from tokencli.store.database import Database


WORK = Session(id="work", name="work", created_at=NOW)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def foreign(place: Path) -> Iterator[WriterLock]:
    """Return the lock of another writer of the same ledger."""
    with closing(WriterLock(lock_path(place), "ledger.db", wait_s=0)) as lock:
        yield lock


async def beat() -> None:
    """Let a hundredth of a second pass."""
    passed = asyncio.Event()
    asyncio.get_running_loop().call_later(0.01, passed.set)
    await passed.wait()


async def until(recorder: Recorder, **wanted: int) -> None:
    """Wait until the recorder's state has some figures."""
    async with asyncio.timeout(20):
        while any(getattr(recorder.state, name) != value for name, value in wanted.items()):
            await beat()


@async_test
async def test_call_is_in_the_ledger_before_it_is_sent_and_before_it_ends(place: Path) -> None:
    with recorder(place) as recording:
        event_id = await recording.open(INTENT)
        assert event_id == f"{recording.run_key}.1"
        assert (count(place, "intent"), recording.state.open_calls) == (1, 1)
        await recording.settle(settled(event_id))
        assert (count(place, "intent"), count(place, "event"), recording.state.open_calls) == (0, 1, 0)
        assert rows(place, "SELECT input_tokens FROM estimate") == [(190,)]
        assert rows(place, "SELECT kind, detail FROM origin") == [("proxy", "run of 2026-11-21T03:00:00Z")]
    assert [path.name for path in place.parent.glob("ledger.db.*/*")] == []


@async_test
async def test_many_calls_at_once_are_each_kept_once(place: Path) -> None:
    with recorder(place) as recording:

        async def one() -> None:
            await recording.settle(settled(await recording.open(INTENT)))

        async with asyncio.TaskGroup() as group:
            for _ in range(200):
                group.create_task(one())
        assert (count(place, "intent"), count(place, "event")) == (0, 200)
        assert recording.state == (0, 0, 0, 0, 0, None)


def switch(database: Database, session: Session) -> None:
    """Make a session the active one, and the session itself where it is not there."""
    if sessions.named(database.connection, session.id) is None:
        sessions.create(database.connection, session)
    sessions.activate(database.connection, session.id)


@async_test
async def test_glance_knows_the_active_session_that_a_call_was_written_under(place: Path) -> None:
    times = [100.0]
    with recorder(place, monotonic=lambda: times[-1]) as recording:
        assert recording.glance() is None
        await recording.open(INTENT)
        assert recording.glance() == (None, 100.0)
        await recording.call(lambda database: switch(database, WORK))
        assert recording.glance() is None
        with open_ledger(place, write=True) as other, other.transaction():
            switch(other, replace(WORK, id="other", name="other"))
        await recording.open(INTENT)
        seen = recording.glance()
        assert seen is not None
        assert seen.session is not None
        assert seen.session.name == "other"
        times.append(100.0051)
        assert recording.glance() is None


@async_test
async def test_call_that_cannot_be_kept_keeps_no_other_out(place: Path) -> None:
    with recorder(place) as recording:
        ids = [await recording.open(INTENT) for _ in range(9)]
        odd = {"duration_s": 1e300}
        async with asyncio.TaskGroup() as group:
            for number, event_id in enumerate(ids):
                group.create_task(recording.settle(settled(event_id, **(odd if number == 4 else {}))))
        assert count(place, "event") == 8
        assert recording.state.spooled == 1
        assert "too large" in (recording.state.last_error or "")
        await until(recording, aside=1, spooled=0)
        recording_key = recording.run_key
    kept = (place.parent / "ledger.db.spool" / "aside.jsonl").read_text()
    assert f"{recording_key}.5" in kept
    with recorder(place) as again:
        assert again.recovered.unknown == 1
    assert rows(
        place, "SELECT count(*), sum(finish = 'unknown') FROM event AS e JOIN facet AS f ON f.id = facet_id"
    ) == [(9, 1)]


@async_test
async def test_foreign_writer_delays_a_call_and_loses_none(place: Path, foreign: WriterLock) -> None:
    with recorder(place) as recording:
        with foreign.held():
            opening = asyncio.ensure_future(recording.open(INTENT))
            await asyncio.sleep(0.2)
            assert not opening.done()
        await recording.settle(settled(await opening))
        assert count(place, "event") == 1


@async_test
async def test_foreign_writer_that_stays_is_an_error_for_calls_and_the_spool_for_ends(
    place: Path, foreign: WriterLock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "RETRY_S", 0.05)
    with recorder(place, open_wait_s=0.6, settle_wait_s=0.2) as recording:
        event_id = await recording.open(INTENT)
        with foreign.held():
            begun = time.monotonic()
            beats = 0
            opening = asyncio.ensure_future(recording.open(INTENT))
            settling = asyncio.ensure_future(recording.settle(settled(event_id)))
            while not opening.done():
                beats += 1
                await beat()
            assert settling.done()
            assert beats > 5
            assert 0.5 < time.monotonic() - begun < 5
            with pytest.raises(LedgerLockedError, match=r"waited 0\.6 s"):
                await opening
            assert recording.state.spooled == 1
            assert count(place, "event") == 0
            with pytest.raises(LedgerLockedError, match=r"waited 0\.6 s"):
                await recording.call(lambda _: None)
        await until(recording, spooled=0)
        assert (count(place, "event"), count(place, "intent")) == (1, 0)
        assert recording.state.last_error is None


@async_test
async def test_two_recorders_share_a_ledger_and_leave_each_other_alone(place: Path) -> None:
    with recorder(place) as first:
        ours = await first.open(INTENT)
        with recorder(place) as second:
            assert second.recovered == (0, 0, 0)
            theirs = await second.open(INTENT)
            await asyncio.gather(first.settle(settled(ours)), second.settle(settled(theirs)))
            left_open = await second.open(INTENT)
        assert count(place, "event") == 2
        with recorder(place) as third:
            assert third.recovered.unknown == 1
    assert left_open.startswith(second.run_key)
    assert count(place, "event") == 3


@async_test
async def test_spool_that_cannot_be_written_leaves_calls_in_memory_until_it_can(
    place: Path, foreign: WriterLock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(room, "RETRY_S", 0.05)
    with recorder(place, settle_wait_s=0.05) as recording:
        ids = [await recording.open(INTENT) for _ in range(3)]
        with foreign.held():
            with monkeypatch.context() as patch:
                patch.setattr(os, "pwrite", full)
                await asyncio.gather(*(recording.settle(settled(event_id)) for event_id in ids))
                assert (recording.state.unsaved, recording.state.spooled) == (3, 0)
                assert "No space" in (recording.state.last_error or "")
            await until(recording, unsaved=0, spooled=3)
        await until(recording, spooled=0)
        assert (count(place, "event"), recording.state.lost) == (3, 0)


@async_test
async def test_call_whose_sender_has_gone_is_not_on_its_way(place: Path, foreign: WriterLock) -> None:
    with recorder(place) as recording:
        with foreign.held():
            opening = asyncio.ensure_future(recording.open(INTENT))
            await asyncio.sleep(0.05)
            opening.cancel()
            with pytest.raises(asyncio.CancelledError):
                await opening
        await recording.settle(settled(await recording.open(INTENT)))
        assert (count(place, "intent"), count(place, "event")) == (0, 1)


@async_test
async def test_other_writes_have_their_own_transaction_and_their_own_errors(place: Path) -> None:
    def put(database: Database) -> int:
        database.connection.execute("INSERT INTO meta VALUES ('a', 'b')")
        return 7

    def fail(database: Database) -> None:
        database.connection.execute("INSERT INTO meta VALUES ('c', 'd')")
        raise UsageError

    with recorder(place) as recording:
        assert await recording.call(put) == 7
        with pytest.raises(UsageError):
            await recording.call(fail)
        await recording.settle(settled(await recording.open(INTENT)))
    assert rows(place, "SELECT key FROM meta WHERE key IN ('a', 'c')") == [("a",)]


@async_test
async def test_unforeseen_error_of_the_writer_hangs_nobody(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise NotImplementedError

    with recorder(place) as recording:
        event_id = await recording.open(INTENT)
        with monkeypatch.context() as patch:
            patch.setattr(recording._writer._desk, "write", broken)
            with pytest.raises(NotImplementedError):
                await recording.open(INTENT)
            await recording.settle(settled(event_id))
            assert recording.state.spooled == 1
        await recording.settle(settled(await recording.open(INTENT)))
        await until(recording, spooled=0)
    assert count(place, "event") == 2


def test_ledger_in_a_directory_without_access_is_told_in_one_sentence(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no directory")
    with pytest.raises(StoreError):
        opened(blocked / "ledger.db")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write to a read-only directory: run this test as another user")
def test_read_only_directory_is_told_in_one_sentence(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(LedgerAccessError, match="cannot be used"):
        opened(tmp_path / "ledger.db")


def test_no_room_for_a_spool_leaves_no_run_behind(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(StoreError, match="no space left"):
        opened(place)
    assert list((place.parent / "ledger.db.runs").iterdir()) == []
