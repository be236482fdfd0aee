from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cost_logs import NOISE, cost, twin
from tokencli.readers.scan import Scanner
from tokencli.services.copies import Copies, Stream, time_span

if TYPE_CHECKING:
    from tests.cost_logs import Shop
    from tokencli.readers.batch import Batch

NEW = Stream(99)


def batch_of(*lines: bytes, record_ids: dict[int, str] | None = None) -> Batch:
    scanner = Scanner("UTC")
    batch = scanner.empty_batch()
    scanner.scan(b"".join(lines), 0, batch)
    batch.record_ids = {batch.calls[index][0]: name for index, name in (record_ids or {}).items()}
    return batch


def fresh(shop: Shop, batch: Batch, stream: Stream = NEW) -> list[int]:
    copies = Copies(shop.connection, "cost-line")
    copies.begin()
    return copies.fresh(batch, stream)


@pytest.fixture
def told(shop: Shop) -> Shop:
    """Return a shop that has two equal calls, one more, and one without model that a twin named."""
    shop.take(shop.write("a.log", cost(0), cost(0), cost(10), cost(20, None), twin(20.05)))
    return shop


def test_everything_is_new_to_an_empty_ledger(shop: Shop) -> None:
    assert fresh(shop, batch_of(cost(0), cost(0))) == [0, 1]
    assert fresh(shop, batch_of(NOISE)) == []


def test_line_is_a_copy_as_often_as_it_was_told_and_no_more(told: Shop) -> None:
    assert fresh(told, batch_of(cost(0))) == []
    assert fresh(told, batch_of(cost(0), cost(0), cost(0))) == [2]


def test_lines_are_counted_across_the_batches_of_one_content(told: Shop) -> None:
    copies = Copies(told.connection, "cost-line")
    copies.begin()
    assert [copies.fresh(batch_of(cost(0)), NEW) for _ in range(3)] == [[], [], [0]]
    copies.begin()
    assert copies.fresh(batch_of(cost(0)), NEW) == []


def test_line_that_differs_in_anything_is_new(told: Shop) -> None:
    others = [
        cost(0.001),
        cost(0, "beta"),
        cost(0, tokens=(201, 75)),
        cost(0, tokens=(200, 76)),
        cost(0, dollars="0.000351"),
        cost(0, provider="Groq"),
    ]
    assert fresh(told, batch_of(*others)) == list(range(len(others)))


def test_lines_of_the_same_content_are_no_copies_of_one_another(told: Shop) -> None:
    (origin_id,) = told.connection.execute("SELECT id FROM origin").fetchone()
    assert fresh(told, batch_of(cost(0)), Stream(origin_id)) == [0]


def test_calls_of_another_source_are_no_copies(told: Shop) -> None:
    copies = Copies(told.connection, "proxy")
    copies.begin()
    assert copies.fresh(batch_of(cost(0)), NEW) == [0]


def test_line_without_model_is_a_copy_though_its_twin_gave_it_one(told: Shop) -> None:
    assert fresh(told, batch_of(cost(20, None))) == []


def test_line_without_time_is_never_a_copy(shop: Shop) -> None:
    shop.take(shop.write("a.log", cost(None)), day="2025-10-10")
    scanner = Scanner("UTC")
    batch = scanner.empty_batch()
    batch.calls = [(0, shop.calls()[0]["occurred_at"], 0, 200, 75, 350_000_000)]
    batch.kinds = [batch_of(cost(0)).kinds[0]._replace(is_timed=False)]
    assert fresh(shop, batch) == [0]


def test_replay_leaves_out_the_places_that_are_in(told: Shop) -> None:
    (origin_id,) = told.connection.execute("SELECT id FROM origin").fetchone()
    batch = batch_of(cost(0), cost(0), b"\n", cost(5), cost(7))
    assert fresh(told, batch, Stream(origin_id, is_replay=True)) == [2, 3]


def test_record_is_known_by_its_id_and_else_a_copy_of_a_line_without_one(told: Shop) -> None:
    with told.database.transaction() as connection:
        (event_id,) = connection.execute("SELECT min(id) FROM event").fetchone()
        connection.execute("INSERT INTO event_detail (event_id, record_id) VALUES (?, 'a')", (event_id,))
    assert fresh(told, batch_of(cost(7), cost(8), record_ids={0: "a", 1: "a"})) == []
    assert fresh(told, batch_of(cost(7), cost(8), record_ids={0: "b", 1: "b"})) == [0]
    assert fresh(told, batch_of(cost(0), cost(0), record_ids={0: "b", 1: "c"})) == [1]


def test_batch_overlaps_when_its_times_come_near_what_is_told(told: Shop) -> None:
    copies = Copies(told.connection, "cost-line")
    copies.begin()
    assert copies.is_overlapping(batch_of(cost(20)), NEW)
    assert copies.is_overlapping(batch_of(twin(25)), NEW)
    assert not copies.is_overlapping(batch_of(twin(26)), NEW)
    assert not copies.is_overlapping(batch_of(NOISE), NEW)
    assert copies.is_overlapping(batch_of(NOISE), Stream(99, is_replay=True))
    told.take(told.write("b.log", cost(100)))
    assert not copies.is_overlapping(batch_of(cost(100)), NEW)
    copies.look()
    assert copies.is_overlapping(batch_of(cost(100)), NEW)


def test_time_span_is_from_the_first_to_the_last_call() -> None:
    first, last = time_span(batch_of(cost(5), cost(1), cost(3)))
    assert last - first == 4_000_000
