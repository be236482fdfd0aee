"""Meetings: finding the call that another witness has told already, and making one of the two.

Among other sources a call is met once by each source, the nearest in time first, so that two calls that look the same
stay two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tokencli.readers.agents import COST_LINE
from tokencli.services.likeness import (
    FURTHEST_US,
    have_different_answers,
    have_like_models,
    is_near,
    is_trusted,
    may_be_one_answer,
)
from tokencli.services.union import tells_better, union
from tokencli.store import witnesses
from tokencli.store.ledger import ORIGIN_SHIFT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tokencli.store.ledger import Ledger
    from tokencli.store.witnesses import KnownCall

BY_ID_NOTE: Final = "names the same answer"
BY_LIKENESS_NOTE: Final = "same model, tokens and time"
_SEQ_MASK: Final = (1 << ORIGIN_SHIFT) - 1


class Meetings:
    """Finds and joins calls of one ledger for one source; its methods belong inside a transaction."""

    def __init__(self, ledger: Ledger, source: str) -> None:
        """Look for what `source` is about to tell."""
        self._ledger = ledger
        self._source = source

    def met(self, rows: Sequence[KnownCall], keys: Sequence[str] = ()) -> dict[int, tuple[int, str]]:
        """Return which rows the ledger has from others: (number, how it is known) by place in `rows`.

        A row whose key is made of its answer's id needs no look for that id among its own source's calls.
        """
        has_others = witnesses.counted_by_others(self._ledger.connection, self._source)
        asked = [
            place
            for place, row in enumerate(rows)
            if (answer := row.detail.response_id)
            and (has_others or not (keys and keys[place].endswith(answer)))
            and is_trusted(answer)
        ]
        met = self._answered(rows, asked) if asked else {}
        if has_others:
            left = [place for place in range(len(rows)) if place not in met and _is_counted(rows[place])]
            met.update(self._alike(rows, left, {number for number, _ in met.values()}, {self._source}))
        return met

    def merge(self, number: int, row: KnownCall, note: str) -> bool:
        """Make a row one more sighting of a known call, with whatever it tells better or first.

        False where the call is gone, because a third one has brought it together with another.
        """
        connection = self._ledger.connection
        known = witnesses.known_calls(connection, [number]).get(number)
        if known is None:
            return False
        sighted = row.event.id
        place = (number, sighted >> ORIGIN_SHIFT, sighted & _SEQ_MASK, row.facet.source, row.event.occurred_at, note)
        self._ledger.add_sightings([*_own_place(known, row), place])
        self.improve(known, row)
        return True

    def improve(self, known: KnownCall, row: KnownCall) -> None:
        """Put what a row tells better or first into a known call; then a third one may turn out to be the same.

        While an answer grows, its first counts fit nothing that others tell of it.
        """
        better = union(known, row)
        self._write(known, better)
        if _look(better) != _look(known) and witnesses.counted_by_others(self._ledger.connection, self._source):
            self._absorb_alike(known.event.id)

    def _absorb_alike(self, number: int) -> None:
        """Take in the call that looks like this one now and that other sources have told."""
        connection = self._ledger.connection
        call = witnesses.known_calls(connection, [number])[number]
        sources = {call.facet.source} | witnesses.sources_of(connection, [number]).get(number, set())
        for other, note in self._alike([call], [0], {number}, sources).values():
            found = witnesses.known_calls(connection, [other])[other]
            self._ledger.remove(found.event)
            self.merge(number, found, note)
            witnesses.hand_over(connection, other, number)

    def _write(self, known: KnownCall, better: KnownCall) -> None:
        facet_id = known.event.facet_id
        if better.facet != known.facet:
            facet_id = self._ledger.dictionary.facet(better.facet)
        event = better.event._replace(facet_id=facet_id)
        if event != known.event:
            self._ledger.replace(event)
        if better.detail != known.detail:
            witnesses.put(self._ledger.connection, event.id, better.detail)

    def _answered(self, rows: Sequence[KnownCall], asked: list[int]) -> dict[int, tuple[int, str]]:
        connection = self._ledger.connection
        answers = {place: str(rows[place].detail.response_id) for place in asked}
        found = witnesses.calls_with_answers(connection, list(answers.values()))
        if not found:
            return {}
        known = witnesses.known_calls(connection, sorted({number for each in found.values() for number in each}))
        met: dict[int, tuple[int, str]] = {}
        for place, answer in answers.items():
            for number in found.get(answer, ()):
                if may_be_one_answer(rows[place], known[number]):
                    met[place] = number, BY_ID_NOTE
                    break
        return met

    def _alike(
        self, rows: Sequence[KnownCall], left: list[int], taken: set[int], sources: set[str]
    ) -> dict[int, tuple[int, str]]:
        """Return which rows look like calls that none of some sources has told; none of those `taken`."""
        pairs = list(self._pairs(rows, left))
        if not pairs:
            return {}
        connection, numbers = self._ledger.connection, sorted({number for _, number in pairs})
        known = witnesses.known_calls(connection, numbers)
        seen = witnesses.sources_of(connection, numbers)
        fitting = [
            (abs(rows[place].event.occurred_at - known[number].event.occurred_at), place, number)
            for place, number in pairs
            if number not in taken
            and sources.isdisjoint({known[number].facet.source, *seen.get(number, ())})
            and _fit(rows[place], known[number], seen.get(number, set()))
        ]
        met: dict[int, tuple[int, str]] = {}
        for _, place, number in sorted(fitting):
            if place not in met and number not in taken:
                taken.add(number)
                met[place] = number, BY_LIKENESS_NOTE
        return met

    def _pairs(self, rows: Sequence[KnownCall], left: list[int]) -> Iterator[tuple[int, int]]:
        """Yield which calls of other sources have the same counts as a row, and stand anywhere near it in time."""
        for places in _clusters(rows, left):
            times = [rows[place].event.occurred_at for place in places]
            between = times[0] - FURTHEST_US, times[-1] + FURTHEST_US
            found = witnesses.of_others(self._ledger.connection, between, self._source)
            for place in places if found else ():
                event = rows[place].event
                for time, number in found.get((event.input_tokens or 0, event.output_tokens or 0), ()):
                    if abs(time - event.occurred_at) <= FURTHEST_US:
                        yield place, number


def _clusters(rows: Sequence[KnownCall], left: list[int]) -> Iterator[list[int]]:
    """Yield places whose rows are near each other in time, in the order of time."""
    cluster: list[int] = []
    for place in sorted(left, key=lambda each: rows[each].event.occurred_at):
        if cluster and rows[place].event.occurred_at - rows[cluster[-1]].event.occurred_at > 2 * FURTHEST_US:
            yield cluster
            cluster = []
        cluster.append(place)
    if cluster:
        yield cluster


def _look(call: KnownCall) -> tuple[object, ...]:
    """Return by what a call is known again where nothing names it."""
    return call.event.occurred_at, call.event[3:8], call.detail.duration_us


def _is_counted(row: KnownCall) -> bool:
    return bool((row.event.input_tokens or 0) + (row.event.output_tokens or 0))


def _fit(row: KnownCall, known: KnownCall, sources: set[str]) -> bool:
    """Say whether two calls with the same input and output may be one; cost lines tell nothing of the cache."""
    is_rough = COST_LINE in (row.facet.source, known.facet.source, *sources)
    return (
        (is_rough or row.event.cache_read_tokens == known.event.cache_read_tokens)
        and have_like_models(row, known)
        and not have_different_answers(row, known)
        and is_near(row, known)
    )


def _own_place(known: KnownCall, row: KnownCall) -> list[tuple[int, int, int, str, int, str | None]]:
    """Return the sighting that made a call, to be kept where the call now bears the name of another source."""
    if not tells_better(row, known) or row.facet.source == known.facet.source:
        return []
    number = known.event.id
    return [(number, number >> ORIGIN_SHIFT, number & _SEQ_MASK, known.facet.source, known.event.occurred_at, None)]
