"""What a dead run has left is settled once, and a live one's calls are left alone."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cost_logs import check_sums, prices
from tokencli.domain.errors import LedgerFullError
from tokencli.domain.event import EventId, Finish, UsageEvent
from tokencli.domain.intent import Intent
from tokencli.domain.usage import Basis, Estimate, TokenUsage
from tokencli.services.desk import Desk, Papers
from tokencli.services.record import micros
from tokencli.services.recovery import Recovered, recover, take_in
from tokencli.services.saved import event_line, intent_text
from tokencli.services.spool import ASIDE, spool_keys, spool_path
from tokencli.store.calls import call_named
from tokencli.store.database import open_ledger
from tokencli.store.dictionary import Dictionary
from tokencli.store.intents import IntentRow
from tokencli.store.runs import begin_run, run_keys

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cost_logs import Shop

AT = datetime(2026, 11, 21, 3, tzinfo=UTC)
DEAD, LIVE = "dddddddddddd", "aaaaaaaaaaaa"
INTENT = Intent(
    opened_at=AT,
    provider_name="openai",
    operation_name="chat",
    request_model="alpha",
    session_id="s",
    conversation_id="c",
    client="cli",
    agent="neo",
    project="shop",
    tags={"a": "1"},
    estimated_input_tokens=1000,
)
EVENT = UsageEvent(
    event_id=EventId(f"{DEAD}.1"),
    occurred_at=AT,
    source="proxy",
    basis=Basis.REPORTED,
    request_model="alpha",
    usage=TokenUsage(input_tokens=5),
)


def opened(shop: Shop, key: str, *intents: Intent | str) -> None:
    with shop.database.transaction() as connection:
        number = Dictionary(connection).origin(key, "proxy", None)
    rows = [
        IntentRow((number << 40) + seq, micros(AT), each if isinstance(each, str) else intent_text(each))
        for seq, each in enumerate(intents, 1)
    ]
    Desk(shop.database, shop.book).write(Papers(opened=rows))


def spooled(shop: Shop, key: str, *lines: bytes) -> Path:
    path = spool_path(shop.database.path, key)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"".join(lines) + bytes(1000))
    return path


def left(shop: Shop) -> tuple[int, list[str], list[str]]:
    (waiting,) = shop.connection.execute("SELECT count(*) FROM intent").fetchone()
    path, place = shop.database.path, shop.database.place
    return waiting, run_keys(path, place), spool_keys(path, place)


def test_call_without_an_end_is_unknown_with_what_we_had_counted(shop: Shop) -> None:
    opened(shop, DEAD, INTENT)
    assert recover(shop.database, shop.book) == Recovered(unknown=1)
    event = call_named(shop.connection, f"{DEAD}.1").event
    assert (event.finish, event.basis, event.usage) == (
        Finish.UNKNOWN,
        Basis.ESTIMATED,
        TokenUsage(input_tokens=1000),
    )
    assert event.estimate == Estimate(input_tokens=1000)
    assert (event.occurred_at, event.provider_name, event.request_model) == (AT, "openai", "alpha")
    assert (event.session_id, event.conversation_id, event.client) == ("s", "c", "cli")
    assert (event.agent, event.project, event.tags) == ("neo", "shop", {"a": "1"})
    assert left(shop) == (0, [], [])
    check_sums(shop.connection)


def test_call_that_was_not_counted_is_unknown_without_tokens(shop: Shop) -> None:
    opened(shop, DEAD, replace(INTENT, estimated_input_tokens=None))
    recover(shop.database, shop.book)
    found = call_named(shop.connection, f"{DEAD}.1")
    assert (found.event.basis, found.event.usage, found.list_cost) == (Basis.MISSING, None, None)


def test_intent_that_cannot_be_read_is_still_a_call(shop: Shop) -> None:
    opened(shop, DEAD, "{not JSON")
    assert recover(shop.database, shop.book) == Recovered(unknown=1)
    event = call_named(shop.connection, f"{DEAD}.1").event
    assert (event.finish, event.occurred_at, event.request_model) == (Finish.UNKNOWN, AT, None)


def test_spooled_settlement_wins_over_its_intent(shop: Shop) -> None:
    opened(shop, DEAD, INTENT, INTENT)
    spooled(shop, DEAD, event_line(EVENT))
    assert recover(shop.database, shop.book) == Recovered(unknown=1, spooled=1)
    assert call_named(shop.connection, f"{DEAD}.1").event.usage == TokenUsage(input_tokens=5)
    assert call_named(shop.connection, f"{DEAD}.2").event.finish is Finish.UNKNOWN
    assert left(shop) == (0, [], [])


def test_second_recovery_finds_nothing(shop: Shop) -> None:
    opened(shop, DEAD, INTENT)
    spooled(shop, DEAD, event_line(replace(EVENT, event_id=EventId(f"{DEAD}.7"))))
    recover(shop.database, shop.book)
    before = shop.connection.execute("SELECT * FROM event ORDER BY id").fetchall()
    assert recover(shop.database, shop.book) == Recovered()
    assert shop.connection.execute("SELECT * FROM event ORDER BY id").fetchall() == before


def test_live_run_is_left_alone(shop: Shop) -> None:
    run = begin_run(shop.database.path, shop.database.place, LIVE)
    opened(shop, LIVE, INTENT)
    spooled(shop, LIVE, event_line(replace(EVENT, event_id=EventId(f"{LIVE}.1"))))
    opened(shop, DEAD, INTENT)
    assert recover(shop.database, shop.book) == Recovered(unknown=1)
    assert left(shop) == (1, [LIVE], [LIVE])
    run.end(is_settled=False)
    assert recover(shop.database, shop.book) == Recovered(spooled=1)
    assert left(shop) == (0, [], [])


def test_line_that_is_no_call_is_kept_aside_and_counted(shop: Shop) -> None:
    broken = replace(EVENT, event_id=EventId(f"{DEAD}.2"), duration_s=1e300)
    path = spooled(shop, DEAD, event_line(EVENT), b"garbage\n", event_line(broken), b'{"event_id":"torn')
    assert recover(shop.database, shop.book) == Recovered(spooled=1, broken=3)
    rows = [json.loads(line) for line in path.with_name(ASIDE).read_text().split("\n") if line]
    assert [row["line"][:9] for row in rows] == ['{"event_i', "garbage", '{"event_i']
    assert all(row["reason"] for row in rows)
    assert left(shop) == (0, [], [])


def test_more_calls_than_one_transaction_takes_are_all_settled(shop: Shop) -> None:
    opened(shop, DEAD, *[INTENT] * 1203)
    assert recover(shop.database, shop.book) == Recovered(unknown=1203)
    assert shop.connection.execute("SELECT count(*), sum(input_tokens) FROM event").fetchall() == [(1203, 1203000)]
    check_sums(shop.connection)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(takes=st.lists(st.lists(st.integers(1, 6), max_size=6), max_size=5))
def test_any_order_and_repetition_of_take_ins_gives_the_same_ledger(
    takes: list[list[int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Event for event and sum for sum."""
    told = [replace(EVENT, event_id=EventId(f"{DEAD}.{seq}"), agent=f"a{seq % 2}") for seq in range(1, 7)]
    book = prices()
    found = []
    for parts in ([*takes, [1, 2, 3, 4, 5, 6]], [[1, 2, 3, 4, 5, 6]]):
        place = tmp_path_factory.mktemp("ledger") / "ledger.db"
        with open_ledger(place, write=True, create=True) as database:
            desk = Desk(database, book)
            for numbers in parts:
                assert take_in(desk, [told[number - 1] for number in numbers]) == []
            check_sums(database.connection)
            rows = "SELECT e.id, input_tokens, list_cost_pico, agent FROM event AS e JOIN facet AS f ON f.id = facet_id"
            found.append(database.connection.execute(f"{rows} ORDER BY 1").fetchall())
    assert found[0] == found[1]


def test_failed_recovery_leaves_everything_for_the_next_start(shop: Shop) -> None:
    opened(shop, DEAD, *[INTENT] * 600)
    spooled(shop, DEAD, event_line(EVENT))
    begin_run(shop.database.path, shop.database.place, DEAD).end(is_settled=False)
    (pages,) = shop.connection.execute("PRAGMA page_count").fetchone()
    shop.connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(LedgerFullError):
        recover(shop.database, shop.book)
    assert left(shop)[1] == [DEAD]
    shop.connection.execute("PRAGMA max_page_count = 1000000")
    recover(shop.database, shop.book)
    assert left(shop) == (0, [], [])
    assert shop.connection.execute("SELECT count(*) FROM event").fetchone() == (600,)
