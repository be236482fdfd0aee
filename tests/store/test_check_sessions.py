"""Sessions that are gone, and the models of those that go on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tokencli.domain.session import Session
from tokencli.store import check_sessions, sessions

if TYPE_CHECKING:
    from collections.abc import Callable

    from tokencli.store.database import Database

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_calls_of_sessions_that_are_gone_are_counted(
    db: Database, add: Callable[..., None], call: Callable[..., Any]
) -> None:
    mine = [call(at=NOON, session=name, source="proxy") for name in ("s1", "s2", "s2", None)]
    add(*mine, call(at=NOON, session="of-a-client", source="claude-code"))
    with db.transaction() as connection:
        sessions.create(connection, Session(id="s1", name="here", created_at=NOON))
    with db.reading() as connection:
        assert check_sessions.lost_sessions(connection) == [("s2", 2)]


def test_models_are_those_of_sessions_that_go_on(db: Database) -> None:
    with db.transaction() as connection:
        sessions.create(connection, Session(id="s1", name="ended", created_at=NOON, ended_at=NOON, model="a/b"))
        sessions.create(connection, Session(id="s2", name="on", created_at=NOON, model="c/d"))
        sessions.create(connection, Session(id="s3", name="any", created_at=NOON))
    with db.reading() as connection:
        assert check_sessions.session_models(connection) == [("on", "c/d")]
