"""What a live view in the terminal shows, all of it from one state of the ledger."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.services.live_calls import NOW, event
from tokencli.config.values import Settings
from tokencli.domain.intent import Intent
from tokencli.domain.money import usd
from tokencli.domain.session import Session
from tokencli.services.board import Board, board, session_id_of
from tokencli.services.budgets import Calendar
from tokencli.services.record import micros, record
from tokencli.services.saved import intent_text
from tokencli.services.session_errors import NoSuchSessionError
from tokencli.store import intents
from tokencli.store.ledger import ORIGIN_SHIFT, Ledger
from tokencli.store.sessions import create

if TYPE_CHECKING:
    from tests.cost_logs import Shop

SETTINGS = Settings(place="config.toml")
CALENDAR = Calendar(NOW, "UTC")


@pytest.fixture
def busy(shop: Shop) -> Shop:
    """Return a ledger with two sessions, three settled calls, one under way and one of which nothing can be read."""
    with shop.database.transaction() as connection:
        for name in ("work", "play"):
            create(connection, Session(id=f"id-{name}", name=name, created_at=NOW, provider_name="openai"))
        told = (("id-work", 0, 1000), ("id-play", 61, 2000), (None, 6 * 1440, 4000))
        for number, (session_id, minutes, tokens) in enumerate(told):
            at = NOW - timedelta(minutes=minutes)
            record(Ledger(connection), shop.book, event(number, tokens, session_id=session_id, occurred_at=at))
        (origin,) = connection.execute("SELECT id FROM origin").fetchone()
        intent = Intent(opened_at=NOW, request_model="gpt-4o", session_id="id-work", estimated_input_tokens=77)
        rows = enumerate((intent_text(intent), "garbage"), 7)
        intents.add(
            connection, [intents.IntentRow((origin << ORIGIN_SHIFT) + seq, micros(NOW), text) for seq, text in rows]
        )
    return shop


def look(shop: Shop, session: str | None = None) -> Board:
    with shop.database.reading() as connection:
        return board(connection, SETTINGS, {"day": usd("3")}, CALENDAR, session)


def test_all_calls_come_newest_first_with_their_sums_and_limits(busy: Shop) -> None:
    found = look(busy)
    assert [call.event.event_id[-2:] for call in found.calls] == [".0", ".1", ".2"]
    assert {one.event_id[-2:]: one.intent is None for one in found.open_calls} == {".7": False, ".8": True}
    assert {name: totals.requests for name, totals in found.totals.items()} == {"day": 2, "week": 2, "month": 3}
    assert [found.threshold(name) is None for name in ("day", "week")] == [False, True]
    assert {view.session.name for view in found.sessions} == {"work", "play"}


def test_the_last_hour_is_told_by_minutes_and_the_last_day_by_hours(busy: Shop) -> None:
    found = look(busy)
    assert (len(found.minutes), sum(found.minutes), found.minutes[-1]) == (60, 1, 1)
    assert [row.totals.requests for row in found.hours.rows][-3:] == [1, 0, 1]
    assert len(found.hours.rows) == 24


def test_of_one_session_only_its_calls_are_there_and_all_costs(busy: Shop) -> None:
    for name in ("work", "id-work"):
        found = look(busy, name)
        assert [call.event.session_id for call in found.calls] == ["id-work"]
        assert [one.event_id[-2:] for one in found.open_calls] == [".7"]
        assert [view.session.name for view in found.sessions] == ["work"]
        assert (sum(found.minutes), found.hours.totals.requests) == (1, 1)
        assert found.totals["month"].requests == 3


def test_a_session_that_only_a_log_knows_is_shown_by_its_id(busy: Shop) -> None:
    with busy.database.transaction() as connection:
        record(Ledger(connection), busy.book, event(3, session_id="claude-4711"))
    found = look(busy, "claude-4711")
    assert (len(found.calls), found.sessions) == (1, ())
    assert [found.session_name(each) for each in ("claude-4711", "id-work", None)] == ["claude-4711", "work", None]


def test_a_session_that_is_not_there_is_an_error(busy: Shop) -> None:
    with busy.database.reading() as connection, pytest.raises(NoSuchSessionError, match="did you mean 'work'"):
        session_id_of(connection, "wrk")
