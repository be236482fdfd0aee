"""Sessions: begun, switched, renamed, ended, and looked at with their sums, their limit and their cost.

What changes something takes a connection inside the caller's transaction, so that a server can do it in its own
writer. Names are names or ids. The limit of a session is that of the model its newest call asked for.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from tokencli.domain.money import plain
from tokencli.domain.period import zone_of
from tokencli.domain.session import Gauge, Session, gauge_of
from tokencli.services.contexts import limit_in_use, model_in_use
from tokencli.services.session_choice import ANY, check_name, chosen, default_name
from tokencli.services.session_errors import (
    NoActiveSessionError,
    NoSuchSessionError,
    SessionEndedError,
    SessionNameTakenError,
)
from tokencli.store import sessions as store
from tokencli.store.database import open_ledger
from tokencli.store.faults import explained
from tokencli.store.session_sums import sums_of_sessions

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path
    from types import TracebackType

    from tokencli.config.values import Settings
    from tokencli.domain.money import Usd
    from tokencli.domain.report import Totals
    from tokencli.services.contexts import Models
    from tokencli.services.session_choice import Choice
    from tokencli.services.writer import Glance
    from tokencli.store.database import Connection, Database
    from tokencli.store.session_sums import SessionSums

_ID_BYTES = 6
_RATIO_PLACES = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a new session shall be, as somebody typed it; None leaves the choice to us."""

    name: str | None = None
    provider: str | None = None
    model: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """A session and what it used. Token counts are None when there are calls and nobody counted any of them.

    `input_tokens` holds our own count where no provider told one: `estimated_input_tokens` of it, in
    `estimated_requests` calls. `output_tokens` are those that providers told. `requests` has the `open_requests`,
    which are on their way. `context_used_tokens` is what the newest call sent and got, `is_context_estimated` when
    we counted it ourselves; `model_in_use` is the model it asked for, by its key where config.toml has it, else the
    session's own. `totals` are those of a report of the settled calls.
    """

    session: Session
    context_limit_tokens: int
    model_in_use: str | None
    requests: int
    open_requests: int
    estimated_requests: int
    input_tokens: int | None
    estimated_input_tokens: int
    output_tokens: int | None
    context_used_tokens: int | None
    is_context_estimated: bool
    totals: Totals

    @property
    def total_tokens(self) -> int | None:
        """Return input plus output."""
        return None if self.input_tokens is None else self.input_tokens + (self.output_tokens or 0)

    @property
    def context_used_ratio(self) -> float | None:
        """Return the share of the context that is used; above 1 when a call was larger than the limit we know."""
        if self.context_used_tokens is None:
            return None
        return round(self.context_used_tokens / self.context_limit_tokens, _RATIO_PLACES)

    @property
    def gauge(self) -> Gauge:
        """Return what to say of how full the context is."""
        return gauge_of(self.context_used_ratio)

    @property
    def list_cost(self) -> Usd | None:
        """Return the cost of what has a price; None when there are calls and none of them has one."""
        return self.totals.list_cost


def session_values(view: SessionView, *, zone: str) -> dict[str, Any]:
    """Return the interface's JSON object of a session; its times are shown in `zone`."""
    session = view.session
    at = zone_of(zone)
    return {
        "id": session.id,
        "name": session.name,
        "provider_name": session.provider_name,
        "model": session.model,
        "context_limit_tokens": view.context_limit_tokens,
        "created_at": session.created_at.astimezone(at).isoformat(),
        "ended_at": None if session.ended_at is None else session.ended_at.astimezone(at).isoformat(),
        "is_active": session.is_active,
        "input_tokens": view.input_tokens,
        "output_tokens": view.output_tokens,
        "total_tokens": view.total_tokens,
        "context_used_tokens": view.context_used_tokens,
        "context_used_ratio": view.context_used_ratio,
        "list_cost": None if view.list_cost is None else plain(view.list_cost),
        "requests": view.requests,
    }


def check(settings: Settings, wish: Wish) -> None:
    """Raise what is wrong with the words of a wish; asked first, it keeps a transaction short and a ledger unmade.

    Raises:
        InputError: the provider or the model is not known.
        BadSessionNameError: the name cannot stand in a URL and a header.
    """
    chosen(settings, wish.provider, wish.model)
    if wish.name is not None:
        check_name(wish.name)


def begin(connection: Connection, settings: Settings, wish: Wish, *, now: datetime) -> Session:
    """Make a session and activate it; it gets a short name of its own when none is given.

    Raises:
        InputError: the provider or the model is not known, or the name is taken.
        BadSessionNameError: the name cannot stand in a URL and a header.
    """
    choice = chosen(settings, wish.provider, wish.model)
    taken = {name.lower() for name in store.names_by_id(connection).values()}
    name = wish.name if wish.name is not None else default_name(choice, now.date(), lambda each: each.lower() in taken)
    session = begin_aside(connection, name, now=now, choice=choice)
    store.activate(connection, session.id)
    return replace(session, is_active=True)


