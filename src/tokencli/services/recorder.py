"""Recorder: no call is sent without a row, and no answer ends before its row is settled.

One thread of the process writes; whatever waits when it turns to the ledger becomes one transaction. What the ledger
cannot take within a bound goes to the run's spool, and from there into the ledger once it can.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from tokencli.domain.errors import LedgerLockedError
from tokencli.domain.event import EventId
from tokencli.services.record import micros
from tokencli.services.saved import intent_text
from tokencli.services.writer import Dropping, Opening, Settling, Waits, open_writer
from tokencli.store.database import WAIT_S
from tokencli.store.intents import IntentRow
from tokencli.store.ledger import ORIGIN_SHIFT

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future
    from datetime import datetime
    from pathlib import Path

    from tokencli.domain.event import UsageEvent
    from tokencli.domain.intent import Intent
    from tokencli.pricing.book import PriceBook
    from tokencli.services.recovery import Recovered
    from tokencli.services.writer import Glance, Handed, Work, Writer
    from tokencli.store.database import Database

SETTLE_WAIT_S: Final = 2.0
RETRY_S: Final = 1.0
GLANCE_S: Final = 0.005
_KEY_BYTES: Final = 6
_CALLS: Final = True
_ELSE: Final = False
_T = TypeVar("_T")


class RecorderState(NamedTuple):
    """How it stands: calls on their way, settled calls in the spool, in memory only, lost there, and kept aside.

    `last_error` is the sentence of the newest trouble; None once everything is in the ledger again.
    """

    open_calls: int
    spooled: int
    unsaved: int
    lost: int
    aside: int
    last_error: str | None


class Recorder:
    """Writes the calls of one run as they happen; its coroutines belong to one event loop."""

    def __init__(
        self, writer: Writer, executor: ThreadPoolExecutor, *, waits: Waits, monotonic: Callable[[], float]
    ) -> None:
        """Take over an open writer; `open_recorder` is the way to get one."""
        self.run_key = writer.begun.key
        self.recovered: Recovered = writer.begun.recovered
        self._writer = writer
        self._executor = executor
        self._waits = waits
        self._monotonic = monotonic
        self._base = writer.begun.number << ORIGIN_SHIFT
        self._seq = 0
        self._open: set[str] = set()
        self._waiting: deque[Handed] = deque()
        self._bell: SimpleQueue[bool] = SimpleQueue()
        self._is_rung = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._retry: asyncio.TimerHandle | None = None
        self._is_closed = False
        self._stand_by()

    @property
    def state(self) -> RecorderState:
        """Return how it stands now."""
        writer = self._writer
        return RecorderState(
            open_calls=len(self._open),
            spooled=writer.spooled,
            unsaved=writer.unsaved,
            lost=writer.lost,
            aside=writer.aside,
            last_error=writer.last_error,
        )

    def glance(self) -> Glance | None:
        """Return the active session as the newest transaction saw it; None when that was more than 5 ms ago."""
        found = self._writer.glance
        return found if found is not None and self._monotonic() - found.at_s <= GLANCE_S else None

    async def open(self, intent: Intent) -> EventId:
        """Give a call that is about to be sent its id; it is in the ledger, safe from a power cut, when this returns.

        Raises:
            StoreError: the ledger cannot take it; the call must not be sent.
        """
        self._seq += 1
        event_id = EventId(f"{self.run_key}.{self._seq}")
        row = IntentRow(self._base + self._seq, micros(intent.opened_at), intent_text(intent))
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._hand_over(Opening(row, future, self._monotonic() + self._waits.open_s))
        try:
            await future
        except asyncio.CancelledError:
            self._hand_over(Dropping(row.id))
            raise
        self._open.add(event_id)
        return event_id

    async def settle(self, event: UsageEvent) -> None:
        """Settle a call: it is in the ledger, or safe in the spool, when this returns; it never raises for the store.

        Where even the spool cannot be written, the call is kept in memory, counted in `state`, and tried again.
        """
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._open.discard(event.event_id)
        self._hand_over(Settling(event, future, self._monotonic() + self._waits.settle_s))
        await future

    async def look(self, event: UsageEvent) -> bool:
        """Let the row of a call say what a later look at its answer told; False when the ledger does not know the call.

        A call is known by its provider and its response id; a row that has the provider's figures already stays.

        Raises:
            StoreError: the ledger cannot be written.
        """
        return await self._patiently(lambda: self._writer.look(event))

    async def call(self, work: Callable[[Database], _T]) -> _T:
        """Run other writes in the writer's thread, in a transaction of their own, and return what they return.

        Raises:
            StoreError: the ledger cannot be written. Everything else is the work's own.
        """
        return await self._patiently(lambda: self._writer.run(work))

    async def _patiently(self, step: Callable[[], _T]) -> _T:
        """Return what a step returns in the writer's thread, tried again while another process holds the ledger."""
        loop = asyncio.get_running_loop()
        deadline = self._monotonic() + self._waits.open_s
        while True:
            try:
                return await asyncio.wrap_future(self._aside(step), loop=loop)
            except LedgerLockedError:
                if self._monotonic() >= deadline:
                    raise self._writer.locked() from None

    def close(self) -> None:
        """Write what waits, give the run back and close the ledger; calls still open are for the next start."""
        if self._retry is not None:
            self._retry.cancel()
        self._is_closed = True
        try:
            self._aside(self._finish).result()
        finally:
            self._executor.shutdown()

    def _hand_over(self, work: Handed) -> None:
        self._waiting.append(work)
        if not self._is_rung:
            self._is_rung = True
            self._loop = asyncio.get_running_loop()
            # Not at once: what else this turn of the loop hands over goes into the same transaction.
            self._loop.call_soon(self._bell.put, _CALLS)

    def _stand_by(self) -> None:
        """Let the writer's thread wait for calls, once it has done what was submitted before."""
        self._executor.submit(self._serve).add_done_callback(self._go_on)

    def _aside(self, step: Callable[[], _T]) -> Future[_T]:
        """Have something else done in the writer's thread, between two transactions."""
        done = self._executor.submit(step)
        if not self._is_closed:
            self._stand_by()
        self._bell.put(_ELSE)
        return done

    def _serve(self) -> None:
        """Write whenever the bell says that calls wait, until it says that something else does; in the writer's thread.

        One job for all calls: a job for each would cost more than what it writes.
        """
        while self._bell.get():
            self._write()

    def _write(self) -> None:
        """Write everything that waits; in the writer's thread."""
        # First the mark, then the taking: what is handed over in between is taken now or rings itself.
        self._is_rung = False
        self._tell(self._writer.write(self._taken(), self._monotonic()))
        if self._writer.is_behind and not self._is_rung:
            self._is_rung = True
            self._bell.put(_CALLS)

    def _taken(self) -> list[Handed]:
        waiting = self._waiting
        return [waiting.popleft() for _ in range(len(waiting))]

    def _write_leftovers(self) -> None:
        self._writer.write_leftovers()
        self._tell([])

    def _look(self, done: Future[None]) -> None:
        """Leave no call waiting for a writer that failed in an unforeseen way; in the writer's thread."""
        error = done.exception()
        if error is not None:
            self._tell(self._writer.give_up(error))
            if self._loop is not None and not self._loop.is_closed():
                told = {"message": "the ledger's writer failed", "exception": error}
                self._loop.call_soon_threadsafe(self._loop.call_exception_handler, told)

    def _go_on(self, done: Future[None]) -> None:
        """Wait for calls again after an error; in the writer's thread."""
        if done.exception() is not None:
            self._look(done)
            if not self._is_closed:
                self._stand_by()

    def _finish(self) -> None:
        self._tell(self._writer.write(self._taken(), self._monotonic()))
        while self._writer.is_behind:
            self._tell(self._writer.write((), self._monotonic()))
        self._writer.close()

    def _tell(self, works: list[Work]) -> None:
        """Let the event loop know what is done, all of it in one go; in the writer's thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._resolve, works)

    def _resolve(self, works: list[Work]) -> None:
        for work in works:
            if work.future.done():
                continue
            if work.error is None:
                work.future.set_result(None)
            else:
                work.future.set_exception(work.error)
        if self._writer.has_leftovers and self._retry is None and not self._is_closed:
            self._retry = asyncio.get_running_loop().call_later(RETRY_S, self._try_again)

    def _try_again(self) -> None:
        self._retry = None
        self._aside(self._write_leftovers).add_done_callback(self._look)


def open_recorder(
    place: str | Path,
    book: PriceBook,
    *,
    now: Callable[[], datetime],
    settle_wait_s: float = SETTLE_WAIT_S,
    open_wait_s: float = WAIT_S,
    monotonic: Callable[[], float] = time.monotonic,
) -> Recorder:
    """Open the ledger at a place for a run of its own, after what dead runs have left was taken in.

    Args:
        place: a path or sqlite:/// URL; the ledger is made where there is none.
        book: what calls are priced by.
        now: the time, aware UTC.
        settle_wait_s: how long a settled call waits for the ledger before it goes to the spool.
        open_wait_s: how long a call waits for the ledger before it is refused.
        monotonic: the seconds that waits are measured in.

    Raises:
        StoreError: the ledger cannot be written.
    """
    executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
    key = secrets.token_hex(_KEY_BYTES)
    with ExitStack() as undo:
        undo.callback(executor.shutdown)
        begin = partial(open_writer, place, book, key, begun_at=now(), wait_s=open_wait_s)
        writer = executor.submit(begin).result()
        undo.pop_all()
    return Recorder(writer, executor, waits=Waits(open_wait_s, settle_wait_s), monotonic=monotonic)
