"""One transaction for all that is handed over; what the ledger refuses keeps nothing else out."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.cost_logs import check_sums
from tokencli.domain.errors import LedgerFullError
from tokencli.domain.event import EventId, UsageEvent
from tokencli.domain.usage import Basis, TokenUsage
from tokencli.services.desk import Desk, Papers
from tokencli.services.saved import event_line
from tokencli.store.dictionary import Dictionary
from tokencli.store.intents import IntentRow

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from tests.cost_logs import Shop

EVENT = UsageEvent(
    event_id=EventId("run.1"),
    occurred_at=datetime(2026, 11, 21, tzinfo=UTC),
    source="proxy",
    basis=Basis.REPORTED,
    provider_name="openai",
    request_model="alpha",
    usage=TokenUsage(input_tokens=5),
)
TOO_LONG = {"duration_s": 1e300}


@pytest.fixture
def desk(shop: Shop) -> Desk:
    with shop.database.transaction() as connection:
        Dictionary(connection).origin("run", "proxy", None)
    return Desk(shop.database, shop.book)


def event(number: int, **facts: object) -> UsageEvent:
    return replace(EVENT, event_id=EventId(f"run.{number}"), **facts)  # type: ignore[arg-type]  # from a table


def rows(*numbers: int) -> list[IntentRow]:
    return [IntentRow(2**40 + number, 0, "{}") for number in numbers]


def on_their_way(shop: Shop) -> list[int]:
    return [row[0] - 2**40 for row in shop.connection.execute("SELECT id FROM intent ORDER BY id")]


def settled(shop: Shop) -> list[int]:
    check_sums(shop.connection)
    return [row[0] - 2**40 for row in shop.connection.execute("SELECT id FROM event ORDER BY id")]


def test_settled_call_is_no_longer_on_its_way(desk: Desk, shop: Shop) -> None:
    desk.write(Papers(opened=rows(1, 2, 3)))
    assert on_their_way(shop) == [1, 2, 3]
    assert desk.write(Papers(opened=rows(4), settled=[event(1), event(2)], dropped=[2**40 + 3])) == {}
    assert on_their_way(shop) == [4]
    assert settled(shop) == [1, 2]


def test_call_that_cannot_be_kept_keeps_no_other_out(desk: Desk, shop: Shop) -> None:
    desk.write(Papers(opened=rows(1, 2, 3)))
    broken = event(2, agent="first seen here", **TOO_LONG)
    refused = desk.write(Papers(opened=rows(4), settled=[event(1), broken, event(3, agent="first seen here")]))
    assert list(refused) == ["run.2"]
    assert refused["run.2"].line == event_line(broken)
    assert "too large" in refused["run.2"].reason
    assert settled(shop) == [1, 3]
    assert on_their_way(shop) == [2, 4]
    facets = "SELECT agent FROM event AS e JOIN facet AS f ON f.id = e.facet_id WHERE e.id = ?"
    assert shop.connection.execute(facets, (2**40 + 3,)).fetchall() == [("first seen here",)]


def test_absurd_sum_keeps_no_other_out(desk: Desk, shop: Shop) -> None:
    dear = event(1, request_model="dear", usage=TokenUsage(input_tokens=9000 * 10**6))
    both = [dear, event(2), replace(dear, event_id=EventId("run.3"))]
    refused = desk.write(Papers(settled=both))
    assert settled(shop) in ([1, 2], [1, 2, 3])
    assert len(settled(shop)) + len(refused) == 3


def test_event_id_without_a_place_is_refused_with_its_reason(desk: Desk, shop: Shop) -> None:
    refused = desk.write(Papers(settled=[event(1), replace(EVENT, event_id=EventId("odd"))]))
    assert "event_id" in refused["odd"].reason
    assert settled(shop) == [1]


def test_known_call_is_left_as_it_is(desk: Desk, shop: Shop) -> None:
    desk.write(Papers(settled=[event(1)]))
    assert desk.write(Papers(settled=[event(1, agent="other"), event(2)])) == {}
    assert settled(shop) == [1, 2]


def test_failing_ledger_keeps_nothing_and_numbers_are_made_again(
    desk: Desk, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = shop.database.transaction

    @contextmanager
    def full() -> Iterator[sqlite3.Connection]:
        with real() as connection:
            yield connection
            raise LedgerFullError(shop.database.place, how_far="")

    with monkeypatch.context() as patch:
        patch.setattr(shop.database, "transaction", full)
        with pytest.raises(LedgerFullError):
            desk.write(Papers(opened=rows(1), settled=[event(2, agent="new")]))
    assert settled(shop) == on_their_way(shop) == []
    desk.write(Papers(settled=[event(2, agent="new")]))
    joined = "SELECT f.agent, p.id IS NULL FROM event AS e JOIN facet AS f ON f.id = e.facet_id"
    joined += " LEFT JOIN price AS p ON p.id = f.price_id"
    assert shop.connection.execute(joined).fetchall() == [("new", 0)]


def test_disk_that_fills_up_while_one_call_is_tried_ends_the_whole(desk: Desk, shop: Shop) -> None:
    shop.connection.execute("PRAGMA max_page_count = 1")
    (pages,) = shop.connection.execute("PRAGMA page_count").fetchone()
    shop.connection.execute(f"PRAGMA max_page_count = {pages}")
    big = [event(number, raw_usage="x" * 5000, **(TOO_LONG if number == 1 else {})) for number in range(1, 40)]
    with pytest.raises(LedgerFullError):
        desk.write(Papers(settled=big))
    assert settled(shop) == []


def test_a_later_look_improves_the_row_of_its_call_and_its_sums(desk: Desk, shop: Shop) -> None:
    queued = event(1, basis=Basis.MISSING, usage=None, response_id="resp_1")
    desk.write(Papers(settled=[queued, event(2, response_id="resp_2")]))
    told = event(9, response_id="resp_1", usage=TokenUsage(input_tokens=15, output_tokens=9), raw_usage='{"x":1}')
    assert desk.look(told)
    assert settled(shop) == [1, 2]
    assert shop.connection.execute(
        "SELECT e.input_tokens, e.output_tokens, d.raw_usage, d.response_id FROM event AS e"
        " JOIN event_detail AS d ON d.event_id = e.id ORDER BY e.id"
    ).fetchall() == [(15, 9, '{"x":1}', "resp_1"), (5, 0, None, "resp_2")]


def test_a_later_look_that_is_taken_again_changes_nothing(desk: Desk, shop: Shop) -> None:
    desk.write(Papers(settled=[event(1, response_id="resp_1")]))
    assert desk.look(event(9, response_id="resp_1", usage=TokenUsage(input_tokens=99)))
    assert shop.connection.execute("SELECT input_tokens FROM event").fetchall() == [(5,)]


def test_a_later_look_knows_no_call_of_another_provider_or_id(desk: Desk, shop: Shop) -> None:
    desk.write(Papers(settled=[event(1, response_id="resp_1")]))
    assert not desk.look(event(9, response_id="resp_9"))
    assert not desk.look(event(9, response_id="resp_1", provider_name="azure"))
    assert settled(shop) == [1]
