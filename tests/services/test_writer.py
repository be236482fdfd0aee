"""The writer's thread side: what is late is let go, what is left is tried again, a start that fails leaves nothing."""

from __future__ import annotations

import asyncio
import errno
import os
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.cost_logs import prices
from tests.services.recorders import INTENT, NOW, count, settled
from tokencli.domain.errors import LedgerLockedError
from tokencli.services import writer as room
from tokencli.services.record import micros
from tokencli.services.saved import intent_text
from tokencli.services.writer import Dropping, Opening, Settling, open_writer
from tokencli.store.intents import IntentRow
from tokencli.store.lock import WriterLock
from tokencli.store.place import lock_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tokencli.services.writer import Writer

KEY = "0123456789ab"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def writer(place: Path) -> Iterator[Writer]:
    with closing(open_writer(place, prices(), KEY, begun_at=NOW, wait_s=3)) as found:
        yield found


@pytest.fixture
def foreign(place: Path) -> Iterator[WriterLock]:
    with closing(WriterLock(lock_path(place), "ledger.db", wait_s=0)) as lock:
        yield lock


@pytest.fixture
def future() -> Iterator[asyncio.Future[None]]:
    with closing(asyncio.new_event_loop()) as loop:
        yield loop.create_future()


def opening(writer: Writer, seq: int, future: asyncio.Future[None], deadline: float = 10) -> Opening:
    row = IntentRow((writer.begun.number << 40) + seq, micros(NOW), intent_text(INTENT))
    return Opening(row, future, deadline)


def settling(seq: int, future: asyncio.Future[None], deadline: float = 10) -> Settling:
    return Settling(settled(f"{KEY}.{seq}"), future, deadline)


def test_only_what_is_late_is_let_go(
    writer: Writer, place: Path, foreign: WriterLock, future: asyncio.Future[None]
) -> None:
    late, early = opening(writer, 1, future, 4), opening(writer, 2, future, 6)
    ended = settling(3, future, 4)
    with foreign.held():
        assert writer.write([late, early, ended], 5) == [late, ended]
        assert isinstance(late.error, LedgerLockedError)
        assert "waited 3 s" in str(late.error)
        assert (ended.error, early.error, writer.spooled, writer.is_behind) == (None, None, 1, True)
    assert writer.write((), 5) == [early]
    assert (count(place, "intent"), writer.is_behind, writer.has_leftovers) == (1, False, True)
    writer.write_leftovers()
    assert (count(place, "event"), writer.spooled, writer.last_error) == (1, 0, None)


def test_call_dropped_before_it_was_written_is_never_on_its_way(
    writer: Writer, place: Path, foreign: WriterLock, future: asyncio.Future[None]
) -> None:
    call = opening(writer, 1, future)
    with foreign.held():
        assert writer.write([call, Dropping(call.row.id)], 5) == []
    assert writer.write((), 5) == [call]
    assert count(place, "intent") == 0


def test_memory_holds_a_bounded_number_of_calls(
    writer: Writer, foreign: WriterLock, future: asyncio.Future[None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_lines: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(room, "MOST_UNSAVED", 3)
    with foreign.held(), monkeypatch.context() as patch:
        patch.setattr(writer._spool, "add", full)
        assert len(writer.write([settling(seq, future, 0) for seq in range(1, 6)], 5)) == 5
        assert (writer.unsaved, writer.lost, writer.last_error) == (
            3,
            2,
            f"[Errno {errno.ENOSPC}] No space left on device",
        )
    writer.write_leftovers()
    assert (writer.unsaved, writer.has_leftovers) == (0, False)


def test_calls_still_open_at_the_end_are_for_the_next_start(place: Path, future: asyncio.Future[None]) -> None:
    with closing(open_writer(place, prices(), KEY, begun_at=NOW, wait_s=3)) as first:
        first.write([opening(first, 1, future)], 0)
    with closing(open_writer(place, prices(), "bbbbbbbbbbbb", begun_at=NOW, wait_s=3)) as second:
        assert second.begun.recovered == (1, 0, 0)
    assert list(place.parent.glob("ledger.db.*/*")) == []


def test_start_while_another_process_writes_ends_after_its_wait(place: Path, foreign: WriterLock) -> None:
    open_writer(place, prices(), KEY, begun_at=NOW, wait_s=3).close()
    with foreign.held(), pytest.raises(LedgerLockedError, match=r"waited 0\.1 s"):
        open_writer(place, prices(), "bbbbbbbbbbbb", begun_at=NOW, wait_s=0.1)
    assert list(place.parent.glob("ledger.db.*/*")) == []


def test_work_is_one_transaction(writer: Writer, place: Path) -> None:
    assert writer.run(lambda database: database.connection.in_transaction)
    assert count(place, "event") == 0
