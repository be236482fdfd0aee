"""A call is found by its id, by enough of its beginning, or by the id of any line that saw it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING, Any

import pytest

from tokencli.domain.errors import AmbiguousCallError, NoSuchCallError
from tokencli.domain.event import UnitPrices
from tokencli.domain.money import from_pico
from tokencli.domain.period import period_of
from tokencli.domain.report import EventFilter
from tokencli.domain.usage import Basis, Estimate, TokenUsage
from tokencli.store.calls import call_named, calls, last_call
from tokencli.store.queries import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tokencli.store.database import Database

NOW = datetime(2026, 11, 20, 12, 7, 30, 123456, tzinfo=UTC)
ORIGIN = "0123456789ab"
PICO = Decimal(10) ** -12


def test_everything_known_of_a_call_comes_back(db: Database, add: Callable[..., None], call: Any) -> None:
    add(
        call(
            at=NOW,
            provider="anthropic",
            model="claude",
            response_model="claude-1",
            session="s",
            project="p",
            agent="neo",
            client="c",
            tags={"team": "red"},
            finish="error",
            tokens=(100, 50, 20, 10, 5),
            listed=7,
            reported=9,
            price='{"a":1}',
            logged=(3, 4),
        )
    )
    number = 2**40 + 1
    usage = {"cache_write_1h_tokens": 20}
    with db.transaction() as connection:
        connection.execute(
            "INSERT INTO event_detail (event_id, usage, raw_usage, response_id, conversation_id, duration_us,"
            " time_to_first_token_us) VALUES (?, ?, '{}', 'resp', 'conv', 1500000, 250000)",
            (number, json.dumps(usage)),
        )
    found = call_named(db.connection, f"{ORIGIN}.1")
    event = found.event
    assert (event.event_id, event.occurred_at, event.model) == (f"{ORIGIN}.1", NOW, "claude-1")
    assert (event.provider_name, event.request_model, event.session_id, event.project) == (
        "anthropic",
        "claude",
        "s",
        "p",
    )
    assert (event.agent, event.client, event.tags, event.finish) == ("neo", "c", {"team": "red"}, "error")
    assert event.usage == TokenUsage(
        input_tokens=100,
        cache_read_tokens=50,
        cache_write_tokens=20,
        cache_write_1h_tokens=20,
        output_tokens=10,
        reasoning_tokens=5,
    )
    assert (event.response_id, event.conversation_id, event.raw_usage) == ("resp", "conv", "{}")
    assert (event.duration_s, event.time_to_first_token_s) == (1.5, 0.25)
    assert event.reported_prices == UnitPrices(input_usd=from_pico(3), output_usd=from_pico(4))
    assert (event.reported_cost, found.list_cost, found.cost_status) == (9 * PICO, 7 * PICO, "priced")
    assert found.price_body == '{"a":1}'


def test_our_own_count_comes_back_beside_the_reported_one(db: Database, add: Callable[..., None], call: Any) -> None:
    add(call(at=NOW), call(at=NOW + timedelta(seconds=1)))
    with db.transaction() as connection:
        connection.execute("INSERT INTO estimate VALUES (?, 90, NULL)", (2**40 + 1,))
        connection.execute("UPDATE origin SET kind = 'proxy'")
    counted = call_named(db.connection, f"{ORIGIN}.1")
    assert counted.event.estimate == Estimate(input_tokens=90)
    assert counted.event.usage == TokenUsage(input_tokens=100, output_tokens=10)
    assert counted.sightings[0].unit == "call"
    assert call_named(db.connection, f"{ORIGIN}.2").event.estimate is None


def test_plain_counts_need_no_detail(db: Database, add: Callable[..., None], call: Any) -> None:
    add(
        call(at=NOW, tokens=(5, 4, 0, 3, 2)), call(at=NOW, tokens=None, basis="missing", listed=None, status="unpriced")
    )
    assert call_named(db.connection, f"{ORIGIN}.1").event.usage == TokenUsage(
        input_tokens=5, cache_read_tokens=4, output_tokens=3, reasoning_tokens=2
    )
    missing = call_named(db.connection, f"{ORIGIN}.2")
    assert (missing.event.usage, missing.event.basis, missing.list_cost) == (None, Basis.MISSING, None)


def test_the_first_witness_comes_first_and_each_has_its_place(
    db: Database, add: Callable[..., None], call: Any
) -> None:
    add(call(at=NOW))
    add(call(at=NOW), origin="ffffffffffff")
    with db.transaction() as connection:
        connection.execute("UPDATE origin SET detail = 'was.log' WHERE id = 1")
        connection.execute("UPDATE origin SET detail = 'old.log' WHERE id = 2")
        connection.execute(
            "INSERT INTO log_file (path, origin_id, size, mtime_ns, offset, line_count, head_bytes, format, updated_at)"
            " VALUES ('/var/log/new.log', 2, 0, 0, 0, 0, 0, 'cost-line', 1)"
        )
        connection.execute(
            "INSERT INTO sighting VALUES (?, 2, 77, 'twin', ?, 'agent neo')",
            (2**40 + 1, (NOW - timedelta(seconds=1) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)),
        )
    first, second = call_named(db.connection, f"{ORIGIN}.1").sightings
    assert (first.source, first.origin, first.place, first.seq, first.note) == (
        "cost-line",
        ORIGIN,
        "was.log",
        1,
        None,
    )
    assert (second.source, second.place, second.seq, second.note) == ("twin", "/var/log/new.log", 77, "agent neo")
    assert second.occurred_at == NOW - timedelta(seconds=1)
    assert call_named(db.connection, "ffffffffffff.77").event.event_id == f"{ORIGIN}.1"


@pytest.fixture
def many(db: Database, add: Callable[..., None], call: Any) -> Database:
    add(*(call(at=NOW + timedelta(seconds=number)) for number in range(12)))
    add(call(at=NOW), origin="01ffffffffff")
    return db


@pytest.mark.parametrize(
    ("name", "found"),
    [
        (f"{ORIGIN}.1", f"{ORIGIN}.1"),
        (f"{ORIGIN}.12", f"{ORIGIN}.12"),
        (f"{ORIGIN}.2", f"{ORIGIN}.2"),
        (f" {ORIGIN.upper()}.3\n", f"{ORIGIN}.3"),
        ("01f", "01ffffffffff.1"),
        ("01ffffffffff.", "01ffffffffff.1"),
    ],
)
def test_enough_of_an_id_finds_its_call(many: Database, name: str, found: str) -> None:
    assert call_named(many.connection, name).event.event_id == found


def test_the_beginning_of_a_number_finds_the_one_call_that_has_it(
    db: Database, add: Callable[..., None], call: Any
) -> None:
    add(call(at=NOW))
    with db.transaction() as connection:
        connection.execute("UPDATE event SET id = id + 104856")
    assert call_named(db.connection, f"{ORIGIN}.104").event.event_id == f"{ORIGIN}.104857"


@pytest.mark.parametrize("name", ["0", "01", ORIGIN, f"{ORIGIN}."])
def test_too_little_of_an_id_names_two_calls_it_could_mean(many: Database, name: str) -> None:
    with pytest.raises(AmbiguousCallError, match=r"such as [0-9a-f]{12}\.\d+ and [0-9a-f]{12}\.\d+: write more"):
        call_named(many.connection, name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        ".1",
        "zz",
        f"{ORIGIN}.99",
        f"{ORIGIN}.x",
        f"{ORIGIN}.²",
        f"{ORIGIN}.1.1",
        "0123.1",
        f"{ORIGIN}.{10**30}",
        "%",
    ],
)
def test_what_no_call_is_called_is_said_so(many: Database, name: str) -> None:
    with pytest.raises(NoSuchCallError, match="there is no call"):
        call_named(many.connection, name)


def test_the_last_call_is_the_newest_not_the_one_read_last(many: Database) -> None:
    found = last_call(many.connection)
    assert found is not None
    assert found.event.event_id == f"{ORIGIN}.12"


def test_an_empty_ledger_has_no_last_call(db: Database) -> None:
    assert last_call(db.connection) is None


def test_calls_come_in_the_order_of_time_through_the_filter(db: Database, add: Callable[..., None], call: Any) -> None:
    add(
        call(at=NOW, model="a", tags={"team": "red"}, reported=5),
        call(at=NOW - timedelta(hours=1), model="a", tokens=None, basis="missing", listed=None, status="unpriced"),
        call(at=NOW - timedelta(hours=2), model="b"),
        call(at=NOW - timedelta(days=2), model="a"),
    )
    today = period_of("today", now=NOW, zone="UTC")
    found = list(calls(db.connection, today, EventFilter(names={"model": ("a",)})))
    assert [row.event_id for row in found] == [f"{ORIGIN}.2", f"{ORIGIN}.1"]
    assert (found[0].input_tokens, found[0].list_cost, found[0].cost_status) == (None, None, "unpriced")
    assert (found[1].occurred_at, found[1].tags, found[1].reported_cost) == (NOW, {"team": "red"}, 5 * PICO)
    assert len(list(calls(db.connection, today, EVERYTHING))) == 3


def test_money_is_exact_whatever_precision_the_caller_works_with(
    db: Database, add: Callable[..., None], call: Any
) -> None:
    add(call(at=NOW, listed=2**63 - 1))
    with localcontext(prec=3):
        (row,) = calls(db.connection, period_of("today", now=NOW, zone="UTC"), EVERYTHING)
    assert row.list_cost == Decimal("9223372.036854775807")
