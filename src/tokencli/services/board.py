"""The board: everything that a live view in the terminal shows, from one state of the ledger.

Calls, sums, limits and sessions are those of the live page; with a session named, calls and sessions are that one's,
while the day, the week and the month stay those of all calls, as the limits do.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from tokencli.domain.period import Period
from tokencli.domain.report import EventFilter
from tokencli.services.budgets import PERIODS, current, thresholds
from tokencli.services.saved import intent_from
from tokencli.services.session_errors import NoSuchSessionError
from tokencli.services.sessions import view_of, views_of
from tokencli.store import queries
from tokencli.store.calls import latest_calls
from tokencli.store.intents import newest
from tokencli.store.minutes import requests_by_minute
from tokencli.store.session_calls import latest_calls_of_session
from tokencli.store.sessions import named, names_by_id
from tokencli.store.slices import from_us

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from tokencli.config.values import Settings
    from tokencli.domain.intent import Intent
    from tokencli.domain.money import Usd
    from tokencli.domain.report import Report, Totals
    from tokencli.domain.threshold import Threshold
    from tokencli.services.budgets import Calendar
    from tokencli.services.sessions import SessionView
    from tokencli.store.calls import StoredCall
    from tokencli.store.database import Connection

MOST_CALLS: Final = 100
MINUTES: Final = 60
_HOURS: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCall:
    """A call that is under way; `intent` is None where what was known of it cannot be read.

    It `is_lost` when the process that sent it is dead: the next start of a proxy settles it.
    """

    event_id: str
    opened_at: datetime
    intent: Intent | None
    is_lost: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """How things stand at one moment.

    `totals` and `thresholds` are of the "day", "week" and "month" that it is; `calls` come newest first, `minutes` are
    the calls of the last hour's minutes, the oldest first, `hours` a report of the last 24 hours, this one included.
    `only_session` is the id of the session whose calls and figures these are; None for those of all.
    """

    now: datetime
    zone: str
    sessions: tuple[SessionView, ...]
    names: Mapping[str, str]
    totals: Mapping[str, Totals]
    thresholds: tuple[Threshold, ...]
    open_calls: tuple[OpenCall, ...]
    calls: tuple[StoredCall, ...]
    minutes: tuple[int, ...]
    hours: Report
    only_session: str | None = None

    def threshold(self, name: str) -> Threshold | None:
        """Return the limit of a day, a week or a month; None where there is none."""
        return next((each for each in self.thresholds if each.name == name), None)

    def session_name(self, session_id: str | None) -> str | None:
        """Return what a session is called: its name, its id where no name is known, None for no session."""
        return None if session_id is None else self.names.get(session_id, session_id)


def board(
    connection: Connection,
    settings: Settings,
    limits: Mapping[str, Usd],
    calendar: Calendar,
    session: str | None = None,
    is_alive: Callable[[str], bool] = lambda _: True,
) -> Board:
    """Return how things stand, with the calls of all or of one session, by its name or id.

    `is_alive` says of the key of a run whether its process lives.

    Raises:
        NoSuchSessionError: that session is not there.
    """
    session_id = None if session is None else session_id_of(connection, session)
    return Board(
        now=calendar.now,
        zone=calendar.zone,
        sessions=_sessions(connection, settings, session_id),
        names=names_by_id(connection),
        totals={name: current(connection, name, calendar).totals for name in PERIODS},
        thresholds=thresholds(connection, limits, calendar),
        open_calls=_open_calls(connection, session_id, is_alive),
        calls=tuple(
            latest_calls(connection, MOST_CALLS)
            if session_id is None
            else latest_calls_of_session(connection, session_id, MOST_CALLS)
        ),
        minutes=requests_by_minute(connection, calendar.now, MINUTES, session_id),
        hours=_hours(connection, calendar, session_id),
        only_session=session_id,
    )


def session_id_of(connection: Connection, name: str) -> str:
    """Return the id of a session by its name or id; logs have sessions of their own, known by their ids alone.

    Raises:
        NoSuchSessionError: no session is called so, and no call belongs to one.
    """
    found = named(connection, name)
    if found is not None:
        return found.id
    if latest_calls_of_session(connection, name, 1):
        return name
    raise NoSuchSessionError(name, names_by_id(connection).values())


def _sessions(connection: Connection, settings: Settings, session_id: str | None) -> tuple[SessionView, ...]:
    if session_id is None:
        return tuple(views_of(connection, settings))
    return () if named(connection, session_id) is None else (view_of(connection, settings, session_id),)


def _open_calls(
    connection: Connection, session_id: str | None, is_alive: Callable[[str], bool]
) -> tuple[OpenCall, ...]:
    found = newest(connection, MOST_CALLS)
    lives = {key: is_alive(key) for key in {_run_of(event_id) for event_id, _ in found}}
    calls = (
        OpenCall(
            event_id=event_id,
            opened_at=from_us(row.opened_at),
            intent=intent_from(row.opened_at, row.body),
            is_lost=not lives[_run_of(event_id)],
        )
        for event_id, row in found
    )
    return tuple(
        one for one in calls if session_id is None or (one.intent is not None and one.intent.session_id == session_id)
    )


def _run_of(event_id: str) -> str:
    return event_id.partition(".")[0]


def _hours(connection: Connection, calendar: Calendar, session_id: str | None) -> Report:
    this = calendar.now.replace(minute=0, second=0, microsecond=0)
    hour = timedelta(hours=1)
    period = Period(
        name=f"{_HOURS}h",
        start=this - (_HOURS - 1) * hour,
        end=this + hour,
        zone=calendar.zone,
        week_start=calendar.week_start,
    )
    where = EventFilter() if session_id is None else EventFilter(names={"session": (session_id,)})
    return queries.report(connection, period, ("hour",), where)
