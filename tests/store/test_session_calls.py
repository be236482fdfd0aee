"""A session's calls come in the order of time, and only they are looked through."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tokencli.store.session_calls import IDS_OF_FACETS, NEWEST_IDS, calls_of_session, latest_calls_of_session

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.store.conftest import Call
    from tokencli.store.database import Database

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_only_the_sessions_own_calls_come_in_the_order_of_time(
    db: Database, add: Callable[..., None], call: type[Call]
) -> None:
    for minute, session, model in ((50, "s", "late"), (0, "s", "first"), (1, "t", "other"), (2, "s", "second")):
        add(call(at=NOON + timedelta(minutes=minute), session=session, model=model))
    found = [one.event for one in calls_of_session(db.connection, "s")]
    assert [event.request_model for event in found] == ["first", "second", "late"]
    assert {event.session_id for event in found} == {"s"}


def test_a_session_without_calls_has_none(db: Database) -> None:
    assert list(calls_of_session(db.connection, "s")) == []


def test_the_calls_are_not_scanned(db: Database) -> None:
    steps = [row[3] for row in db.connection.execute(f"EXPLAIN QUERY PLAN {IDS_OF_FACETS}", ("[1]",))]
    assert any(step.startswith("SEARCH e USING INDEX event_occurred_at") for step in steps)


def test_the_newest_calls_of_a_session_come_newest_first(
    db: Database, add: Callable[..., None], call: type[Call]
) -> None:
    for minute, session, model in ((0, "s", "old"), (40, "s", "late"), (50, "t", "other"), (41, "s", "last")):
        add(call(at=NOON + timedelta(minutes=minute), session=session, model=model))
    models = [[one.event.request_model for one in latest_calls_of_session(db.connection, "s", most)] for most in (2, 9)]
    assert models == [["last", "late"], ["last", "late", "old"]]
    assert latest_calls_of_session(db.connection, "nobody", 5) == []


def test_the_newest_calls_are_found_by_their_time(db: Database) -> None:
    steps = [row[3] for row in db.connection.execute(f"EXPLAIN QUERY PLAN {NEWEST_IDS}", (0, 1, "[1]", 5))]
    assert any(step.startswith("SEARCH event USING INDEX event_occurred_at") for step in steps)
