"""The desk where calls are opened and settled: everything handed over at once is one transaction.

A settled call that the ledger refuses keeps no other call out.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from tokencli.domain.errors import StoreError
from tokencli.services.later_look import improved
from tokencli.services.record import Door
from tokencli.services.saved import event_line
from tokencli.services.spool import Aside
from tokencli.store import intents
from tokencli.store.calls import call_numbered
from tokencli.store.faults import REFUSALS
from tokencli.store.known import calls_answered
from tokencli.store.ledger import Ledger
from tokencli.store.sessions import active

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from tokencli.domain.event import UsageEvent
    from tokencli.domain.session import Session
    from tokencli.pricing.book import PriceBook
    from tokencli.store.database import Connection, Database
    from tokencli.store.intents import IntentRow


class Papers(NamedTuple):
    """What is handed over: calls about to be sent, settled calls, numbers of calls that were never sent."""

    opened: Sequence[IntentRow] = ()
    settled: Sequence[UsageEvent] = ()
    dropped: Sequence[int] = ()


class Desk:
    """Writes to one ledger; used by one thread. `active` is the active session as the last `write` saw it."""

    def __init__(self, database: Database, book: PriceBook) -> None:
        """Write to `database`, price by `book`."""
        self.database = database
        self.active: Session | None = None
        self._door = Door(Ledger(database.connection), book)

    def write(self, papers: Papers) -> dict[str, Aside]:
        """Commit everything, and return the settled calls that the ledger refused, by their event_id.

        Raises:
            StoreError: nothing was written.
        """
        try:
            self._write(papers)
        except StoreError:
            raise
        except REFUSALS:
            return self._write_one_by_one(papers)
        return {}

    def look(self, told: UsageEvent) -> bool:
        """Let the row of a known call say what a later look at its answer told; False when the call is not known.

        Raises:
            StoreError: nothing was written.
        """
        with self._transaction() as connection:
            numbers = calls_answered(connection, told.provider_name, told.response_id)
            if not numbers:
                return False
            for number in numbers:
                better = improved(call_numbered(connection, number).event, told)
                if better is not None:
                    self._door.improve(better)
                    break
            return True

    def _write(self, papers: Papers) -> None:
        with self._transaction() as connection:
            intents.add(connection, papers.opened)
            self._door.record_new(papers.settled)
            intents.remove(connection, [self._door.number(event) for event in papers.settled])
            intents.remove(connection, papers.dropped)
            self.active = active(connection)

    def _write_one_by_one(self, papers: Papers) -> dict[str, Aside]:
        refused: dict[str, Aside] = {}
        with self._transaction() as connection:
            intents.add(connection, papers.opened)
            for event in papers.settled:
                reason = self._refusal(event)
                if reason is not None:
                    refused[event.event_id] = Aside(event_line(event), reason)
            intents.remove(connection, papers.dropped)
            self.active = active(connection)
        return refused

    @contextmanager
    def _transaction(self) -> Generator[Connection]:
        is_committed = False
        try:
            with self.database.transaction() as connection:
                yield connection
            is_committed = True
        finally:
            if not is_committed:
                self._door.forget()

    def _refusal(self, event: UsageEvent) -> str | None:
        """Settle one call; return why the ledger refuses it, None when it does not."""
        try:
            with self.database.attempt():
                self._door.record(event)
                intents.remove(self.database.connection, (self._door.number(event),))
        except StoreError:
            raise
        except REFUSALS as error:
            self._door.forget()
            return str(error) or type(error).__name__
        return None