def begin_aside(connection: Connection, name: str, *, now: datetime, choice: Choice = ANY) -> Session:
    """Make a session that only those use who name it; the active one stays so.

    Raises:
        BadSessionNameError: the name cannot stand in a URL and a header.
        SessionNameTakenError: another session has it.
    """
    _check_free(connection, name)
    session = Session(
        id=os.urandom(_ID_BYTES).hex(),
        name=name,
        provider_name=choice.provider_name,
        model=choice.model,
        created_at=now,
    )
    store.create(connection, session)
    return session


def switch(connection: Connection, name: str) -> Session:
    """Make a session the active one and return it; raise NoSuchSessionError or SessionEndedError."""
    session = session_asked(connection, name)
    if session.ended_at is not None:
        raise SessionEndedError(session.name)
    store.activate(connection, session.id)
    return session_asked(connection, session.id)


def rename(connection: Connection, old: str, new: str) -> Session:
    """Give a session another name and return it.

    Raises:
        NoSuchSessionError, BadSessionNameError, SessionNameTakenError: one of the names cannot be used.
    """
    session = session_asked(connection, old)
    _check_free(connection, new, but=session.id)
    store.rename(connection, session.id, new)
    return session_asked(connection, session.id)


def end(connection: Connection, name: str | None, *, now: datetime) -> Session:
    """End a session, the active one when none is named, and return it.

    Raises:
        NoSuchSessionError, NoActiveSessionError, SessionEndedError: there is nothing to end.
    """
    session = session_asked(connection, name)
    if session.ended_at is not None:
        raise SessionEndedError(session.name)
    store.end(connection, session.id, now)
    return session_asked(connection, session.id)


def session_asked(connection: Connection, name: str | None) -> Session:
    """Return the session of that name or id, the active one for None.

    Raises:
        NoSuchSessionError, NoActiveSessionError: there is none.
    """
    found = store.active(connection) if name is None else store.named(connection, name)
    if found is not None:
        return found
    if name is None:
        raise NoActiveSessionError
    raise NoSuchSessionError(name, store.names_by_id(connection).values())


def view_of(connection: Connection, settings: Models, name: str | None) -> SessionView:
    """Return a session with its sums, the active one for None; raises as `session_asked`."""
    session = session_asked(connection, name)
    return _view(settings, session, sums_of_sessions(connection, [session.id])[session.id])


def views_of(connection: Connection, settings: Models, *, with_ended: bool = False) -> list[SessionView]:
    """Return the sessions with their sums, the newest first; those that have ended only when they are asked for."""
    sessions = [one for one in store.sessions(connection) if with_ended or one.ended_at is None]
    sums = sums_of_sessions(connection, [one.id for one in sessions])
    return [_view(settings, one, sums[one.id]) for one in sessions]


class SessionBook:
    """The sessions as the proxy asks for them, call by call: always those of this moment, whoever changed them.

    It has a connection of its own and belongs to the thread that made it. A writer in the same process may lend it
    its `glance`, what it has just seen itself: a question to the ledger costs as much as planning a call does.
    """

    def __init__(self, place: str | Path, glance: Callable[[], Glance | None] = lambda: None) -> None:
        """Open the ledger for reading; raises as `open_ledger`."""
        self._database: Database = open_ledger(place, write=False)
        self._glance = glance

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close it."""
        self.close()

    def named(self, name_or_id: str) -> Session | None:
        """Return the session of that name, else of that id, ended ones too; None when there is neither.

        Raises:
            StoreError: the ledger cannot be read.
        """
        with explained(self._database.place, waited_s=0, how_far="nothing was changed"):
            return store.named(self._database.connection, name_or_id)

    def active(self) -> Session | None:
        """Return the active session; None when there is none. Raises as `named`."""
        seen = self._glance()
        if seen is not None:
            return seen.session
        with explained(self._database.place, waited_s=0, how_far="nothing was changed"):
            return store.active(self._database.connection)

    def close(self) -> None:
        """Close the connection."""
        self._database.close()


def _check_free(connection: Connection, name: str, but: str | None = None) -> None:
    """Refuse a name that is none, or that another session has; filters ignore case, and so do names."""
    check_name(name)
    for session_id, taken in store.names_by_id(connection).items():
        if session_id != but and name.lower() in {taken.lower(), session_id}:
            raise SessionNameTakenError(name, taken)


def _view(settings: Models, session: Session, sums: SessionSums) -> SessionView:
    requests = sums.totals.requests + sums.open_requests
    is_known = bool(sums.counted_requests) or not requests
    newest = sums.newest
    used = newest.used_tokens if newest else 0 if not requests else None
    return SessionView(
        session=session,
        context_limit_tokens=limit_in_use(settings, session, newest),
        model_in_use=model_in_use(settings, session, newest),
        requests=requests,
        open_requests=sums.open_requests,
        estimated_requests=sums.estimated_requests,
        input_tokens=sums.input_tokens if is_known else None,
        estimated_input_tokens=sums.estimated_input_tokens,
        output_tokens=sums.real_output_tokens if is_known else None,
        context_used_tokens=used,
        is_context_estimated=newest is not None and newest.is_estimated,
        totals=sums.totals,
    )
