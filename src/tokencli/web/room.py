"""Room: what the web room's paths work with. It is built in one place and handed to each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.concurrency import run_in_threadpool

from tokencli.domain.errors import StoreError
from tokencli.services.budgets import Calendar, limits_of
from tokencli.store.database import open_ledger

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime

    from tokencli.config.values import Settings
    from tokencli.domain.money import Usd
    from tokencli.domain.report import Report
    from tokencli.domain.session import Session
    from tokencli.pricing.book import PriceBook
    from tokencli.services.feed import Feed
    from tokencli.services.measures import Snapshot
    from tokencli.services.recorder import RecorderState
    from tokencli.services.sessions import SessionBook
    from tokencli.store.database import Database

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Everything that the paths read and change.

    `settings` returns the settings in force and `book` the prices, `sessions` is for the event loop's thread; `write`
    runs work in the ledger's writer. `slips` counts failures of measuring, `rates` returns the rows of
    /api/rate-limit, `report_json` writes a report and `exposition` the content type and text of a scrape;
    `feed` tells what happens.
    """

    settings: Callable[[], Settings]
    book: Callable[[], PriceBook]
    sessions: SessionBook
    state: Callable[[], RecorderState]
    write: Callable[[Callable[[Database], Any]], Awaitable[Any]]
    slips: Callable[[], int]
    rates: Callable[[], list[dict[str, Any]]]
    report_json: Callable[[Report], str]
    exposition: Callable[[Snapshot], tuple[str, bytes]]
    feed: Feed
    environ: Mapping[str, str]
    now: Callable[[], datetime]
    ledger_place: str
    zone: str
    base_url: str
    instance_id: str
    version: str

    async def read(self, work: Callable[[Database], _T]) -> _T:
        """Return what some work reads from the ledger, in a thread and with a connection of its own."""
        return await run_in_threadpool(self._read, work)

    def active_session(self) -> Session | None:
        """Return the active session; None when there is none, or when the ledger cannot be read at this moment."""
        try:
            return self.sessions.active()
        except StoreError:
            return None

    def limits(self) -> dict[str, Usd]:
        """Return what a day, a week and a month may cost; raise BadLimitError when the environment says nonsense."""
        return limits_of(self.settings().limits, self.environ)

    def calendar(self) -> Calendar:
        """Return which day it is for the user."""
        return Calendar(self.now(), self.zone, self.settings().report.week_start)

    def _read(self, work: Callable[[Database], _T]) -> _T:
        with open_ledger(self.ledger_place, write=False) as database:
            return work(database)
