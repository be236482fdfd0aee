"""Merging: the calls of another ledger come into this one; what both have witnessed stays one call.

Origins have the same key in every ledger, so that a ledger can be merged again and again, and adds only what is new.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tokencli.domain.errors import SameFileError
from tokencli.services.meetings import Meetings
from tokencli.services.union import tells_better
from tokencli.store import merging, witnesses
from tokencli.store.ledger import ORIGIN_SHIFT, CallRow, DetailRow, Ledger
from tokencli.store.witnesses import KnownCall

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tokencli.store.database import Connection, Database
    from tokencli.store.merging import OtherCall

_SEQ_MASK: Final = (1 << ORIGIN_SHIFT) - 1
_NO_DETAIL: Final = DetailRow()
BY_NAME_NOTE: Final = "has the same name at its source"


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What became of the calls of another ledger: recorded + merged + duplicate = calls.

    `merged` ones are further sightings of calls that were there, `duplicate` ones were there already.
    """

    place: str
    calls: int
    recorded: int
    merged: int
    duplicate: int
    sessions: int


def merge(database: Database, other: Database) -> Merged:
    """Take everything of another ledger into this one, in one transaction.

    Raises:
        SameFileError: they are the same ledger.
        StoreError: nothing was taken over.
    """
    if database.path.resolve() == other.path.resolve():
        raise SameFileError(other.place)
    with other.reading() as source, database.transaction("nothing of the other ledger was taken over") as connection:
        return _Merger(Ledger(connection), source).run(other.place)


class _Merger:
    """Takes one ledger over; `numbers` says which call here each call there has become."""

    def __init__(self, ledger: Ledger, other: Connection) -> None:
        self._ledger = ledger
        self._connection = ledger.connection
        self._other = other
        dictionary = ledger.dictionary
        self._origins = {number: dictionary.origin(*origin) for number, origin in merging.origins(other).items()}
        self._prices = {number: dictionary.price(body) for number, body in merging.prices(other).items()}
        self._logged = {number: dictionary.logged_price(*pair) for number, pair in merging.logged_prices(other).items()}
        self._keys = merging.keys(other)
        self._meetings: dict[str, Meetings] = {}
        self._numbers: dict[int, int] = {}
        self._merged = self._recorded = 0

    def run(self, place: str) -> Merged:
        """Take over sessions, calls with all that is kept of them, and lines of failure."""
        sessions = merging.merge_sessions(self._connection, self._other)
        calls = 0
        for some in merging.calls(self._other):
            calls += len(some)
            self._take(some)
        self._ledger.add_sightings(
            (here, self._origins[origin], seq, source, time, note)
            for number, origin, seq, source, time, note in merging.sightings(self._other)
            if (here := self._now(number)) is not None and not self._is_own_place(here, origin, seq)
        )
        self._ledger.add_notices((self._here(notice[0]), *notice[1:]) for notice in merging.notices(self._other))
        left = calls - self._recorded - self._merged
        return Merged(
            place=place,
            calls=calls,
            recorded=self._recorded,
            merged=self._merged,
            duplicate=left,
            sessions=sessions,
        )

    def _take(self, some: Sequence[OtherCall]) -> None:
        rows = [self._translated(each.call) for each in some]
        there = witnesses.known_calls(self._connection, [row.event.id for row in rows])
        named = self._named(some)
        fresh: list[tuple[OtherCall, KnownCall]] = []
        for each, row in zip(some, rows, strict=True):
            number = each.call.event.id
            known = row.event.id if row.event.id in there else witnesses.call_at(self._connection, row.event.id)
            known = known if known is not None else named.get(number)
            if known is None:
                fresh.append((each, row))
                continue
            self._numbers[number] = known
            self._again(known, row)
        by_source: dict[str, list[tuple[OtherCall, KnownCall]]] = {}
        for pair in fresh:
            by_source.setdefault(pair[1].facet.source, []).append(pair)
        for source, pairs in by_source.items():
            self._keep(source, pairs)
        witnesses.add_keys(
            self._connection,
            (
                (key, here)
                for each in some
                if (here := self._now(each.call.event.id)) is not None
                for key in self._keys.get(each.call.event.id, ())
            ),
        )

    def _again(self, number: int, row: KnownCall) -> None:
        """Take what the other ledger tells better of a call that is there; its place there is one more sighting."""
        known = witnesses.known_calls(self._connection, [number]).get(number)
        if known is None:
            return
        is_here = row.event.id == number or witnesses.is_sighting(self._connection, number, row.event.id)
        if not is_here:
            self._merged += self._meeting(row.facet.source).merge(number, row, BY_NAME_NOTE)
        elif tells_better(row, known):
            self._meeting(row.facet.source).improve(known, row)

    def _keep(self, source: str, pairs: Sequence[tuple[OtherCall, KnownCall]]) -> None:
        met = self._meeting(source).met([row for _, row in pairs])
        new: list[CallRow] = []
        for place, (each, row) in enumerate(pairs):
            number, note = met.get(place, (row.event.id, ""))
            if note and self._meeting(source).merge(number, row, note):
                if each.estimate is not None:
                    witnesses.put_estimate(self._connection, number, each.estimate)
                self._merged += 1
            else:
                number = row.event.id
                new.append(CallRow(row.event, None if row.detail == _NO_DETAIL else row.detail, each.estimate))
            self._numbers[each.call.event.id] = number
        self._ledger.insert_new(new)
        self._recorded += len(new)

    def _named(self, some: Sequence[OtherCall]) -> dict[int, int]:
        """Return which calls here have a name that sources gave to calls there."""
        names = {key: each.call.event.id for each in some for key in self._keys.get(each.call.event.id, ())}
        found = witnesses.calls_with_keys(self._connection, list(names))
        return {names[key]: number for key, number in found.items()}

    def _translated(self, call: KnownCall) -> KnownCall:
        """Return a call of the other ledger with the numbers that things have here."""
        facet = call.facet
        facet = facet._replace(
            price_id=None if facet.price_id is None else self._prices[facet.price_id],
            logged_price_id=None if facet.logged_price_id is None else self._logged[facet.logged_price_id],
        )
        facet_id = self._ledger.dictionary.facet(facet)
        return KnownCall(call.event._replace(id=self._here(call.event.id), facet_id=facet_id), facet, call.detail)

    def _here(self, number: int) -> int:
        return (self._origins[number >> ORIGIN_SHIFT] << ORIGIN_SHIFT) + (number & _SEQ_MASK)

    def _now(self, number: int) -> int | None:
        """Return which call here a call there is, after all that has come together."""
        known = self._numbers.get(number)
        if known is not None and not witnesses.known_calls(self._connection, [known]):
            known = witnesses.call_at(self._connection, known)
        return known

    def _is_own_place(self, number: int, origin_id: int, seq: int) -> bool:
        return (self._origins[origin_id] << ORIGIN_SHIFT) + seq == number

    def _meeting(self, source: str) -> Meetings:
        found = self._meetings.get(source)
        if found is None:
            found = self._meetings[source] = Meetings(self._ledger, source)
        return found
