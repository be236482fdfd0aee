"""Joining the lines of a batch with calls that the ledger holds already: a further sighting, never a further call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tokencli.domain.providers import provider_of_model
from tokencli.readers.batch import KIND, REPORTED, TIME
from tokencli.services.copies import time_span
from tokencli.services.rates import Sort, sort_of
from tokencli.services.twins import AFTER_US, BEFORE_US, fits
from tokencli.store import known
from tokencli.store.ledger import ORIGIN_SHIFT, EventRow

if TYPE_CHECKING:
    from tokencli.readers.batch import Batch, Twin
    from tokencli.services.copies import Stream
    from tokencli.services.rates import Labels, Rates
    from tokencli.store.dictionary import Facet
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
        self._has_lonely = known.has_lonely_twins(ledger.connection, labels.source)

    def lonely(self, batch: Batch, stream: Stream, fresh: list[int]) -> set[int]:
        """Give tokens to calls that only a twin line had told; return the indexes used up so."""
        if not (self._has_lonely and fresh):
            return set()
        first, last = time_span(batch)
        between = (first - AFTER_US, last + BEFORE_US)
        lonely = known.lonely_twins(self._ledger.connection, between, self._labels.source)
        by_price: dict[tuple[str | None, int], list[int]] = {}
        for index in fresh if lonely else ():
            call = batch.calls[index]
            by_price.setdefault((batch.kinds[call[KIND]].model, call[REPORTED]), []).append(index)
        used: set[int] = set()
        for number, time, reported, model in lonely:
            waiting = by_price.get((model, reported), [])
            found = next((index for index in waiting if fits(batch.calls[index][TIME], time)), None)
            if found is not None:
                waiting.remove(found)
                used.add(found)
                self._give_tokens(number, batch, found, stream)
        return used

    def _give_tokens(self, number: int, batch: Batch, index: int, stream: Stream) -> None:
        old = self._ledger.read(number)
        agent = self._ledger.dictionary.read_facet(old.facet_id).agent
        seq, time, kind, input_tokens, output_tokens, _ = batch.calls[index]
        sort = sort_of(batch.kinds[kind])._replace(agent=agent)
        rate = self._rates.rate(sort, time)
        new = EventRow(
            id=number,
            occurred_at=time,
            facet_id=rate.facet_id,
            input_tokens=input_tokens,
            cache_read_tokens=0,
            cache_write_tokens=0,
            output_tokens=output_tokens,
            reasoning_tokens=0,
            list_cost_pico=rate.cost(input_tokens, output_tokens),
            reported_cost_pico=old.reported_cost_pico,
        )
        self._ledger.replace(new)
        source = self._labels.source
        twin = (number, number >> ORIGIN_SHIFT, number & _SEQ_MASK, source, old.occurred_at, TWIN_NOTE)
        line = (number, stream.origin_id, seq, source, time, LINE_NOTE)
        self._ledger.add_sightings([twin, line])

    def known_call(self, twin: Twin, stream: Stream) -> bool | None:
        """Join a twin with a call of the ledger: True for a new sighting, False for a known one, None if none fits."""
        between = (twin.occurred_at - BEFORE_US, twin.occurred_at + AFTER_US)
        connection, source = self._ledger.connection, self._labels.source
        found = known.candidates(connection, between, twin.reported_pico, source)
        of_agent = [call for call in found if (call.agent, call.model) == (twin.agent, twin.model)]
        if any(known.is_sighted(connection, call.id, twin.occurred_at) for call in of_agent):
            return False
        waiting = [call for call in found if call.has_usage and call.agent == self._labels.agent]
        waiting = [call for call in waiting if call.model in (twin.model, None)]
        for call in sorted(waiting, key=lambda call: (call.model is None, abs(call.occurred_at - twin.occurred_at))):
            old = self._ledger.read(call.id)
            facet = self._ledger.dictionary.read_facet(old.facet_id)
            if call.model is None and facet.provider_name != provider_of_model(twin.model):
                continue
            self._name_agent(old, facet, twin)
            sighting = (call.id, stream.origin_id, twin.seq, source, twin.occurred_at, TWIN_NOTE)
            self._ledger.add_sightings([sighting])
            return True
        return None

    def keep_alone(self, twins: list[Twin], stream: Stream) -> None:
        """Keep calls that only a twin line tells: their tokens are missing, their price is unknown."""
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
            self._ledger.insert(row)
            self._has_lonely = True

    def _name_agent(self, old: EventRow, facet: Facet, twin: Twin) -> None:
        if facet.request_model == twin.model:
            facet_id = self._ledger.dictionary.facet(facet._replace(agent=twin.agent))
            self._ledger.replace(old._replace(facet_id=facet_id))
            return
        rate = self._rates.rate(Sort(facet.provider_name, twin.model, twin.agent, -1, -1), old.occurred_at)
        cost = rate.cost(old.input_tokens or 0, old.output_tokens or 0)
        self._ledger.replace(old._replace(facet_id=rate.facet_id, list_cost_pico=cost))
