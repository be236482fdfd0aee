"""Joining the lines of a batch with calls that the ledger holds already: a further sighting, never a further call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tokencli.domain.providers import provider_of_model
from tokencli.readers.batch import Twin
from tokencli.services.copies import time_span
from tokencli.services.rates import Sort, sort_of
from tokencli.services.twins import AFTER_US, BEFORE_US, Pairing, distance
from tokencli.store import known
from tokencli.store.ledger import ORIGIN_SHIFT, EventRow

if TYPE_CHECKING:
    from tokencli.readers.batch import Batch
    from tokencli.services.copies import Stream
    from tokencli.services.rates import Rates
    from tokencli.services.reading import Labels
    from tokencli.store.known import Candidate
    from tokencli.store.ledger import Ledger

TWIN_NOTE: Final = "names the agent"
LINE_NOTE: Final = "tells the tokens"
_SEQ_MASK: Final = (1 << ORIGIN_SHIFT) - 1


class Joins:
    """Writes sightings and what they improve."""

    def __init__(self, ledger: Ledger, rates: Rates, labels: Labels) -> None:
        """Look only among calls of the labels' source."""
        self._ledger = ledger
        self._rates = rates
        self._labels = labels
        self._has_lonely = False

    def look(self) -> None:
        """Look at the ledger as it is now."""
        self._has_lonely = known.has_lonely_twins(self._ledger.connection, self._labels.source)

    def lonely(self, batch: Batch, stream: Stream, fresh: list[int]) -> set[int]:
        """Give tokens to calls that only a twin line had told; return the indexes used up so."""
        if not (self._has_lonely and fresh):
            return set()
        first, last = time_span(batch)
        between = (first - AFTER_US, last + BEFORE_US)
        lonely = known.lonely_twins(self._ledger.connection, between, self._labels.source)
        twins = [Twin(number, time, agent, model, reported) for number, time, reported, model, agent in lonely]
        if not twins:
            return set()
        pairing = Pairing(batch, fresh, twins)
        pairing.look_ahead(pairing.look_back(range(len(twins))))
        for index, twin in pairing.found.items():
            self._give_tokens(twin, batch, index, stream)
        return set(pairing.found)

    def _give_tokens(self, twin: Twin, batch: Batch, index: int, stream: Stream) -> None:
        """Put a line's tokens into the call that a twin alone had told; `twin.seq` is the number of that call."""
        number = twin.seq
        seq, time, kind, input_tokens, output_tokens, reported = batch.calls[index]
        sort = sort_of(batch.kinds[kind])
        sort = sort._replace(agent=twin.agent, model=sort.model or twin.model)
        facet_id, cost = self._rates.figure(sort, time, input_tokens, output_tokens)
        self._ledger.replace(EventRow(number, time, facet_id, input_tokens, 0, 0, output_tokens, 0, cost, reported))
        source = self._labels.source
        first = (number, number >> ORIGIN_SHIFT, number & _SEQ_MASK, source, twin.occurred_at, TWIN_NOTE)
        self._ledger.add_sightings([first, (number, stream.origin_id, seq, source, time, LINE_NOTE)])

    def is_known(self, twin: Twin, stream: Stream) -> bool:
        """Say whether a twin was told before: by another content, or by this one at the same place."""
        connection = self._ledger.connection
        here = (stream.origin_id << ORIGIN_SHIFT) + twin.seq
        return any(
            known.is_sighted(connection, call, twin.occurred_at, here)
            for call in self._candidates(twin)
            if (call.agent, call.model) == (twin.agent, twin.model)
        )

    def join(self, twin: Twin, stream: Stream) -> bool:
        """Make a twin a further sighting of a call of the ledger that waits for one; False when there is none."""
        waiting = [call for call in self._candidates(twin) if call.has_usage and call.agent == self._labels.agent]
        waiting = [call for call in waiting if call.model in (twin.model, None)]
        if not waiting:
            return False
        family = provider_of_model(twin.model)

        def likeness(call: Candidate) -> tuple[bool, bool, tuple[bool, int], int]:
            is_nameless = call.model is None
            is_strange = is_nameless and call.provider_name != family
            return is_nameless, is_strange, distance(call.occurred_at, twin.occurred_at), call.id

        call = min(waiting, key=likeness)
        self._name_agent(self._ledger.read(call.id), twin)
        sighting = (call.id, stream.origin_id, twin.seq, self._labels.source, twin.occurred_at, TWIN_NOTE)
        self._ledger.add_sightings([sighting])
        return True

    def _candidates(self, twin: Twin) -> list[Candidate]:
        between = (twin.occurred_at - BEFORE_US, twin.occurred_at + AFTER_US)
        return known.candidates(self._ledger.connection, between, twin.reported_pico, self._labels.source)

    def keep_alone(self, twins: list[Twin], stream: Stream) -> int:
        """Keep calls that only a twin line tells: tokens missing, price unknown; return how many are new."""
        new = 0
        for twin in twins:
            sort = Sort(provider_of_model(twin.model), twin.model, twin.agent, -1, -1, has_usage=False)
            row = EventRow(
                id=(stream.origin_id << ORIGIN_SHIFT) + twin.seq,
                occurred_at=twin.occurred_at,
                facet_id=self._rates.rate(sort, twin.occurred_at).facet_id,
                input_tokens=None,
                cache_read_tokens=None,
                cache_write_tokens=None,
                output_tokens=None,
                reasoning_tokens=None,
                list_cost_pico=None,
                reported_cost_pico=twin.reported_pico,
            )
            new += self._ledger.insert(row)
            self._has_lonely = True
        return new

    def _name_agent(self, old: EventRow, twin: Twin) -> None:
        facet = self._ledger.dictionary.read_facet(old.facet_id)
        if facet.request_model == twin.model:
            facet_id = self._ledger.dictionary.facet(facet._replace(agent=twin.agent))
            self._ledger.replace(old._replace(facet_id=facet_id))
            return
        sort = Sort(facet.provider_name, twin.model, twin.agent, -1, -1)
        facet_id, cost = self._rates.figure(sort, old.occurred_at, old.input_tokens or 0, old.output_tokens or 0)
        self._ledger.replace(old._replace(facet_id=facet_id, list_cost_pico=cost))
