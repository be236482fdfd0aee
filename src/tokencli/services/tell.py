"""The door for clients' logs: each call once, whichever witness tells of it first; the others are kept beside it.

A call is known again by its source's own name; else by its answer's id, where that can be trusted; else, among the
calls of other sources, by model, counts and time, each of them once a source.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from tokencli.domain.charge import CostStatus
from tokencli.readers.telling import columns_of, weight
from tokencli.services.call_names import CallNames
from tokencli.services.likeness import is_trusted
from tokencli.services.meetings import Meetings
from tokencli.services.tally import Recorded
from tokencli.services.told_rates import ToldRates
from tokencli.services.told_rows import ToldRows, differs
from tokencli.services.union import tells_better
from tokencli.store import witnesses
from tokencli.store.ledger import ORIGIN_SHIFT, CallRow, DetailRow, EventRow
from tokencli.store.origins import PROXY
from tokencli.store.witnesses import KnownCall

if TYPE_CHECKING:
    from collections.abc import Callable

    from tokencli.pricing.book import PriceBook
    from tokencli.readers.telling import Telling, ToldCall, ToldKind
    from tokencli.services.reading import Labels
    from tokencli.store.ledger import Ledger
    from tokencli.store.witnesses import KnownFigures

_base = itemgetter(1)
_NO_DETAIL: Final = DetailRow()
_CALLS_AT_ONCE: Final = 4096
_TELLINGS_AT_ONCE: Final = 256


class _Waiting(NamedTuple):
    """A telling that is to be taken in, the place from which its places count, and who is told what became of it."""

    telling: Telling
    base: int
    hear: Callable[[Recorded], None]


class Teller:
    """Takes in what one source tells; its methods belong inside a transaction of the ledger.

    Tellings wait until there are many calls: then a few statements take them all in.
    """

    def __init__(
        self, ledger: Ledger, book: PriceBook, labels: Labels, meanwhile: Callable[[], None] = lambda: None
    ) -> None:
        """Price by `book`; `labels` name the source and hold for every call.

        `meanwhile` is called every few milliseconds while many calls are taken in.
        """
        self._meanwhile = meanwhile
        self._ledger = ledger
        self._source = labels.source
        self._rates = ToldRates(book, ledger.dictionary, labels)
        self._meetings = Meetings(ledger, labels.source)
        self._names = CallNames(ledger.connection)
        self._waiting: list[_Waiting] = []
        self._keys: set[str] = set()

    def forget(self) -> None:
        """Forget what a rolled back transaction had made, and what waits."""
        self._rates.forget()
        self._names.forget()
        self._waiting, self._keys = [], set()

    def tell(self, telling: Telling, origin_id: int, first: int = 0) -> Recorded:
        """Take in the calls of a telling, and all that waits; each of them is recorded, merged or duplicate.

        `first` is the place in the origin from which the telling's places count.

        Raises:
            AbsurdSumError: the calls cost more than a ledger can hold.
        """
        heard: list[Recorded] = []
        self.add(telling, (origin_id << ORIGIN_SHIFT) + first, heard.append)
        self.flush()
        return heard[0]

    def add(self, telling: Telling, base: int, hear: Callable[[Recorded], None]) -> None:
        """Let a telling wait whose places count from `base`; `hear` is told what became of its calls.

        Raises:
            AbsurdSumError: calls that had waited cost more than a ledger can hold.
        """
        keys = telling.keys
        if not self._keys.isdisjoint(keys):
            self.flush()
        self._waiting.append(_Waiting(telling, base, hear))
        self._keys.update(keys)
        if len(self._keys) >= _CALLS_AT_ONCE or len(self._waiting) >= _TELLINGS_AT_ONCE:
            self.flush()

    def flush(self, at_least: int = 0) -> None:
        """Take in what waits, where it is at least so many calls.

        Raises:
            AbsurdSumError: the calls cost more than a ledger can hold.
        """
        if not self._waiting or len(self._keys) < at_least:
            return
        waiting, self._waiting, self._keys = self._waiting, [], set()
        is_alone = not witnesses.counted_by_others(self._ledger.connection, self._source)
        if not is_alone or not all(_are_known_by_name(each.telling) for each in waiting):
            self._names.forget()
            for each in waiting:
                each.hear(self._tell(each.telling, each.base))
            return
        # In their order, since rows next to each other go in faster; the files that told them came mixed.
        waiting.sort(key=_base)
        keys = [key for each in waiting for key in each.telling.keys]
        named = self._names.numbers(keys)
        rows = ToldRows(self._source)
        for each in waiting:
            each.hear(self._tell_alone(each, named, rows))
        self._meanwhile()
        self._ledger.insert_columns(rows.events, rows.details)
        self._meanwhile()
        self._names.add_new(rows.names)
        self._meanwhile()

    def _tell_alone(self, waiting: _Waiting, named: dict[str, int], rows: ToldRows) -> Recorded:
        """Take in a telling where there is no other source: what has no known name is new, and its rows are added."""
        telling, base, _ = waiting
        told, again = telling.columns, 0
        if named and not named.keys().isdisjoint(told.key):
            fresh = [call for call in telling.calls if call.key not in named]
            told, again = columns_of(fresh), len(told.key) - len(fresh)
            self._again(telling, {call.key: named[call.key] for call in telling.calls if call.key in named}, base)
        differing = rows.add(telling.kinds, told, base, self._rates)
        return Recorded(len(told.key), 0, telling.duplicate + again, differing)

    def _tell(self, telling: Telling, base: int) -> Recorded:
        """Take in a telling whose calls others may have told."""
        connection = self._ledger.connection
        named = witnesses.calls_with_keys(connection, [call.key for call in telling.calls])
        fresh = telling.calls
        if named:
            self._again(telling, named, base)
            fresh = [call for call in fresh if call.key not in named]
        rows = [self._row(telling, call, base) for call in fresh]
        merged = self._keep([(call.key, row) for call, row in zip(fresh, rows, strict=True)])
        differing = sum(differs(row.event.list_cost_pico, row.event.reported_cost_pico) for row in rows)
        return Recorded(len(fresh) - merged, merged, telling.duplicate + len(named), differing)

    def _keep(self, told: list[tuple[str, KnownCall]]) -> int:
        """Keep calls whose names are new; return how many of them others had told already."""
        first, second = _once_an_answer(told)
        met = self._meetings.met([row for _, row in first], [key for key, _ in first])
        met = {
            place: found for place, found in met.items() if self._meetings.merge(found[0], first[place][1], found[1])
        }
        new = [each for place, each in enumerate(first) if place not in met] if met else first
        self._ledger.insert_new(
            [CallRow(row.event, None if row.detail == _NO_DETAIL else row.detail) for _, row in new]
        )
        keys = [(key, row.event.id) for key, row in new]
        keys += [(first[place][0], number) for place, (number, _) in met.items()]
        witnesses.add_keys(self._ledger.connection, keys)
        return len(met) + (self._keep(second) if second else 0)

    def _row(self, telling: Telling, call: ToldCall, base: int) -> KnownCall:
        kind = telling.kinds[call.kind]
        figure = self._rates.figure(kind, call)
        event = EventRow(base + call.seq, call.at, figure.facet_id, *call[4:9], figure.cost, call.reported_pico)
        detail = DetailRow(
            call.usage,
            call.raw_usage,
            call.response_id,
            None,
            kind.conversation_id,
            call.duration_us,
            call.time_to_first_token_us,
        )
        return KnownCall(event, figure.facet, detail)

    def _again(self, telling: Telling, named: dict[str, int], base: int) -> None:
        """Take in what is told again of calls with known names: better figures, and another file where they stand."""
        connection, origin_id = self._ledger.connection, base >> ORIGIN_SHIFT
        told = [(call, named[call.key]) for call in telling.calls if call.key in named]
        witnesses.add_places(
            connection,
            [
                (number, origin_id, base - (origin_id << ORIGIN_SHIFT) + call.seq, self._source, call.at, None)
                for call, number in told
                if number >> ORIGIN_SHIFT != origin_id
            ],
        )
        if self._source != PROXY:
            figures = witnesses.known_figures(connection, [number for _, number in told])
            told = [each for each in told if _may_be_better(telling.kinds[each[0].kind], each[0], figures[each[1]])]
        known = witnesses.known_calls(connection, [number for _, number in told])
        for call, number in told:
            row = self._row(telling, call, base)
            if tells_better(row, known[number]):
                self._meetings.improve(known[number], row)


def _may_be_better(kind: ToldKind, call: ToldCall, known: KnownFigures) -> bool:
    """Say whether a call that is told again may be told better now; a call of a log told again is mostly the same."""
    if not kind.is_growing and known.counts[0] is not None:
        return False
    is_whole = known.cost_status != CostStatus.UNPRICED and (known.has_usage or call.usage is None)
    return not is_whole or weight(kind.basis, call[4:9]) > weight(known.basis, known.counts)


def _are_known_by_name(telling: Telling) -> bool:
    """Say whether no call has an answer's id that its name does not end with, by which it may be known, too."""
    told = telling.columns
    return all(map(str.endswith, told.key, [answer or "" for answer in told.response_id]))


def _once_an_answer(
    told: list[tuple[str, KnownCall]],
) -> tuple[list[tuple[str, KnownCall]], list[tuple[str, KnownCall]]]:
    """Return calls of different answers, and those left over, whose answer another one before them has told."""
    seen: set[str] = set()
    first: list[tuple[str, KnownCall]] = []
    second: list[tuple[str, KnownCall]] = []
    for key, row in told:
        answer = row.detail.response_id
        if answer and answer in seen and is_trusted(answer):
            second.append((key, row))
            continue
        if answer:
            seen.add(answer)
        first.append((key, row))
    return first, second
