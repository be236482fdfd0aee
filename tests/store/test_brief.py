"""A line's questions get the answers that reports and sessions give."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tokencli.domain.period import Period
from tokencli.domain.plain import NotPlainError
from tokencli.store.brief import SessionCalls, active_session, asked_of_ledger, sum_of
from tokencli.store.queries import report
from tokencli.store.session_sums import sums_of_sessions
from tokencli.store.sessions import activate
from tokencli.store.slices import from_us, to_us

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.store.conftest import Call
    from tokencli.store.database import Database

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def made(call: type[Call]) -> Callable[..., Call]:
    """Return a function that makes a call of session s, so many minutes after noon."""

    def make(minute: float, **named: Any) -> Call:
        return call(at=NOON + timedelta(minutes=minute), **{"session": "s", **named})

    return make


@pytest.mark.parametrize("ends", [(0, 60), (0, 10), (7, 52), (3, 4), (-100, 0)])
def test_sums_are_those_of_a_report(
    db: Database, add: Callable[..., None], made: Callable[..., Call], ends: tuple[int, int]
) -> None:
    add(
        *(made(minute, listed=7 * minute) for minute in range(60)),
        made(3, status="unpriced", listed=None),
        made(20, basis="missing", tokens=None, status="free", listed=0),
    )
    start, end = (NOON + timedelta(minutes=minute) for minute in ends)
    known = report(db.connection, Period(name="custom", start=start, end=end, zone="UTC"), []).totals
    found = sum_of(db.connection, to_us(start), to_us(end))
    assert (found.requests, found.unpriced, found.tokens) == (
        known.requests,
        known.unpriced_requests,
        known.total_tokens,
    )
    assert (None if found.cost is None else found.cost) == (
        None if known.list_cost is None else int(known.list_cost * 10**12)
    )


def test_a_session_is_that_of_the_list_of_sessions(
    db: Database, add: Callable[..., None], made: Callable[..., Call]
) -> None:
    with db.transaction() as connection:
        connection.execute("INSERT INTO session VALUES ('s', 'work', 'openai', 'gpt-4o', 0, NULL)")
    assert active_session(db.connection) is None
    with db.transaction() as connection:
        activate(connection, "s")
    session = active_session(db.connection)
    assert session is not None
    assert (session.id, session.name, session.provider_name, session.model) == ("s", "work", "openai", "gpt-4o")
    check_newest(db)
    add(made(0), made(14, tokens=(500, 0, 0, 5, 0), response_model="gpt-4o-2024"), made(90, session=None))
    check_newest(db)
    add(made(30, basis="missing", tokens=None, listed=None, status="unpriced"))
    check_newest(db)
    with db.transaction() as connection:
        missing = "SELECT id FROM facet WHERE basis = 'missing'"
        connection.execute(f"INSERT INTO estimate SELECT max(id), 70, 7 FROM event WHERE facet_id IN ({missing})")
    check_newest(db)
    with db.transaction() as connection:
        body = json.dumps({"session_id": "s", "estimated_input_tokens": 9, "request_model": "o3"})
        connection.execute(
            "INSERT INTO intent (opened_at, body) VALUES (?, ?)", (to_us(NOON + timedelta(hours=1)), body)
        )
    check_newest(db)


def check_newest(db: Database) -> None:
    with db.reading() as connection:
        known = sums_of_sessions(connection, ["s"])["s"]
        calls = SessionCalls(connection, "s")
        newest, total = calls.newest(), calls.sum()
    assert calls.has_calls == bool(known.totals.requests + known.open_requests)
    assert (total.requests, total.unpriced) == (known.totals.requests, known.totals.unpriced_requests)
    assert total.cost == (None if known.totals.list_cost is None else int(known.totals.list_cost * 10**12))
    assert (known.newest is None) == (newest is None)
    if known.newest is None or newest is None:
        return
    assert from_us(newest.occurred_at) == known.newest.occurred_at
    assert newest.used_tokens == known.newest.used_tokens
    assert (newest.provider_name, newest.model, newest.response_model) == (
        known.newest.provider_name,
        known.newest.model,
        known.newest.response_model,
    )


def test_what_is_no_ledger_of_this_version_is_not_asked(db: Database, tmp_path: Path) -> None:
    assert asked_of_ledger(str(db.path), lambda _: "answer") == "answer"
    other = tmp_path / "other.db"
    other.write_text("text", encoding="utf-8")
    for place in (other, tmp_path / "none.db", tmp_path):
        with pytest.raises(NotPlainError):
            asked_of_ledger(str(place), lambda _: "answer")
    with db.transaction() as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NotPlainError):
        asked_of_ledger(str(db.path), lambda _: "answer")
