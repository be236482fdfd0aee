"""Rows of calls that nobody has told yet: priced, and as plain tuples, for there may be millions of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tokencli.readers.telling import ToldCall
from tokencli.services.told_rates import cost_of_counts, costs_of_plain
from tokencli.store.answers import NAME_START, NAMED_BY_ANSWER
from tokencli.store.ledger import DetailRow, EventRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tokencli.readers.telling import ToldColumns, ToldKind
    from tokencli.services.told_rates import Rate, ToldRates

_ROUNDING: Final = 500_000
_WIDTH: Final = len(DetailRow._fields) + 2
"""A row of `event_detail` has the call's number before its details, and `found_elsewhere` behind them."""


class ToldRows:
    """What goes into the ledger of calls of one source: all columns of `event`, names with the calls' numbers.

    `details` is all columns of `event_detail`, for the calls of which anything further is known.
    """

    def __init__(self, source: str) -> None:
        """Begin without a call."""
        self._source = source
        self.events: list[list[Any]] = [[] for _ in EventRow._fields]
        self.details: list[list[Any]] = [[] for _ in range(_WIDTH)]
        self.names: list[tuple[str, int]] = []

    def add(self, kinds: Sequence[ToldKind], told: ToldColumns, base: int, rates: ToldRates) -> int:
        """Add calls whose places count from `base`; return how many cost otherwise by the list than by their source."""
        if not told.key:
            return 0
        facet_ids, costs = _priced(kinds, told, rates)
        places = [base + seq for seq in told.seq]
        _extend(self.events, (places, told.at, facet_ids, *told[4:9], costs, told.reported_pico))
        first = kinds[told.kind[0]].conversation_id
        is_one = told.kind.count(told.kind[0]) == len(places)
        conversations = [first] * len(places) if is_one else [kinds[number].conversation_id for number in told.kind]
        more = conversations, told.duration_us, told.time_to_first_token_us, self._marks(told)
        details: Sequence[Sequence[object]]
        details = places, told.usage, told.raw_usage, told.response_id, [None] * len(places), *more
        if not all(told.response_id):
            rows = [row for row in zip(*details, strict=True) if row.count(None) < _WIDTH - 1]
            details = [*zip(*rows, strict=True)] or [()] * _WIDTH
        _extend(self.details, details)
        self.names.extend(zip(told.key, places, strict=True))
        is_silent = told.reported_pico.count(None) == len(told.reported_pico)
        return 0 if is_silent else sum(map(differs, costs, told.reported_pico))

    def _marks(self, told: ToldColumns) -> list[int | None]:
        """Return `found_elsewhere` of calls; the session of a call's facet is always the conversation of its kind."""
        if self._source != NAMED_BY_ANSWER:
            return [None] * len(told.key)
        pairs = zip(told.key, told.response_id, strict=True)
        return [1 if answer is not None and key == NAME_START + answer else None for key, answer in pairs]


def _extend(columns: list[list[Any]], more: Sequence[Sequence[object]]) -> None:
    for column, values in zip(columns, more, strict=True):
        column.extend(values)


def _priced(kinds: Sequence[ToldKind], told: ToldColumns, rates: ToldRates) -> tuple[list[int], Sequence[int | None]]:
    """Return the facets' numbers of calls, and their list costs."""
    alike = _priced_alike(kinds, told, rates)
    if alike is not None:
        return alike
    counts = zip(*told[4:9], told.hourly_writes, told.web_searches, strict=True)
    costs: list[int | None] = []
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


def _priced_alike(
    kinds: Sequence[ToldKind], told: ToldColumns, rates: ToldRates
) -> tuple[list[int], Sequence[int | None]] | None:
    """Return the facets and costs of calls that one rate prices; None where it takes more."""
    only = _only_rate(kinds, told, rates)
    if only is None:
        return None
    counts, more = told[4:9], (told.hourly_writes, told.web_searches)
    costs: Sequence[int | None] | None = None
    if not any(map(any, more)):
        costs = costs_of_plain(counts, only.slopes)
    if costs is None:
        costs = [cost_of_counts(counted, only.slopes) for counted in zip(*counts, *more, strict=True)]
    return None if None in costs else ([only.priced_id] * len(costs), costs)


def _only_rate(kinds: Sequence[ToldKind], told: ToldColumns, rates: ToldRates) -> Rate | None:
    """Return the rate by which all of some plain calls are priced; None where there are several, or none is linear."""
    if not told.kind or told.kind.count(told.kind[0]) < len(told.kind) or not all(told.is_plain):
        return None
    rate = rates.rate(kinds[told.kind[0]], told.at[0])
    return rate if rate.is_linear and rate.begin <= min(told.at) and max(told.at) < rate.end else None


def differs(listed: int | None, reported: int | None) -> bool:
    """Say whether a call's source named another cost than the price list does, beyond rounding."""
    return listed is not None and reported is not None and abs(listed - reported) > _ROUNDING
