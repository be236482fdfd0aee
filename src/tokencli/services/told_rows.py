"""Rows of calls that nobody has told yet: priced, and as plain tuples, for there may be millions of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from tokencli.services.told_rates import cost_of_counts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tokencli.readers.telling import Telling, ToldCall
    from tokencli.services.told_rates import Rate, ToldRates
    from tokencli.store.ledger import EventTuple

_ROUNDING: Final = 500_000
_EMPTY: Final = 7


class ToldRows(NamedTuple):
    """Whole rows of `event` and of `event_detail`, and the sources' own names of the calls with their numbers."""

    events: list[EventTuple]
    details: list[tuple[object, ...]]
    names: list[tuple[str, int]]

    def add(self, telling: Telling, calls: Iterable[ToldCall], base: int, rates: ToldRates) -> int:
        """Add calls whose places count from `base`; return how many cost otherwise by the list than by their source."""
        events, details, names = self
        kinds, differing = telling.kinds, 0
        current: dict[int, Rate] = {}
        for call in calls:
            seq, number, key, at, into, read, written, out, reasoning = call[:9]
            usage, answer, reported, lasted, first, raw, is_plain, hourly, searches = call[9:]
            rate = current.get(number)
            if rate is None or not rate.begin <= at < rate.end:
                rate = current[number] = rates.rate(kinds[number], at)
            facet_id, cost = rate.priced_id, None
            if rate.is_linear and is_plain:
                cost = cost_of_counts((into, read, written, out, reasoning, hourly, searches), rate.slopes)
            if cost is None:
                _, facet_id, cost = rates.figure(kinds[number], call)
            place = base + seq
            events.append((place, at, facet_id, into, read, written, out, reasoning, cost, reported))
            detail = (place, usage, raw, answer, None, kinds[number].conversation_id, lasted, first)
            if detail.count(None) < _EMPTY:
                details.append(detail)
            names.append((key, place))
            if reported is not None:
                differing += differs(cost, reported)
        return differing


def differs(listed: int | None, reported: int | None) -> bool:
    """Say whether a call's source named another cost than the price list does, beyond rounding."""
    return listed is not None and reported is not None and abs(listed - reported) > _ROUNDING
