"""Rows of calls that nobody has told yet: priced, and as plain tuples, for there may be millions of them."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, Final, NamedTuple

from tokencli.readers.telling import ToldCall
from tokencli.services.told_rates import cost_of_counts
from tokencli.store.answers import NAME_START, NAMED_BY_ANSWER

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tokencli.readers.telling import ToldColumns, ToldKind
    from tokencli.services.told_rates import Rate, ToldRates
    from tokencli.store.ledger import EventTuple

_ROUNDING: Final = 500_000
_EMPTY: Final = 8


class ToldRows(NamedTuple):
    """Whole rows of `event` and of `event_detail` of one source, and its own names of the calls with their numbers."""

    source: str
    events: list[EventTuple]
    details: list[tuple[object, ...]]
    names: list[tuple[str, int]]

    def add(self, kinds: Sequence[ToldKind], told: ToldColumns, base: int, rates: ToldRates) -> int:
        """Add calls whose places count from `base`; return how many cost otherwise by the list than by their source."""
        facet_ids, costs = _priced(kinds, told, rates)
        places = [base + seq for seq in told.seq]
        counts = told[4:9]
        self.events.extend(zip(places, told.at, facet_ids, *counts, costs, told.reported_pico, strict=True))
        conversations = [kinds[number].conversation_id for number in told.kind]
        more = conversations, told.duration_us, told.time_to_first_token_us, self._marks(told)
        details = zip(places, told.usage, told.raw_usage, told.response_id, repeat(None), *more, strict=False)
        self.details.extend(
            details if all(told.response_id) else (detail for detail in details if detail.count(None) < _EMPTY)
        )
        self.names.extend(zip(told.key, places, strict=True))
        is_silent = told.reported_pico.count(None) == len(told.reported_pico)
        return 0 if is_silent else sum(map(differs, costs, told.reported_pico))

    def _marks(self, told: ToldColumns) -> Iterable[int | None]:
        """Return `found_elsewhere` of calls; the session of a call's facet is always the conversation of its kind."""
        if self.source != NAMED_BY_ANSWER:
            return repeat(None)
        pairs = zip(told.key, told.response_id, strict=True)
        return [1 if answer is not None and key == NAME_START + answer else None for key, answer in pairs]


def _priced(kinds: Sequence[ToldKind], told: ToldColumns, rates: ToldRates) -> tuple[list[int], list[int | None]]:
    """Return the facets' numbers of calls, and their list costs."""
    counts = list(zip(*told[4:9], told.hourly_writes, told.web_searches, strict=True))
    only = _only_rate(kinds, told, rates)
    costs: list[int | None] = []
    if only is not None:
        costs = [cost_of_counts(counted, only.slopes) for counted in counts]
        if None not in costs:
            return [only.priced_id] * len(costs), costs
        costs.clear()
    facet_ids: list[int] = []
    current: dict[int, Rate] = {}
    for place, (number, at, is_plain, counted) in enumerate(
        zip(told.kind, told.at, told.is_plain, counts, strict=True)
    ):
        rate = current.get(number)
        if rate is None or not rate.begin <= at < rate.end:
            rate = current[number] = rates.rate(kinds[number], at)
        facet_id, cost = rate.priced_id, None
        if rate.is_linear and is_plain:
            cost = cost_of_counts(counted, rate.slopes)
        if cost is None:
            _, facet_id, cost = rates.figure(kinds[number], ToldCall._make([column[place] for column in told]))
        facet_ids.append(facet_id)
        costs.append(cost)
    return facet_ids, costs


def _only_rate(kinds: Sequence[ToldKind], told: ToldColumns, rates: ToldRates) -> Rate | None:
    """Return the rate by which all of some plain calls are priced; None where there are several, or none is linear."""
    if not told.kind or told.kind.count(told.kind[0]) < len(told.kind) or not all(told.is_plain):
        return None
    rate = rates.rate(kinds[told.kind[0]], told.at[0])
    return rate if rate.is_linear and rate.begin <= min(told.at) and max(told.at) < rate.end else None


def differs(listed: int | None, reported: int | None) -> bool:
    """Say whether a call's source named another cost than the price list does, beyond rounding."""
    return listed is not None and reported is not None and abs(listed - reported) > _ROUNDING
