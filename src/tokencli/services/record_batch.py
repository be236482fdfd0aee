"""The door for logs: the calls of a batch are priced, merged with what is known and kept, all in one transaction.

Each line of a batch is exactly one of recorded, merged or duplicate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from tokencli.services.copies import Copies, Stream
from tokencli.services.joins import TWIN_NOTE, Joins
from tokencli.services.rates import Rates, provider_named, sort_of
from tokencli.services.twins import pairs
from tokencli.store.ledger import ORIGIN_SHIFT

if TYPE_CHECKING:
    from tokencli.pricing.book import PriceBook
    from tokencli.readers.batch import Batch, Twin
    from tokencli.services.rates import Labels, Sort
    from tokencli.store.ledger import Ledger, PlainRow

_HALF_A_PRINTED_DIGIT: Final = 500_000


class Recorded(NamedTuple):
    """What became of a batch's call lines, and how many calls cost something else than the log said."""

    recorded: int = 0
    merged: int = 0
    duplicate: int = 0
    price_differences: int = 0


class BatchRecorder:
    """Writes to one ledger; its methods belong inside a transaction of that ledger."""

    def __init__(self, ledger: Ledger, book: PriceBook, labels: Labels) -> None:
        """Price by `book`; `labels` hold for every call."""
        self._ledger = ledger
        self._labels = labels
        self._rates = Rates(book, ledger.dictionary, labels)
        self._copies = Copies(ledger.connection, labels.source)
        self._joins = Joins(ledger, self._rates, labels)

    def forget(self) -> None:
        """Forget what a rolled back transaction had made."""
        self._rates.forget()

    def begin_content(self) -> None:
        """Look at the ledger as it is now: what stands in it may be told again by the next content."""
        self._copies.begin()

    def record(self, batch: Batch, stream: Stream) -> Recorded:
        """Price and keep the calls of a batch, its twins and its lines of failure."""
        fresh = self._copies.fresh(batch, stream)
        duplicate = len(batch.seqs) - len(fresh)
        improved = self._joins.lonely(batch, stream, fresh)
        fresh = [index for index in fresh if index not in improved] if improved else fresh
        agents: dict[int, Twin] = {}
        merged, told_again = len(improved), 0
        alone: list[Twin] = []
        for twin, index in pairs(batch, fresh):
            if index is not None:
                agents[index] = twin
                merged += 1
            elif (outcome := self._joins.known_call(twin, stream)) is None:
                alone.append(twin)
            else:
                merged, told_again = merged + outcome, told_again + (not outcome)
        rows = self._rows(batch, stream, fresh, agents)
        if stream.is_replay:
            self._ledger.insert_one_by_one(rows)
        else:
            self._ledger.insert_plain(rows)
        base = stream.origin_id << ORIGIN_SHIFT
        self._ledger.add_sightings(
            (base + batch.seqs[index], stream.origin_id, twin.seq, self._labels.source, twin.occurred_at, TWIN_NOTE)
            for index, twin in agents.items()
        )
        if batch.record_ids:
            chosen = {batch.seqs[index] for index in fresh}
            self._ledger.add_record_ids((base + seq, name) for seq, name in batch.record_ids.items() if seq in chosen)
        self._joins.keep_alone(alone, stream)
        self._ledger.add_notices(
            (base + seq, None if time < 0 else time, code, provider_named(provider or "", model), model)
            for seq, time, code, provider, model in batch.notices
        )
        differing = sum(1 for row in rows if row[5] is not None and abs(row[5] - (row[6] or 0)) > _HALF_A_PRINTED_DIGIT)
        return Recorded(len(rows) + len(alone), merged, duplicate + told_again, differing)

    def _rows(self, batch: Batch, stream: Stream, fresh: list[int], agents: dict[int, Twin]) -> list[PlainRow]:
        """Return the rows of new calls: (id, time, facet, input, output, list, reported)."""
        sorts = [sort_of(kind) for kind in batch.kinds]
        base = stream.origin_id << ORIGIN_SHIFT
        columns = zip(batch.seqs, batch.times, batch.kind_ids, batch.inputs, batch.outputs, batch.reported, strict=True)
        if agents or len(fresh) < len(batch.seqs):
            wanted = list(columns)
            return [
                self._row(base, wanted[index], _told(sorts[wanted[index][2]], agents.get(index))) for index in fresh
            ]
        tables = [self._rates.table(sort) for sort in sorts]
        rows: list[PlainRow] = []
        for seq, time, kind, input_tokens, output_tokens, reported in columns:
            table, step = tables[kind]
            rate = table.get(time // step)
            if rate is None:
                rate = self._rates.rate(sorts[kind], time)
                tables[kind] = self._rates.table(sorts[kind])
            if rate.input_pico is None or rate.tiers or rate.card:
                cost = rate.cost(input_tokens, output_tokens)
            else:
                cost = input_tokens * rate.input_pico + output_tokens * rate.output_pico
            rows.append((base + seq, time, rate.facet_id, input_tokens, output_tokens, cost, reported))
        return rows

    def _row(self, base: int, column: tuple[int, ...], sort: Sort) -> PlainRow:
        seq, time, _, input_tokens, output_tokens, reported = column
        rate = self._rates.rate(sort, time)
        cost = rate.cost(input_tokens, output_tokens)
        return (base + seq, time, rate.facet_id, input_tokens, output_tokens, cost, reported)


def _told(sort: Sort, twin: Twin | None) -> Sort:
    return sort if twin is None else sort._replace(agent=twin.agent, model=sort.model or twin.model)
