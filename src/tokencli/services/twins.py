"""Twins: which lines of a batch tell of one call, so that it counts once.

A French twin line names agent and dollars of a call whose tokens stand in a "Cost calculated" line a moment
earlier (seldom later). They belong together when model and dollars are the same and no more than
`BEFORE_US` lie between them; a line without model fits any model, that of its own provider first.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING, Final

from tokencli.domain.providers import canonical_provider, provider_of_model
from tokencli.readers.batch import KIND, REPORTED, TIME

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tokencli.readers.batch import Batch, Twin

BEFORE_US: Final = 5_000_000
AFTER_US: Final = 1_000_000
_MOST_MOVES: Final = 200
_Spot = tuple[int, int]


class Pairing:
    """Finds the calls of one batch to which some twins belong.

    Each twin takes the nearest call that is free. Where none is left for one, twins found before move on to other
    calls of theirs, so that of busy seconds no twin stays over that has a call.
    """

    def __init__(self, batch: Batch, indexes: Iterable[int], twins: Sequence[Twin]) -> None:
        """Offer some of a batch's calls to some twins."""
        self._twins = twins
        self._all: dict[tuple[str, int], list[_Spot]] = {}
        self._nameless: dict[int, list[str]] = {}
        self._taken: dict[int, int] = {}
        self._after_us = 0
        names = [kind.model or f"*{canonical_provider(kind.provider)}" for kind in batch.kinds]
        for index in indexes:
            call = batch.calls[index]
            key = (names[call[KIND]], call[REPORTED])
            if key not in self._all:
                self._all[key] = []
                if not batch.kinds[call[KIND]].model:
                    self._nameless.setdefault(call[REPORTED], []).append(key[0])
            insort(self._all[key], (call[TIME], index))
        self._free = {key: spots.copy() for key, spots in self._all.items()}

    @property
    def found(self) -> dict[int, Twin]:
        """Return the twins that have a call, by the index of that call."""
        return {index: self._twins[number] for index, number in self._taken.items()}

    def look_back(self, numbers: Iterable[int]) -> list[int]:
        """Find the calls that stand before some twins (by their numbers); return the numbers left over."""
        return self._look(numbers, 0)

    def look_ahead(self, numbers: Iterable[int]) -> list[int]:
        """Find calls that stand a little after some twins left over; return the numbers still left over."""
        return self._look(numbers, AFTER_US)

    def _look(self, numbers: Iterable[int], after_us: int) -> list[int]:
        self._after_us = after_us
        left: list[int] = []
        for number in numbers:
            index = self._find(number, set())
            if index is None:
                left.append(number)
            else:
                self._taken[index] = number
        return left

    def _find(self, number: int, seen: set[int]) -> int | None:
        twin = self._twins[number]
        for key in self._keys(twin):
            if (index := self._take(key, twin.occurred_at)) is not None:
                return index
        for index in self._around(twin):
            if index in seen or len(seen) >= _MOST_MOVES:
                continue
            seen.add(index)
            mover = self._taken[index]
            if (elsewhere := self._find(mover, seen)) is not None:
                self._taken[elsewhere] = mover
                return index
        return None

    def _keys(self, twin: Twin) -> list[tuple[str, int]]:
        """Return where calls that fit a twin may be found, the likeliest place first."""
        own = f"*{provider_of_model(twin.model)}"
        nameless = sorted(self._nameless.get(twin.reported_pico, ()), key=lambda name: name != own)
        return [(name, twin.reported_pico) for name in (twin.model, *nameless)]

    def _take(self, key: tuple[str, int], twin_us: int) -> int | None:
        """Return the free call nearest to a twin, one before it rather than any after it, and let no other have it."""
        free = self._free.get(key)
        if not free:
            return None
        spot = bisect_left(free, (twin_us + 1, -1))
        if spot and free[spot - 1][0] >= twin_us - BEFORE_US:
            spot = bisect_left(free, (free[spot - 1][0], -1))
        elif spot == len(free) or free[spot][0] > twin_us + self._after_us:
            return None
        return free.pop(spot)[1]

    def _around(self, twin: Twin) -> Iterator[int]:
        for key in self._keys(twin):
            spots = self._all.get(key, [])
            first = bisect_left(spots, (twin.occurred_at - BEFORE_US, -1))
            last = bisect_left(spots, (twin.occurred_at + self._after_us + 1, -1))
            yield from (index for _, index in spots[first:last])


def distance(call_us: int, twin_us: int) -> tuple[bool, int]:
    """Return how far a call is from a twin; one before it is nearer than any after it."""
    return call_us > twin_us, abs(twin_us - call_us)
