"""Cost lines that tell of calls which other sources have told: one more sighting each, and the dollars they printed.

A line that has met a call leaves a name behind, made of all it says, by which the same line in a copy of the log is
known again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from tokencli.readers.batch import INPUT, OUTPUT
from tokencli.readers.tails import digest_of
from tokencli.services.copies import time_span
from tokencli.services.joins import TWIN_NOTE
from tokencli.services.likeness import FURTHEST_US
from tokencli.services.meetings import Meetings
from tokencli.services.rates import sort_of
from tokencli.store import witnesses
from tokencli.store.ledger import ORIGIN_SHIFT, DetailRow, EventRow
from tokencli.store.witnesses import KnownCall

if TYPE_CHECKING:
    from tokencli.readers.batch import Batch, Twin
    from tokencli.services.copies import Stream
    from tokencli.services.rates import Rates
    from tokencli.services.reading import Labels
    from tokencli.store.ledger import Ledger

_NAME: Final = "cost-line"


class Met(NamedTuple):
    """What became of calls by their indexes: the number of the call they met, and those that a copy told before."""

    merged: dict[int, int]
    again: frozenset[int]


NOTHING: Final = Met({}, frozenset())


class CostMeetings:
    """Joins the cost lines of one content after the other with what other sources told."""

    def __init__(self, ledger: Ledger, rates: Rates, labels: Labels) -> None:
        """Look for calls of other sources than the labels'."""
        self._ledger = ledger
        self._rates = rates
        self._labels = labels
        self._meetings = Meetings(ledger, labels.source)
        self._seen: dict[str, int] = {}
        self._has_others = False

    def begin(self) -> None:
        """Begin with another content."""
        self._seen.clear()
        self.look()

    def look(self) -> None:
        """Look at the ledger as it is now."""
        self._has_others = witnesses.counted_by_others(self._ledger.connection, self._labels.source)

    def meet(self, batch: Batch, stream: Stream, fresh: list[int], agents: dict[int, Twin]) -> Met:
        """Join those of the new calls that other sources have told; `agents` are the twins of calls by index."""
        if not (self._has_others and fresh):
            return NOTHING
        first, last = time_span(batch)
        between = first - FURTHEST_US, last + FURTHEST_US
        told = witnesses.of_others(self._ledger.connection, between, self._labels.source)
        likely = [index for index in fresh if (batch.calls[index][INPUT], batch.calls[index][OUTPUT]) in told]
        if not likely:
            return NOTHING
        names = {index: self._name(batch, index) for index in likely}
        known = witnesses.calls_with_keys(self._ledger.connection, list(names.values()))
        again = frozenset(index for index in likely if names[index] in known)
        left = [index for index in likely if index not in again]
        rows = [self._row(batch, stream, index, agents.get(index)) for index in left]
        merged = {
            left[place]: number
            for place, (number, note) in self._meetings.met(rows).items()
            if self._meetings.merge(number, rows[place], note)
        }
        witnesses.add_keys(self._ledger.connection, [(names[index], number) for index, number in merged.items()])
        source = self._labels.source
        self._ledger.add_sightings(
            (number, stream.origin_id, agents[index].seq, source, agents[index].occurred_at, TWIN_NOTE)
            for index, number in merged.items()
            if index in agents
        )
        return Met(merged, again)

    def _name(self, batch: Batch, index: int) -> str:
        """Return by what a line is known again in a copy: what it says, and how often that was said before."""
        _, time, kind, into, out, reported = batch.calls[index]
        said = f"{time}:{into}:{out}:{reported}:{batch.kinds[kind].provider}:{batch.kinds[kind].model}"
        digest = digest_of(said.encode("utf-8", "surrogatepass"))
        number = self._seen[digest] = self._seen.get(digest, 0) + 1
        return f"{_NAME}:{digest}:{number}"

    def _row(self, batch: Batch, stream: Stream, index: int, twin: Twin | None) -> KnownCall:
        seq, time, kind, into, out, reported = batch.calls[index]
        sort = sort_of(batch.kinds[kind])
        if twin is not None:
            sort = sort._replace(agent=twin.agent, model=sort.model or twin.model)
        facet_id, cost = self._rates.figure(sort, time, into, out)
        event = EventRow((stream.origin_id << ORIGIN_SHIFT) + seq, time, facet_id, into, 0, 0, out, 0, cost, reported)
        return KnownCall(event, self._ledger.dictionary.read_facet(facet_id), DetailRow())
