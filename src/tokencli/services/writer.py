"""The writing side of a recorder: the one thread that holds the ledger, the run's lock and its spool.

A transaction waits for another process for a short while only and is then tried again with whatever has come in,
so that a call that has waited long enough is let go: an opening with an error, a settlement into the spool.
"""

from __future__ import annotations

from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from tokencli.domain.errors import LedgerLockedError, StoreError
from tokencli.services.desk import Desk, Papers
from tokencli.services.recovery import recover, take_in
from tokencli.services.saved import event_line
from tokencli.services.spool import begin_spool, keep_aside
from tokencli.store import intents
from tokencli.store.database import open_ledger
from tokencli.store.dictionary import Dictionary
from tokencli.store.origins import PROXY
from tokencli.store.runs import begin_run

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path
    from typing import TypeGuard

    from tokencli.domain.event import UsageEvent
    from tokencli.domain.session import Session
    from tokencli.pricing.book import PriceBook
    from tokencli.services.recovery import Recovered
    from tokencli.services.spool import Aside, Spool
    from tokencli.store.database import Database
    from tokencli.store.intents import IntentRow
    from tokencli.store.runs import Run

SLICE_S: Final = 0.05
MOST_UNSAVED: Final = 10_000
_T = TypeVar("_T")


class Opening:
    """A call that wants to be sent."""

    __slots__ = ("deadline", "error", "future", "row")

    def __init__(self, row: IntentRow, future: asyncio.Future[None], deadline: float) -> None:
        """Wait for the ledger until the deadline."""
        self.row = row
        self.future = future
        self.deadline = deadline
        self.error: BaseException | None = None


class Settling:
    """A call that has ended."""

    __slots__ = ("deadline", "error", "event", "future")

    def __init__(self, event: UsageEvent, future: asyncio.Future[None], deadline: float) -> None:
        """Wait for the ledger until the deadline, then go to the spool."""
        self.event = event
        self.future = future
        self.deadline = deadline
        self.error: BaseException | None = None


class Dropping(NamedTuple):
    """A call that was opened, and whose sender went away before it was sent."""

    number: int


Work = Opening | Settling
Handed = Opening | Settling | Dropping


class Waits(NamedTuple):
    """How long openings and settlements wait for the ledger, in seconds."""

    open_s: float
    settle_s: float


class Begun(NamedTuple):
    """The run as the ledger knows it, what was found when it began, and how long its openings wait, in seconds."""

    key: str
    number: int
    recovered: Recovered
    wait_s: float


class Glance(NamedTuple):
    """The active session, and when the ledger was asked for it, in monotonic seconds."""

    session: Session | None
    at_s: float


