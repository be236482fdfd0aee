from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.cost_logs import check_sums
from tokencli.domain.errors import ImpossibleValueError
from tokencli.domain.event import EventId, Finish, UnitPrices, UsageEvent
from tokencli.domain.money import usd
from tokencli.domain.usage import Basis, Estimate, TokenUsage
from tokencli.services.record import Door, micros, record
from tokencli.store.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cost_logs import Shop

EVENT = UsageEvent(
    event_id=EventId("run.7"),
    occurred_at=datetime(2025, 10, 10, 12, 0, 0, 123_456, tzinfo=UTC),
    source="proxy",
    basis=Basis.REPORTED,
    provider_name="openai",
    operation_name="chat",
    request_model="alpha",
    usage=TokenUsage(input_tokens=200, output_tokens=75),
)
USAGE = TokenUsage(input_tokens=200, cache_read_tokens=50, output_tokens=75, reasoning_tokens=5, web_search_requests=2)
FULL = replace(
    EVENT,
    response_model="beta",
    response_id="r-1",
    session_id="s",
    conversation_id="c",
    client="cli",
    agent="neo",
    project="shop",
    tags={"b": "2", "a": "1"},
    usage=TokenUsage(
        input_tokens=200, cache_read_tokens=50, output_tokens=75, reasoning_tokens=5, web_search_requests=2
    ),
    reported_cost=usd("0.5"),
    reported_prices=UnitPrices(input_usd=usd("0.000001"), output_usd=usd("0.000002")),
    finish=Finish.ERROR,
    error_type="timeout",
    duration_s=1.5,
    time_to_first_token_s=0.25,
    raw_usage="{}",
)


@pytest.fixture
def ledger(shop: Shop) -> Iterator[Ledger]:
    with shop.database.transaction() as connection:
        yield Ledger(connection)
        check_sums(connection)


def one(ledger: Ledger, statement: str) -> tuple[object, ...]:
    (row,) = ledger.connection.execute(statement).fetchall()
    return tuple(row)


def test_call_is_priced_and_kept(ledger: Ledger, shop: Shop) -> None:
    assert record(ledger, shop.book, EVENT)
    assert one(
        ledger, "SELECT id & 0xffffffffff, occurred_at, input_tokens, output_tokens, list_cost_pico FROM event"
    ) == (
        7,
        1760097600123456,
        200,
        75,
        350_000_000,
    )
    assert one(ledger, "SELECT key, kind FROM origin") == ("run", "proxy")
    assert one(ledger, "SELECT cost_status, price_id IS NULL FROM facet") == ("priced", 0)
    assert ledger.connection.execute("SELECT * FROM event_detail").fetchall() == []


def test_everything_a_witness_told_is_kept(ledger: Ledger, shop: Shop) -> None:
    record(ledger, shop.book, FULL)
    assert one(
        ledger,
        "SELECT request_model, response_model, session_id, project, agent, client, tags, finish, error_type FROM facet",
    ) == ("alpha", "beta", "s", "shop", "neo", "cli", '{"a": "1", "b": "2"}', "error", "timeout")
    assert one(ledger, "SELECT input_pico, output_pico FROM logged_price") == (1_000_000, 2_000_000)
    assert one(ledger, "SELECT reported_cost_pico, cache_read_tokens, reasoning_tokens FROM event") == (
        5 * 10**11,
        50,
        5,
    )
    columns = "usage, raw_usage, response_id, record_id, conversation_id, duration_us, time_to_first_token_us"
    assert one(ledger, f"SELECT {columns} FROM event_detail") == (
        json.dumps({"web_search_requests": USAGE.web_search_requests}),
        "{}",
        "r-1",
        None,
        "c",
        1_500_000,
        250_000,
    )


def test_same_call_again_changes_nothing(ledger: Ledger, shop: Shop) -> None:
    assert record(ledger, shop.book, FULL)
    assert not record(ledger, shop.book, FULL)
    assert not record(ledger, shop.book, replace(FULL, agent="other"))
    assert one(ledger, "SELECT count(*), sum(requests) FROM event, rollup") == (1, 1)


