"""Twins: which lines of a batch tell of one call, so that it counts once.

A French twin line names agent and dollars of a call whose tokens stand in a "Cost calculated" line a moment
earlier (seldom later). They belong together when model and dollars are the same and no more than
`BEFORE_US` lie between them; a line without model fits any model of its provider.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tokencli.domain.providers import canonical_provider, provider_of_model
from tokencli.readers.batch import KIND, REPORTED, TIME

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tokencli.readers.batch import Batch, Twin

BEFORE_US: Final = 5_000_000
AFTER_US: Final = 1_000_000


class Waiting:
    """The calls of one batch that may still find their twin, by model and dollars."""

    def __init__(self, batch: Batch, indexes: Iterable[int]) -> None:
        """Take in some of a batch's calls."""
        self._batch = batch
        self._by_price: dict[tuple[str | None, int], list[int]] = {}
        models = [kind.model or f"*{canonical_provider(kind.provider)}" for kind in batch.kinds]
        for index in indexes:
            call = batch.calls[index]
            key = (models[call[KIND]], call[REPORTED])
            self._by_price.setdefault(key, []).append(index)

    def take(self, twin: Twin) -> int | None:
        """Return the index of the call that a twin belongs to, and let no other twin have it; None when none fits."""
        family = provider_of_model(twin.model)
        return (
            self._nearest(twin, twin.model)
            if family is None
            else (
                found if (found := self._nearest(twin, twin.model)) is not None else self._nearest(twin, f"*{family}")
            )
        )

    def _nearest(self, twin: Twin, model: str) -> int | None:
        waiting = self._by_price.get((model, twin.reported_pico), [])
        calls = self._batch.calls
        fitting = [index for index in waiting if fits(calls[index][TIME], twin.occurred_at)]
        if not fitting:
            return None
        nearest = min(fitting, key=lambda index: _distance(calls[index][TIME], twin.occurred_at))
        waiting.remove(nearest)
        return nearest


def fits(call_us: int, twin_us: int) -> bool:
    """Say whether a call and a twin are near enough in time to be the same."""
    return -AFTER_US <= twin_us - call_us <= BEFORE_US


def _distance(call_us: int, twin_us: int) -> tuple[bool, int]:
    """Return how far a call is from a twin; one before it is nearer than any after it."""
    return call_us > twin_us, abs(twin_us - call_us)


def pairs(batch: Batch, indexes: Sequence[int]) -> Iterator[tuple[Twin, int | None]]:
    """Yield each twin of a batch with the index of its call among `indexes`; None where the batch has none for it."""
    if not batch.twins:
        return
    waiting = Waiting(batch, indexes)
    for twin in batch.twins:
        yield twin, waiting.take(twin)
