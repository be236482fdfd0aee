"""Sessions in the ledger: made, found by name or id, renamed, ended; one of them at most is active.

What changes something belongs inside the caller's transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tokencli.domain.session import Session
from tokencli.store.meta import set_meta
from tokencli.store.session_statements import ACTIVE, SESSION, THE_ACTIVE
from tokencli.store.slices import from_us, to_us

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime

_BY_NAME = f"{SESSION} WHERE name = ?"
_BY_ID = f"{SESSION} WHERE id = ?"
_ALL = f"{SESSION} ORDER BY created_at DESC, name"


def create(connection: sqlite3.Connection, session: Session) -> None:
    """Add a session; `is_active` is not looked at: `activate` makes it the active one."""
    connection.execute(
        "INSERT INTO session (id, name, provider_name, model, created_at, ended_at) VALUES (?, ?, ?, ?, ?, ?)",
        (
            session.id,
            session.name,
            session.provider_name,
            session.model,
            to_us(session.created_at),
            None if session.ended_at is None else to_us(session.ended_at),
        ),
    )


def rename(connection: sqlite3.Connection, session_id: str, name: str) -> None:
    """Give a session another name."""
    connection.execute("UPDATE session SET name = ? WHERE id = ?", (name, session_id))


def end(connection: sqlite3.Connection, session_id: str, at: datetime) -> None:
    """Mark a session as ended; it is not active any more."""
    connection.execute("UPDATE session SET ended_at = ? WHERE id = ?", (to_us(at), session_id))
    connection.execute("DELETE FROM meta WHERE key = ? AND value = ?", (ACTIVE, session_id))


def activate(connection: sqlite3.Connection, session_id: str) -> None:
    """Make a session the active one, in the place of any other."""
    set_meta(connection, ACTIVE, session_id)


def named(connection: sqlite3.Connection, name_or_id: str) -> Session | None:
    """Return the session of that name, else the one of that id; None when there is neither."""
    row = connection.execute(_BY_NAME, (name_or_id,)).fetchone()
    if row is None:
        row = connection.execute(_BY_ID, (name_or_id,)).fetchone()
    return None if row is None else _session(row)


def active(connection: sqlite3.Connection) -> Session | None:
    """Return the active session; None when there is none."""
    row = connection.execute(THE_ACTIVE).fetchone()
    return None if row is None else _session(row)


def sessions(connection: sqlite3.Connection) -> list[Session]:
    """Return all sessions, the newest first."""
    return [_session(row) for row in connection.execute(_ALL)]


def names_by_id(connection: sqlite3.Connection) -> dict[str, str]:
    """Return the name of each session by its id."""
    return dict(connection.execute("SELECT id, name FROM session"))


def _session(row: tuple[Any, ...]) -> Session:
    return Session(
        id=row[0],
        name=row[1],
        provider_name=row[2],
        model=row[3],
        created_at=from_us(row[4]),
        ended_at=None if row[5] is None else from_us(row[5]),
        is_active=bool(row[6]),
    )
