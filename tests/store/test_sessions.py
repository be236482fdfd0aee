"""Sessions in the ledger: found by name or id, one of them active at most."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tokencli.domain.session import Session
from tokencli.store import sessions as store

if TYPE_CHECKING:
    from tokencli.store.database import Database

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


def session(name: str, *, minutes: int = 0) -> Session:
    return Session(id=f"id-{name}", name=name, provider_name="mistral", created_at=NOW + timedelta(minutes=minutes))


@pytest.fixture
def filled(db: Database) -> Database:
    """Return a ledger with two sessions, none of them active."""
    with db.transaction() as connection:
        store.create(connection, session("first"))
        store.create(connection, session("second", minutes=1))
    return db


def test_a_session_comes_back_as_it_was_by_name_and_by_id(filled: Database) -> None:
    assert store.named(filled.connection, "first") == session("first")
    assert store.named(filled.connection, "id-first") == session("first")
    assert store.named(filled.connection, "third") is None


def test_a_name_wins_over_an_id(filled: Database) -> None:
    with filled.transaction() as connection:
        store.rename(connection, "id-second", "id-first")
    found = store.named(filled.connection, "id-first")
    assert found is not None
    assert found.id == "id-second"


def test_only_the_last_one_activated_is_active(filled: Database) -> None:
    assert store.active(filled.connection) is None
    with filled.transaction() as connection:
        store.activate(connection, "id-first")
        store.activate(connection, "id-second")
    active = store.active(filled.connection)
    assert active is not None
    assert (active.name, active.is_active) == ("second", True)
    assert [one.name for one in store.sessions(filled.connection) if one.is_active] == ["second"]


def test_an_ended_session_is_not_active_any_more_and_leaves_another_active_one_alone(filled: Database) -> None:
    with filled.transaction() as connection:
        store.activate(connection, "id-first")
        store.end(connection, "id-second", NOW + timedelta(hours=1))
    active = store.active(filled.connection)
    assert active is not None
    assert active.name == "first"
    with filled.transaction() as connection:
        store.end(connection, "id-first", NOW + timedelta(hours=1))
    assert store.active(filled.connection) is None
    ended = store.named(filled.connection, "first")
    assert ended is not None
    assert (ended.ended_at, ended.is_active) == (NOW + timedelta(hours=1), False)


def test_an_active_session_that_is_not_there_is_none(filled: Database) -> None:
    with filled.transaction() as connection:
        store.activate(connection, "gone")
    assert store.active(filled.connection) is None


def test_all_sessions_come_newest_first_with_their_names_by_id(filled: Database) -> None:
    assert [one.name for one in store.sessions(filled.connection)] == ["second", "first"]
    assert store.names_by_id(filled.connection) == {"id-first": "first", "id-second": "second"}


def test_a_name_is_there_once(filled: Database) -> None:
    with pytest.raises(sqlite3.IntegrityError), filled.transaction() as connection:
        store.create(connection, Session(id="another", name="first", created_at=NOW))
