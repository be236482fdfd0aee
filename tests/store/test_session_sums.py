"""What sessions used: real figures where there are some, our own count where there are none, never both."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tokencli.domain.money import usd
from tokencli.store import session_sums
from tokencli.store.session_sums import SessionSums, sums_of_sessions

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.store.conftest import Call
    from tokencli.store.database import Database

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ORIGIN = 1 << 40


@pytest.fixture
def made(call: type[Call]) -> Callable[..., Call]:
    """Return a function that makes a call of session s, so many minutes after noon, with input and output."""

    def make(minute: float, tokens: tuple[int, int] | None, **named: Any) -> Call:
        counts = None if tokens is None else (tokens[0], 0, 0, tokens[1], 0)
        return call(at=NOON + timedelta(minutes=minute), tokens=counts, **{"session": "s", **named})

    return make


def sums(db: Database, session_id: str = "s") -> SessionSums:
    with db.reading() as connection:
        return sums_of_sessions(connection, [session_id])[session_id]


def estimate(db: Database, seq: int, input_tokens: int | None, output_tokens: int | None = None) -> None:
    with db.transaction() as connection:
        connection.execute("INSERT INTO estimate VALUES (?, ?, ?)", (ORIGIN + seq, input_tokens, output_tokens))


def send(db: Database, minute: float, **body: Any) -> None:
    opened_at = (NOON + timedelta(minutes=minute) - EPOCH) // timedelta(microseconds=1)
    with db.transaction() as connection:
        connection.execute("INSERT INTO intent (opened_at, body) VALUES (?, ?)", (opened_at, json.dumps(body)))


def test_a_session_without_calls_has_used_nothing(db: Database) -> None:
    found = sums(db)
    assert (found.totals.requests, found.input_tokens, found.newest) == (0, 0, None)
    assert found.totals.list_cost == usd(0)


def test_real_figures_are_added_up_and_other_sessions_left_out(
    db: Database, add: Callable[..., None], made: Callable[..., Call]
) -> None:
    add(made(0, (100, 10)), made(1, (200, 20), model="o3"), made(2, (9000, 900), session="other"), made(3, (7, 7)))
    found = sums(db)
    assert (found.totals.requests, found.input_tokens, found.real_output_tokens) == (3, 307, 37)
    assert (found.estimated_input_tokens, found.estimated_requests) == (0, 0)
    assert found.totals.list_cost == usd("0.000000003")


def test_two_clients_in_two_sessions_are_not_mixed(
    db: Database, add: Callable[..., None], made: Callable[..., Call]
) -> None:
    for minute in range(10):
        add(made(minute, (100, 1), session="left"), made(minute, (5000, 2), session="right"))
    with db.reading() as connection:
        found = sums_of_sessions(connection, ["left", "right"])
    assert [(one.input_tokens, one.real_output_tokens) for one in found.values()] == [(1000, 10), (50_000, 20)]
    assert [one.newest.used_tokens for one in found.values() if one.newest] == [101, 5002]


def test_an_estimate_beside_a_real_figure_is_not_added(
    db: Database, add: Callable[..., None], made: Callable[..., Call]
) -> None:
    add(made(0, (67_000, 62)))
    estimate(db, 1, 79_155)
    found = sums(db)
    assert (found.input_tokens, found.real_output_tokens, found.estimated_input_tokens) == (67_000, 62, 0)
    assert found.newest is not None
    assert (found.newest.used_tokens, found.newest.is_estimated) == (67_062, False)


def test_an_estimate_stands_in_where_nothing_was_told(
    db: Database, add: Callable[..., None], made: Callable[..., Call]
) -> None:
    add(made(0, (100, 10)), made(1, None, basis="missing", finish="truncated"))
    estimate(db, 2, 450, 30)
    found = sums(db)
    assert (found.input_tokens, found.real_output_tokens) == (550, 10)
    assert (found.estimated_input_tokens, found.estimated_requests, found.counted_requests) == (450, 1, 2)
    assert found.newest is not None
    assert (found.newest.used_tokens, found.newest.is_estimated) == (480, True)


def test_a_call_that_failed_has_used_nothing(db: Database, add: Callable[..., None], made: Callable[..., Call]) -> None:
    add(made(0, (100, 10)), made(1, None, basis="missing", finish="error"))
    estimate(db, 2, 450)
    found = sums(db)
    assert (found.totals.requests, found.counted_requests, found.input_tokens) == (2, 1, 100)
    assert found.newest is not None
    assert found.newest.used_tokens == 110


def test_an_estimated_call_counts_with_its_input_and_is_marked(
    db: Database, add: Callable[..., None], made: Callable[..., Call]
) -> None:
    add(made(0, (100, 10)), made(1, (300, 50), basis="estimated", finish="cancelled"))
    found = sums(db)
    assert (found.input_tokens, found.estimated_input_tokens, found.real_output_tokens) == (400, 300, 10)
    assert found.newest is not None
    assert (found.newest.used_tokens, found.newest.is_estimated) == (350, True)


def test_the_newest_call_decides_however_far_apart_they_are(
    db: Database, add: Callable[..., None], made: Callable[..., Call]
) -> None:
    add(made(60 * 24 * 30, (5, 5), model="late"), made(0, (100, 10)), made(0.5, (1, 1), session="other"))
    newest = sums(db).newest
    assert newest is not None
    assert (newest.model, newest.provider_name, newest.used_tokens) == ("late", "openai", 10)
    assert newest.occurred_at == NOON + timedelta(days=30)


def test_within_a_quarter_of_an_hour_the_last_one_is_the_newest(
    db: Database, add: Callable[..., None], made: Callable[..., Call]
) -> None:
    add(made(3, (30, 3), model="b"), made(1, (10, 1)), made(2, (20, 2), model="c"))
    newest = sums(db).newest
    assert newest is not None
    assert (newest.model, newest.used_tokens) == ("b", 33)


def test_counting_tokens_and_embedding_is_no_conversation(
    db: Database, add: Callable[..., None], made: Callable[..., Call]
) -> None:
    add(made(0, (100, 10)), made(1, (0, 0), model="counter"), made(2, (70, 0), model="embedder"))
    with db.transaction() as connection:
        for model, operation in (("counter", "count_tokens"), ("embedder", "embeddings")):
            connection.execute("UPDATE facet SET operation_name = ? WHERE request_model = ?", (operation, model))
    found = sums(db)
    assert found.input_tokens == 170
    assert found.newest is not None
    assert found.newest.used_tokens == 110


def test_a_call_on_its_way_counts_with_its_estimate(
    db: Database, add: Callable[..., None], made: Callable[..., Call]
) -> None:
    add(made(0, (100, 10)))
    send(db, 1, session_id="s", estimated_input_tokens=450, request_model="o3", provider_name="openai", client=None)
    send(db, 2, session_id="other", estimated_input_tokens=9000)
    send(db, 3, session_id="s", estimated_input_tokens=None)
    found = sums(db)
    assert (found.open_requests, found.input_tokens, found.estimated_input_tokens) == (2, 550, 450)
    assert found.newest is not None
    assert (found.newest.model, found.newest.used_tokens, found.newest.is_estimated) == ("o3", 450, True)


def test_an_intent_that_cannot_be_read_stands_in_nobodys_way(db: Database) -> None:
    with db.transaction() as connection:
        connection.execute("INSERT INTO intent (opened_at, body) VALUES (0, 'no JSON'), (1, '')")
    send(db, 1, session_id="s", estimated_input_tokens=450)
    assert sums(db).open_requests == 1


def test_a_call_that_was_sent_before_the_newest_one_is_not_the_newest(
    db: Database, add: Callable[..., None], made: Callable[..., Call]
) -> None:
    add(made(5, (100, 10)))
    send(db, 1, session_id="s", estimated_input_tokens=450)
    newest = sums(db).newest
    assert newest is not None
    assert newest.used_tokens == 110


def test_calls_without_a_price_are_told_apart(
    db: Database, add: Callable[..., None], made: Callable[..., Call]
) -> None:
    add(made(0, (100, 10)), made(1, (100, 10), status="unpriced", listed=None))
    assert (sums(db).totals.unpriced_requests, sums(db).totals.list_cost) == (1, usd("0.000000001"))
    add(made(0, (1, 1), session="unknown", status="unpriced", listed=None))
    assert sums(db, "unknown").totals.list_cost is None


@pytest.mark.parametrize("statement", ["SUMS_OF_FACETS", "NEWEST_OF_FACETS", "ESTIMATES_OF_FACETS"])
def test_no_query_runs_through_the_calls(db: Database, statement: str) -> None:
    sql = getattr(session_sums, statement)
    values = (0, 1, "[1]")[-sql.count("?") :]
    steps = [row[3] for row in db.connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    assert not [step for step in steps if step.startswith("SCAN e") or "AUTOMATIC" in step]
    assert all("event_occurred_at" in step for step in steps if step.startswith("SEARCH e "))


def test_a_ledger_full_of_other_calls_costs_a_session_nothing(
    db: Database, add: Callable[..., None], made: Callable[..., Call]
) -> None:
    add(*(made(minute, (1, 1), session=None) for minute in range(600)), made(601, (5, 5)))
    few = steps_taken(db)
    add(*(made(minute / 10, (1, 1), session=None) for minute in range(6000)))
    assert steps_taken(db) < few * 1.5


def steps_taken(db: Database) -> int:
    """Return how many times ten instructions SQLite needs for the sums."""
    ticks = 0

    def tick() -> None:
        nonlocal ticks
        ticks += 1

    db.connection.set_progress_handler(tick, 10)
    sums(db)
    db.connection.set_progress_handler(None, 10)
    return ticks
