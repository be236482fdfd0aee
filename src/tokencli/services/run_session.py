"""The session of a run: one of its own under a name that says what and when, or one that the user names."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

from tokencli.domain.period import zone_of
from tokencli.services.session_choice import check_name
from tokencli.services.session_errors import SessionEndedError
from tokencli.services.sessions import begin_aside
from tokencli.store import sessions as store

if TYPE_CHECKING:
    from datetime import datetime

    from tokencli.domain.session import Session
    from tokencli.store.database import Connection

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_.~]+")
_LONGEST = 32
_ANY = "run"


class RunSession(NamedTuple):
    """A run's session; one `is_own` ends with the run."""

    session: Session
    is_own: bool


def session_of_run(connection: Connection, program: str, name: str | None, *, now: datetime, zone: str) -> RunSession:
    """Return the session that was named, made when there is none, else a new one such as claude-1121-0950.

    It does not become the active one: calls of others go where they went before.

    Raises:
        BadSessionNameError: the name cannot stand in a URL.
        SessionNameTakenError: another session has it in other capitals.
        SessionEndedError: it takes no more calls.
    """
    if name is None:
        taken = {each.lower() for each in store.names_by_id(connection).values()}
        return RunSession(begin_aside(connection, _free_name(program, now, zone, taken), now=now), is_own=True)
    found = store.named(connection, name)
    if found is None:
        check_name(name)
        return RunSession(begin_aside(connection, name, now=now), is_own=False)
    if found.ended_at is not None:
        raise SessionEndedError(found.name)
    return RunSession(found, is_own=False)


def word_of(program: str) -> str:
    """Return a program's name as it may stand in names of sessions and files."""
    return _NOT_IN_NAMES.sub("-", PurePath(program).name)[:_LONGEST].strip("-.") or _ANY


def _free_name(program: str, now: datetime, zone: str, taken: set[str]) -> str:
    base = f"{word_of(program)}-{now.astimezone(zone_of(zone)):%m%d-%H%M}"
    name, count = base, 1
    while name.lower() in taken:
        count += 1
        name = f"{base}-{count}"
    return name