def test_call_without_usage_or_price_is_unpriced(ledger: Ledger, shop: Shop) -> None:
    record(ledger, shop.book, replace(EVENT, usage=None, basis=Basis.MISSING))
    record(ledger, shop.book, replace(EVENT, event_id=EventId("run.8"), request_model="nobody-knows-it"))
    huge = TokenUsage(input_tokens=2**53)
    record(ledger, shop.book, replace(EVENT, event_id=EventId("run.9"), request_model="dear", usage=huge))
    rows = ledger.connection.execute(
        "SELECT input_tokens, list_cost_pico, cost_status, price_id FROM event JOIN facet ON facet.id = facet_id"
    )
    assert rows.fetchall() == [
        (None, None, "unpriced", None),
        (200, None, "unpriced", None),
        (2**53, None, "unpriced", None),
    ]


def test_our_own_count_is_kept_beside_the_reported_one(ledger: Ledger, shop: Shop) -> None:
    record(ledger, shop.book, replace(EVENT, estimate=Estimate(input_tokens=190)))
    record(ledger, shop.book, replace(EVENT, event_id=EventId("run.8")))
    assert one(ledger, "SELECT event_id & 0xffffffffff, input_tokens, output_tokens FROM estimate") == (7, 190, None)
    assert one(ledger, "SELECT sum(input_tokens), count(*) FROM event") == (400, 2)


def test_calls_that_share_everything_share_a_facet(ledger: Ledger, shop: Shop) -> None:
    door = Door(ledger, shop.book)
    for seq in range(1, 6):
        assert door.record(replace(FULL, event_id=EventId(f"run.{seq}")))
    assert one(ledger, "SELECT count(*), count(DISTINCT facet_id), sum(list_cost_pico) FROM event")[:2] == (5, 1)
    door.record(replace(FULL, event_id=EventId("run.6"), agent="trinity"))
    door.record(replace(FULL, event_id=EventId("run.7"), tags={"a": "1"}))
    assert one(ledger, "SELECT count(*) FROM facet") == (3,)


def test_what_a_lost_transaction_had_numbered_is_made_again(shop: Shop) -> None:
    door = Door(Ledger(shop.connection), shop.book)
    shop.connection.execute("BEGIN")
    door.record(FULL)
    shop.connection.execute("ROLLBACK")
    door.forget()
    with shop.database.transaction():
        door.record(FULL)
    joined = "SELECT o.key, f.agent, p.id IS NULL FROM event AS e JOIN origin AS o ON o.id = e.id >> 40"
    joined += " JOIN facet AS f ON f.id = e.facet_id LEFT JOIN price AS p ON p.id = f.price_id"
    assert shop.connection.execute(joined).fetchall() == [("run", "neo", 0)]


def test_half_a_character_does_not_keep_a_call_out(ledger: Ledger, shop: Shop) -> None:
    half = "m\ud800"
    broken = replace(FULL, request_model=half, response_id=half, raw_usage=half, tags={half: half})
    assert record(ledger, shop.book, broken)
    assert one(ledger, "SELECT request_model, tags FROM facet") == ("m?", '{"m?": "m?"}')


FAILED = replace(EVENT, usage=None, basis=Basis.MISSING, finish=Finish.ERROR, error_type="http_429", reported_cost=None)


@pytest.mark.parametrize(
    "event",
    [
        FAILED,
        replace(EVENT, operation_name="count_tokens", usage=TokenUsage(), request_model="nobody-knows"),
        replace(EVENT, operation_name="moderation", usage=TokenUsage(), request_model="nobody-knows"),
    ],
    ids=["failed", "counted", "moderated"],
)
def test_what_no_provider_bills_costs_nothing_and_is_not_unpriced(
    ledger: Ledger, shop: Shop, event: UsageEvent
) -> None:
    record(ledger, shop.book, event)
    assert one(ledger, "SELECT f.cost_status, e.list_cost_pico FROM event AS e JOIN facet AS f") == ("free", 0)


def test_a_call_that_was_cut_before_any_count_stays_unpriced(ledger: Ledger, shop: Shop) -> None:
    record(ledger, shop.book, replace(FAILED, finish=Finish.TRUNCATED))
    assert one(ledger, "SELECT f.cost_status, e.list_cost_pico FROM event AS e JOIN facet AS f") == ("unpriced", None)


@pytest.mark.parametrize("name", ["run", "run.", ".7", "run.x", "run.-1"])
def test_event_id_that_names_no_place_is_refused(ledger: Ledger, shop: Shop, name: str) -> None:
    with pytest.raises(ImpossibleValueError, match="event_id"):
        record(ledger, shop.book, replace(EVENT, event_id=EventId(name)))


def test_times_become_whole_microseconds() -> None:
    assert micros(datetime(1970, 1, 1, 0, 0, 1, 5, tzinfo=UTC)) == 1_000_005