class Writer:
    """Writes to one ledger; made, used and closed by one thread, but for the plain figures, which any may read."""

    def __init__(self, desk: Desk, run: Run, spool: Spool, begun: Begun) -> None:
        """Take over what `open_writer` has opened."""
        self.begun = begun
        self.lost = 0
        self.aside = 0
        self.last_error: str | None = None
        self.glance: Glance | None = None
        self._desk = desk
        self._run = run
        self._spool = spool
        self._held: list[Work] = []
        self._drops: list[int] = []
        self._unsaved: list[UsageEvent] = []

    @property
    def spooled(self) -> int:
        """Return how many settled calls wait in the spool."""
        return self._spool.count

    @property
    def unsaved(self) -> int:
        """Return how many settled calls are in memory only."""
        return len(self._unsaved)

    @property
    def is_behind(self) -> bool:
        """Say whether anybody still waits for the ledger."""
        return bool(self._held)

    @property
    def has_leftovers(self) -> bool:
        """Say whether anything that nobody waits for is to be tried again."""
        return bool(self._spool.count or self._unsaved or self._drops)

    def write(self, handed: Sequence[Handed], now_s: float) -> list[Work]:
        """Write what was handed over and what was held back before; return what nobody has to wait for any more."""
        for one in handed:
            if isinstance(one, Dropping):
                self._drops.append(one.number)
            else:
                self._held.append(one)
        if not (self._held or self._drops):
            return []
        try:
            refused = self._desk.write(self._papers())
        except LedgerLockedError:
            return self._let_go([work for work in self._held if work.deadline <= now_s], self.locked())
        except StoreError as error:
            return self._let_go(self._held, error)
        done, self._held, self._drops = self._held, [], []
        self.glance = Glance(self._desk.active, now_s)
        if refused:
            self._spool_all([work.event for work in done if _is_among(work, refused)])
            self.last_error = next(iter(refused.values())).reason
        elif not self.has_leftovers:
            self.last_error = None
        return done

    def write_leftovers(self) -> None:
        """Try again to put into the ledger what it could not take when it was handed over."""
        if self._drops:
            self.write((), float("-inf"))
        contents = self._spool.contents()
        try:
            refused = take_in(self._desk, [*contents.events, *self._unsaved])
            self.aside += keep_aside(self._desk.database.path, refused)
            self._unsaved.clear()
            self._spool.reset()
        except (StoreError, OSError) as error:
            self.last_error = str(error)
            unsaved, self._unsaved = self._unsaved, []
            self._spool_all(unsaved)
        else:
            self.last_error = refused[-1].reason if refused else None

    def locked(self) -> LedgerLockedError:
        """Return the error of what has waited for another process as long as may be."""
        return LedgerLockedError(self._desk.database.place, self.begun.wait_s)

    def give_up(self, error: BaseException) -> list[Work]:
        """Let go of everything that waits, after an error that nobody foresaw."""
        return self._let_go(self._held, error)

    def run(self, work: Callable[[Database], _T]) -> _T:
        """Return what a piece of work returns that is done inside a transaction of its own."""
        try:
            with self._desk.database.transaction():
                return work(self._desk.database)
        finally:
            self.glance = None

    def look(self, event: UsageEvent) -> bool:
        """Let the row of a known call say what a later look at its answer told; False when the call is not known."""
        return self._desk.look(event)

    def close(self) -> None:
        """Write what is left, and give the run back; what cannot be written waits for the next start."""
        is_settled = False
        with ExitStack() as stack:
            stack.callback(self._desk.database.close)
            stack.callback(lambda: self._run.end(is_settled=is_settled))
            stack.callback(self._spool.close)
            stack.enter_context(suppress(StoreError))
            if self.has_leftovers:
                self.write_leftovers()
            self._drops.clear()
            is_settled = not self._spool.count and not self._open_calls()

    def _open_calls(self) -> list[IntentRow]:
        with self._desk.database.reading() as connection:
            return intents.some_of(connection, self.begun.number, 1)

    def _papers(self) -> Papers:
        return Papers(
            opened=[work.row for work in self._held if isinstance(work, Opening)],
            settled=[work.event for work in self._held if isinstance(work, Settling)],
            dropped=self._drops,
        )

    def _let_go(self, works: list[Work], error: BaseException) -> list[Work]:
        """Fail openings, put settlements into the spool."""
        if not works:
            return []
        self.last_error = str(error) or type(error).__name__
        for work in works:
            if isinstance(work, Opening):
                work.error = error
        self._spool_all([work.event for work in works if isinstance(work, Settling)])
        gone = set(map(id, works))
        self._held = [work for work in self._held if id(work) not in gone]
        return works

    def _spool_all(self, events: Iterable[UsageEvent]) -> None:
        """Put settled calls where they survive the process; where that fails, keep as many as memory is given to."""
        told = list(events)
        if not told:
            return
        try:
            self._spool.add(map(event_line, told))
        except OSError as error:
            self.last_error = str(error)
            room = MOST_UNSAVED - len(self._unsaved)
            self._unsaved += told[:room]
            self.lost += len(told[room:])


def _is_among(work: Work, refused: Mapping[str, Aside]) -> TypeGuard[Settling]:
    return isinstance(work, Settling) and work.event.event_id in refused


def open_writer(place: str | Path, book: PriceBook, key: str, *, begun_at: datetime, wait_s: float) -> Writer:
    """Open the ledger at a place, making it where there is none, look after dead runs, and begin a run of its own.

    Raises:
        StoreError: the ledger cannot be written, or there is no room for a spool.
    """
    with open_ledger(place, write=True, create=True, wait_s=wait_s) as database, ExitStack() as undo:
        recovered = recover(database, book)
        run = begin_run(database.path, database.place, key)
        undo.callback(run.end, is_settled=True)
        spool = begin_spool(database.path, database.place, key)
        undo.callback(spool.close)
        with database.transaction() as connection:
            number = Dictionary(connection).origin(key, PROXY, f"run of {begun_at:%Y-%m-%dT%H:%M:%SZ}")
        # From here on waiting is done in short pieces.
        patient = open_ledger(place, write=True, wait_s=SLICE_S)
        undo.pop_all()
    return Writer(Desk(patient, book), run, spool, Begun(key, number, recovered, wait_s))
