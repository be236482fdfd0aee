"""Quarters: the histograms of every quarter of an hour, kept, and read again only where its calls changed."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from tokencli.store import histograms
from tokencli.store.histograms import Bins

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tokencli.store.database import Connection
    from tokencli.store.histograms import Counted, Mark


class Quarters:
    """Histograms of list costs (bounds in picodollars), and by provider of durations (bounds in microseconds)."""

    def __init__(self, cost_bounds: Sequence[int], time_bounds: Sequence[int]) -> None:
        """Begin without any reading."""
        self._cost_bounds = cost_bounds
        self._time_bounds = time_bounds
        self._marks: dict[int, Mark] = {}
        self._costs: dict[int, Bins] = {}
        self._durations: dict[int, dict[str, Bins]] = {}
        self._first_tokens: dict[int, dict[str, Bins]] = {}

    @property
    def costs(self) -> Bins:
        """Return the list costs of all calls that have one."""
        return _sum(self._costs.values(), len(self._cost_bounds))

    @property
    def durations(self) -> dict[str, Bins]:
        """Return by provider how long calls took, those whose time was measured."""
        return self._by_provider(self._durations)

    @property
    def first_tokens(self) -> dict[str, Bins]:
        """Return by provider how long the first token took, where it was measured."""
        return self._by_provider(self._first_tokens)

    def renew(self, connection: Connection) -> int:
        """Read again what changed since the last time; return how many quarters that were."""
        marks = histograms.marks(connection)
        before = self._marks
        changed = sorted(each for each in marks.keys() | before.keys() if marks.get(each) != before.get(each))
        for bucket in changed:
            for kept in (self._costs, self._durations, self._first_tokens):
                kept.pop(bucket, None)
        for span in stretches(changed):
            self._costs.update((one.bucket, one.bins) for one in histograms.costs(connection, span, self._cost_bounds))
            _keep(self._durations, histograms.durations(connection, span, self._time_bounds))
            _keep(self._first_tokens, histograms.first_tokens(connection, span, self._time_bounds))
        self._marks = marks
        return len(changed)

    def _by_provider(self, quarters: dict[int, dict[str, Bins]]) -> dict[str, Bins]:
        apart: dict[str, list[Bins]] = defaultdict(list)
        for quarter in quarters.values():
            for provider, bins in quarter.items():
                apart[provider].append(bins)
        return {provider: _sum(many, len(self._time_bounds)) for provider, many in apart.items()}


def stretches(buckets: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the stretches [first, end) that some ascending numbers make up without a gap."""
    start = 0
    for place, bucket in enumerate(buckets):
        if place + 1 == len(buckets) or buckets[place + 1] - bucket > 1:
            yield buckets[start], bucket + 1
            start = place + 1


def _keep(kept: dict[int, dict[str, Bins]], found: Iterable[Counted]) -> None:
    for each in found:
        kept.setdefault(each.bucket, {})[each.provider_name or ""] = each.bins


def _sum(many: Iterable[Bins], bounds: int) -> Bins:
    counts, total = [0] * (bounds + 1), 0
    for bins in many:
        counts = [old + new for old, new in zip(counts, bins.counts, strict=True)]
        total += bins.total
    return Bins(tuple(counts), total)
