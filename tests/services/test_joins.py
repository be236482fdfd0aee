from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cost_logs import cost, twin
from tokencli.readers.scan import Scanner
from tokencli.services.copies import Stream
from tokencli.services.joins import LINE_NOTE, TWIN_NOTE, Joins
from tokencli.services.rates import Rates
from tokencli.services.reading import Labels
from tokencli.store.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cost_logs import Shop
    from tokencli.readers.batch import Batch, Twin


def batch_of(*lines: bytes) -> Batch:
    scanner = Scanner("UTC")
    batch = scanner.empty_batch()
    scanner.scan(b"".join(lines), 0, batch)
    return batch


def twin_of(line: bytes) -> Twin:
    return batch_of(line).twins[0]


@pytest.fixture
def joins(shop: Shop) -> Iterator[Joins]:
    """Return joins of a ledger that holds two calls of one price, one of them without model; an origin 2 is there."""
    shop.take(shop.write("a.log", cost(0), cost(10, None), cost(20, "beta")))
    with shop.database.transaction() as connection:
        ledger = Ledger(connection)
        assert ledger.dictionary.origin("ba9876543210", "log", None) == 2
        labels = Labels("cost-line")
        made = Joins(ledger, Rates(shop.book, ledger.dictionary, labels), labels)
        made.look()
        yield made
        shop.check()


STREAM = Stream(2)


def sightings(shop: Shop) -> list[tuple[object, ...]]:
    return shop.connection.execute(
        "SELECT event_id >> 40, origin_id, note FROM sighting ORDER BY occurred_at"
    ).fetchall()


def test_twin_joins_a_waiting_call_of_the_ledger(joins: Joins, shop: Shop) -> None:
    assert joins.join(twin_of(twin(0.05)), STREAM)
    assert [call["agent"] for call in shop.calls()] == ["neo", None, None]
    assert sightings(shop) == [(1, 2, TWIN_NOTE)]
    assert not joins.join(twin_of(twin(0.06)), STREAM), "the call has its twin"


def test_twin_gives_its_model_and_so_its_price_to_a_call_without_one(joins: Joins, shop: Shop) -> None:
    assert joins.join(twin_of(twin(10.05)), STREAM)
    call = shop.calls()[1]
    assert (call["model"], call["agent"], call["status"], call["listed"]) == ("alpha", "neo", "priced", 350_000_000)


@pytest.mark.parametrize(
    "line", [twin(6), twin(0.05, model="beta"), twin(0.05, dollars="0.000351"), twin(20.05, model="alpha")]
)
def test_twin_that_fits_no_call_joins_none(joins: Joins, shop: Shop, line: bytes) -> None:
    assert not joins.join(twin_of(line), STREAM)
    assert sightings(shop) == []


def test_twin_is_known_to_other_contents_but_not_at_another_place_of_its_own(joins: Joins) -> None:
    told = twin_of(twin(0.05))
    assert not joins.is_known(told, STREAM)
    joins.join(told, STREAM)
    assert joins.is_known(told, Stream(1))
    assert joins.is_known(told, STREAM)
    assert not joins.is_known(told._replace(seq=5), STREAM)
    assert not joins.is_known(told._replace(agent="nexus"), Stream(1))
    assert not joins.is_known(told._replace(occurred_at=told.occurred_at + 1), Stream(1))


def test_twin_alone_waits_for_its_tokens(joins: Joins, shop: Shop) -> None:
    assert joins.keep_alone([twin_of(twin(30.5))._replace(seq=7)], STREAM) == 1
    assert joins.keep_alone([twin_of(twin(30.5))._replace(seq=7)], STREAM) == 0
    assert shop.calls()[-1]["basis"] == "missing"
    assert joins.lonely(batch_of(cost(100)), Stream(1), [0]) == set()
    batch = batch_of(cost(29), cost(30), cost(30.2, "beta"))
    assert joins.lonely(batch, Stream(1), []) == set()
    assert joins.lonely(batch, Stream(1), [0, 1, 2]) == {1}
    call = shop.calls()[-1]
    assert (call["basis"], call["agent"], call["input"], call["listed"]) == ("reported", "neo", 200, 350_000_000)
    assert sightings(shop) == [(2, 1, LINE_NOTE), (2, 2, TWIN_NOTE)]
    assert joins.lonely(batch, Stream(1), [0]) == set()


def test_line_without_model_gives_its_tokens_to_a_twin_alone(joins: Joins, shop: Shop) -> None:
    joins.keep_alone([twin_of(twin(30.5, model="gemini-1.5-flash"))], STREAM)
    assert joins.lonely(batch_of(cost(30, None, provider="Groq")), Stream(1), [0]) == {0}
    call = shop.calls()[-1]
    assert (call["provider"], call["model"], call["agent"], call["input"]) == ("groq", "gemini-1.5-flash", "neo", 200)


def test_joins_see_lonely_twins_of_other_processes_when_they_look(shop: Shop) -> None:
    with shop.database.transaction() as connection:
        ledger, labels = Ledger(connection), Labels("cost-line")
        rates = Rates(shop.book, ledger.dictionary, labels)
        first, second = Joins(ledger, rates, labels), Joins(ledger, rates, labels)
        assert ledger.dictionary.origin("0123456789ab", "log", None) == 1
        first.keep_alone([twin_of(twin(0.5))], Stream(1))
        assert second.lonely(batch_of(cost(0)), Stream(1), [0]) == set()
        second.look()
        assert second.lonely(batch_of(cost(0)), Stream(1), [0]) == {0}
