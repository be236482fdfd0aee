from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cost_logs import Shop, calls_of, check_sums, cost, twin
from tokencli.domain.event import EventId, UsageEvent
from tokencli.domain.money import from_pico
from tokencli.domain.usage import Basis, TokenUsage
from tokencli.readers.batch import Batch
from tokencli.readers.scan import Scanner
from tokencli.services.copies import Stream
from tokencli.services.rates import sort_of
from tokencli.services.reading import Labels
from tokencli.services.record import record
from tokencli.services.record_batch import BatchRecorder
from tokencli.services.tally import Recorded
from tokencli.store.database import open_ledger
from tokencli.store.ledger import AbsurdSumError, Ledger

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from tokencli.pricing.book import PriceBook

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def batch_of(*lines: bytes) -> Batch:
    scanner = Scanner("UTC")
    batch = scanner.empty_batch()
    scanner.scan(b"".join(lines), 0, batch)
    return batch


def recorder_of(shop: Shop) -> tuple[BatchRecorder, Stream]:
    ledger = Ledger(shop.connection)
    recorder = BatchRecorder(ledger, shop.book, Labels("cost-line"))
    recorder.begin_content()
    return recorder, Stream(ledger.dictionary.origin("0123456789ab", "log", None))


def put(shop: Shop, *lines: bytes) -> Recorded:
    with shop.database.transaction():
        recorder, stream = recorder_of(shop)
        return recorder.record(batch_of(*lines), stream)


def event_of(batch: Batch, number: int) -> UsageEvent:
    seq, time, kind, into, out, reported = batch.calls[number]
    sort = sort_of(batch.kinds[kind])
    return UsageEvent(
        event_id=EventId(f"0123456789ab.{seq}"),
        occurred_at=EPOCH + timedelta(microseconds=time),
        source="cost-line",
        basis=Basis.REPORTED,
        provider_name=sort.provider,
        operation_name="chat",
        request_model=sort.model,
        usage=TokenUsage(input_tokens=into, output_tokens=out),
        reported_cost=from_pico(reported),
    )


LINES = st.lists(
    st.builds(
        cost,
        st.floats(0, 200_000),
        st.sampled_from(["alpha", "beta", "gamma", "gratis", "dear", "gemini-1.5-flash", "nobody-knows-it", None]),
        st.tuples(st.integers(0, 999_999_999), st.integers(0, 999_999_999)),
        st.sampled_from(["0.000000", "0.000350", "12.500000", "9999.999999"]),
        st.sampled_from(["OpenAI", "Gemini", "google", "Zoé"]),
    ),
    max_size=40,
)


@settings(max_examples=60)
@given(LINES)
def test_many_lines_at_once_are_recorded_as_events_one_by_one(
    tmp_path_factory: pytest.TempPathFactory, book: PriceBook, lines: list[bytes]
) -> None:
    batch = batch_of(*lines)
    assert len(batch.calls) == len(lines)
    folder = tmp_path_factory.mktemp("both")

    def in_bulk(shop: Shop) -> None:
        recorder, stream = recorder_of(shop)
        assert recorder.record(batch, stream).recorded == len(lines)

    def one_by_one(shop: Shop) -> None:
        for number in range(len(batch.calls)):
            assert record(Ledger(shop.connection), book, event_of(batch, number))

    ways: dict[str, Callable[[Shop], None]] = {"bulk": in_bulk, "single": one_by_one}
    kept: list[object] = []
    for name, way in ways.items():
        with open_ledger(folder / f"{name}.db", write=True, create=True) as database:
            try:
                with database.transaction():
                    way(Shop(database, book, folder))
            except AbsurdSumError:
                kept.append("absurd")
                continue
            check_sums(database.connection)
            sums = (
                "SELECT bucket, sum(requests), total(list_cost_pico), total(reported_cost_pico) FROM rollup GROUP BY 1"
            )
            kept.append((calls_of(database.connection), database.connection.execute(sums).fetchall()))
    assert kept[0] == kept[1]


def test_each_line_is_recorded_merged_or_a_duplicate(shop: Shop) -> None:
    lines = [cost(0), twin(0.05), twin(50), cost(100), cost(100)]
    assert put(shop, *lines) == Recorded(recorded=4, merged=1, duplicate=0, price_differences=0)
    with shop.database.transaction():
        recorder, _ = recorder_of(shop)
        other = Stream(Ledger(shop.connection).dictionary.origin("ba9876543210", "log", None))
        assert recorder.record(batch_of(*lines), other) == Recorded(recorded=0, merged=0, duplicate=5)
    shop.check()


def test_twin_is_a_sighting_with_its_place_and_time(shop: Shop) -> None:
    put(shop, cost(0), twin(0.05))
    ((event_id, origin_id, seq, source, time, note),) = shop.connection.execute("SELECT * FROM sighting").fetchall()
    assert (event_id >> 40, origin_id, seq, source, note) == (
        origin_id,
        origin_id,
        len(cost(0)),
        "cost-line",
        "names the agent",
    )
    assert time - shop.calls()[0]["occurred_at"] == 50_000


def test_lines_of_failure_are_kept_with_their_provider(shop: Shop) -> None:
    put(
        shop,
        b"2025-10-10 12:00:00,000 [Google] Failed to count input tokens: x\n",
        b"Timeout AI request (model=gpt-4o, provider=x)\n",
        b"Timeout AI request after 30 s (provider=OpenAI, model=gpt-4o)\n",
    )
    rows = shop.connection.execute("SELECT occurred_at IS NULL, code, provider_name, model FROM notice ORDER BY id")
    assert rows.fetchall() == [
        (0, "count_input_failed", "gemini", None),
        (1, "timeout", None, None),
        (1, "timeout", "openai", "gpt-4o"),
    ]


def test_replay_adds_only_what_is_missing(shop: Shop) -> None:
    batch = batch_of(cost(0), cost(10), twin(10.05), cost(20))
    partial = Batch(lines=1, kinds=batch.kinds, calls=[batch.calls[1]], twins=batch.twins)
    with shop.database.transaction():
        recorder, stream = recorder_of(shop)
        assert recorder.record(partial, stream) == Recorded(1, 1)
        again = stream._replace(is_replay=True)
        assert recorder.record(batch, again) == Recorded(2, 0, 2)
        assert recorder.record(batch, again) == Recorded(0, 0, 4)
    assert shop.totals()[0] == 3
    shop.check()


def test_rounding_of_the_printed_dollars_is_no_difference(shop: Shop) -> None:
    dollars = ["0.000349", "0.000350", "0.000351", "0.000352"]
    assert put(shop, *(cost(number, dollars=each) for number, each in enumerate(dollars))).price_differences == 3
    half = [cost(9, tokens=(0, 0), dollars="0.000000"), cost(9.5, "gemini-1.5-flash", (20, 0), "0.000001")]
    assert put(shop, *(b"\n" * 1000, *half)).price_differences == 0


class GivenUpError(Exception):
    pass


def test_recorder_that_forgets_goes_on_after_a_rollback(shop: Shop) -> None:
    recorder: BatchRecorder | None = None
    with suppress(GivenUpError), shop.database.transaction():
        recorder, stream = recorder_of(shop)
        recorder.record(batch_of(cost(0)), stream)
        raise GivenUpError
    assert recorder is not None
    recorder.forget()
    with shop.database.transaction():
        stream = Stream(Ledger(shop.connection).dictionary.origin("0123456789ab", "log", None))
        recorder.begin_content()
        recorder.record(batch_of(cost(0, "beta"), cost(1)), stream)
    shop.check()
    assert [call["model"] for call in shop.calls()] == ["beta", "alpha"]
