"""The door for logs: the calls of a batch are priced, merged with what is known and kept, all in one transaction.

Each line of a batch is exactly one of recorded, merged or duplicate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tokencli.readers.batch import SEQ
from tokencli.services.copies import Copies, Stream
from tokencli.services.cost_meetings import CostMeetings
from tokencli.services.joins import TWIN_NOTE, Joins
from tokencli.services.rates import Rates, provider_named, sort_of
from tokencli.services.tally import Recorded
from tokencli.services.twins import Pairing
from tokencli.store.ledger import ORIGIN_SHIFT

if TYPE_CHECKING:
    from tokencli.pricing.book import PriceBook
    from tokencli.readers.batch import Batch, Twin
    from tokencli.services.cost_meetings import Met
    from tokencli.services.rates import Rate, Sort
    from tokencli.services.reading import Labels
    from tokencli.store.ledger import Ledger

_ROUNDING: Final = 500_000


class BatchRecorder:
    """Writes to one ledger; its methods belong inside a transaction of that ledger."""

    def __init__(self, ledger: Ledger, book: PriceBook, labels: Labels) -> None:
        """Price by `book`; `labels` hold for every call."""
        self._ledger = ledger
        self._labels = labels
        self._rates = Rates(book, ledger.dictionary, labels)
        self._copies = Copies(ledger.connection, labels.source)
        self._joins = Joins(ledger, self._rates, labels)
        self._meetings = CostMeetings(ledger, self._rates, labels)

    def forget(self) -> None:
        """Forget what a rolled back transaction had made."""
        self._rates.forget()

    def begin_content(self) -> None:
        """Begin with another content: what stands in the ledger may be told again by it."""
        self._copies.begin()
        self._joins.look()
        self._meetings.begin()

    def look(self) -> None:
        """Look at the ledger as it is now, after another process changed it."""
        self._copies.look()
        self._joins.look()
        self._meetings.look()

    def record(self, batch: Batch, stream: Stream) -> Recorded:
        """Price and keep the calls of a batch, its twins and its lines of failure."""
        fresh = self._copies.fresh(batch, stream)
        duplicate = len(batch.calls) - len(fresh)
        improved = self._joins.lonely(batch, stream, fresh)
        fresh = [index for index in fresh if index not in improved] if improved else fresh
        twins = batch.twins
        if twins and self._copies.is_overlapping(batch, stream):
            twins = [twin for twin in twins if not self._joins.is_known(twin, stream)]
        agents, alone = self._paired(batch, stream, fresh, twins) if twins else ({}, [])
        met = self._meetings.meet(batch, stream, fresh, agents)
        fresh, agents = _without(met, fresh, agents)
        differing = self._keep_calls(batch, stream, fresh, agents)
        new = self._joins.keep_alone(alone, stream)
        self._keep_rest(batch, stream, {batch.calls[index][SEQ] for index in fresh} if batch.record_ids else set())
        merged = len(improved) + len(twins) - len(alone) + len(met.merged)
        told_again = len(batch.twins) - len(twins) + len(alone) - new
        return Recorded(len(fresh) + new, merged, duplicate + len(met.again) + told_again, differing)

    def _paired(
        self, batch: Batch, stream: Stream, fresh: list[int], twins: list[Twin]
    ) -> tuple[dict[int, Twin], list[Twin]]:
        """Return the twins of new calls by the calls' indexes, and the twins that are alone.

        A call of the ledger that waits goes before one of this batch that a twin would have to stand before: where
        one batch ends and the next begins must change nothing.
        """
        pairing = Pairing(batch, fresh, twins)
        left = pairing.look_back(range(len(twins)))
        left = pairing.look_ahead(number for number in left if not self._joins.join(twins[number], stream))
        return pairing.found, [twins[number] for number in left]

    def _keep_calls(self, batch: Batch, stream: Stream, fresh: list[int], agents: dict[int, Twin]) -> int:
        """Insert new calls, with twins as sightings; return how many cost otherwise by the list than by the log."""
        base = stream.origin_id << ORIGIN_SHIFT
        flat, differing = self._rows(batch, base, fresh, agents)
        if stream.is_replay:
            self._ledger.insert_one_by_one(flat)
        else:
            self._ledger.insert_plain(flat)
        source = self._labels.source
        self._ledger.add_sightings(
            (base + batch.calls[index][SEQ], stream.origin_id, twin.seq, source, twin.occurred_at, TWIN_NOTE)
            for index, twin in agents.items()
        )
        return differing

    def _keep_rest(self, batch: Batch, stream: Stream, fresh_seqs: set[int]) -> None:
        base = stream.origin_id << ORIGIN_SHIFT
        self._ledger.add_record_ids((base + seq, name) for seq, name in batch.record_ids.items() if seq in fresh_seqs)
        self._ledger.add_notices(
            (base + seq, None if time < 0 else time, code, provider_named(provider or "", model), model)
            for seq, time, code, provider, model in batch.notices
        )

    def _rows(self, batch: Batch, base: int, fresh: list[int], agents: dict[int, Twin]) -> tuple[list[int | None], int]:
        """Return the fields of new calls one after the other, and how many of them differ in cost beyond rounding.

        The fields are id, time, facet, input, output, list cost, reported cost.
        """
        sorts = [sort_of(kind) for kind in batch.kinds]
        tables = [self._rates.table(sort) for sort in sorts]
        calls = batch.calls if len(fresh) == len(batch.calls) else [batch.calls[index] for index in fresh]
        told = {batch.calls[index][SEQ]: twin for index, twin in agents.items()}
        flat: list[int | None] = []
        differing = 0
        for seq, time, kind, input_tokens, output_tokens, reported in calls:
            if seq in told:
                rate = self._rates.rate(_told(sorts[kind], told[seq]), time)
            else:
                table, step = tables[kind]
                rate = table.get(time // step) or self._first_rate(tables, sorts, kind, time)
            facet_id = rate.facet_id
            cost: int | None
            if rate.is_linear:
                cost = input_tokens * rate.input_pico + output_tokens * rate.output_pico
            elif (cost := rate.cost(input_tokens, output_tokens)) is None and rate.is_priced:
                facet_id = self._rates.unpriced_facet(_told(sorts[kind], told.get(seq)))
            if cost is not None and not -_ROUNDING <= cost - reported <= _ROUNDING:
                differing += 1
            flat += (base + seq, time, facet_id, input_tokens, output_tokens, cost, reported)
        return flat, differing

    def _first_rate(self, tables: list[tuple[dict[int, Rate], int]], sorts: list[Sort], kind: int, time: int) -> Rate:
        """Look a rate up for the first time, after which its table may be cut into other stretches of time."""
        rate = self._rates.rate(sorts[kind], time)
        tables[kind] = self._rates.table(sorts[kind])
        return rate


def _without(met: Met, fresh: list[int], agents: dict[int, Twin]) -> tuple[list[int], dict[int, Twin]]:
    """Return the calls that are left when some have met others, and their twins."""
    gone = met.merged.keys() | met.again
    if not gone:
        return fresh, agents
    left = [index for index in fresh if index not in gone]
    return left, {index: twin for index, twin in agents.items() if index not in gone}


def _told(sort: Sort, twin: Twin | None) -> Sort:
    if twin is None:
        return sort
    return sort._replace(agent=twin.agent, model=sort.model or twin.model)
