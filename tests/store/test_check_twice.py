"""Calls that stand twice are found by their answer's id, and by all that is known of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.store.conftest import tables_read_through
from tokencli.domain.period import Period
from tokencli.store import check_twice

if TYPE_CHECKING:
    from collections.abc import Callable

    from tokencli.store.database import Database

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAYS = Period(name="custom", start=NOON - timedelta(days=9), end=NOON + timedelta(days=9), zone="UTC")


def test_an_id_that_two_calls_have_is_found_once(
    db: Database, add: Callable[..., None], call: Callable[..., Any]
) -> None:
    add(call(at=NOON), call(at=NOON), call(at=NOON, tokens=(7, 0, 0, 7, 0)))
    with db.transaction() as connection:
        connection.execute("INSERT INTO event_detail(event_id, response_id) SELECT id, 'chatcmpl-1' FROM event")
    with db.reading() as connection:
        (found,) = check_twice.same_ids(connection, DAYS, letters=10)
        assert check_twice.same_ids(connection, DAYS, letters=11) == []
    assert (found.subject, found.again, found.example) == ("openai", 1, "0123456789ab.1")


def test_calls_alike_within_seconds_are_found_among_the_newest(
    db: Database, add: Callable[..., None], call: Callable[..., Any]
) -> None:
    seconds = (0, 1, 5, 6, 7)
    add(*(call(at=NOON + timedelta(seconds=each)) for each in seconds))
    limits = {"input": 50, "output": 5, "apart_us": 2_000_000}
    with db.reading() as connection:
        (all_of_them,) = check_twice.alike(connection, DAYS, most=-1, **limits)
        (newest,) = check_twice.alike(connection, DAYS, most=2, **limits)
        assert check_twice.alike(connection, DAYS, most=-1, input=101, output=5, apart_us=2_000_000) == []
    assert (all_of_them.again, all_of_them.calls, all_of_them.example) == (3, 5, "0123456789ab.2")
    assert (newest.again, newest.calls) == (1, 2)


def test_an_id_that_a_marked_call_has_as_well_is_found(
    db: Database, add: Callable[..., None], call: Callable[..., Any]
) -> None:
    add(call(at=NOON), call(at=NOON), call(at=NOON), call(at=NOON, tokens=(7, 0, 0, 7, 0)))
    with db.transaction() as connection:
        for seq, answer, mark in ((1, "msg_1", 1), (2, "msg_1", None), (3, "msg_2", 1), (4, "msg_2", None)):
            detail = 2**40 + seq, answer, mark
            connection.execute(
                "INSERT INTO event_detail(event_id, response_id, found_elsewhere) VALUES (?, ?, ?)", detail
            )
            connection.execute(
                "INSERT INTO identity VALUES (?, ?)", (f"claude-code:{answer}{mark or 'x'}", 2**40 + seq)
            )
        connection.execute("UPDATE identity SET key = substr(key, 1, 17) WHERE key LIKE '%1'")
    with db.reading() as connection:
        (found,) = check_twice.same_ids(connection, DAYS, letters=5)
        asked = {"letters": 5, "start": 0, "end": 1}
        assert tables_read_through(connection, check_twice.SAME_IDS, asked) == []
    assert (found.subject, found.again, found.example) == ("openai", 1, "0123456789ab.1")
