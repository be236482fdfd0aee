"""A logarithmic axis laid out here: powers of ten evenly spaced, and a place of its own for zero.

Charts get plain coordinates and the words of the ticks, so an amount of 0 (a free call, an embedding's
output) is shown beside the others where a chart library's log axis would drop it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from decimal import Decimal

_ZERO_GAP = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class LogScale:
    """Coordinates from `low` to `high`, both whole powers of ten; `zero` is where 0 stands, None when there is none."""

    low: int
    high: int
    zero: float | None

    def at(self, value: int | Decimal) -> float:
        """Return the coordinate of a value; 0 and below stand at the zero mark."""
        if value > 0:
            return math.log10(value)
        return self.low - _ZERO_GAP if self.zero is None else self.zero

    @property
    def bounds(self) -> list[float]:
        """Return the ends of the axis."""
        return [(self.low if self.zero is None else self.zero) - 0.25, self.high + 0.15]

    def ticks(self, words: Callable[[int], str], most: int) -> tuple[list[float], list[str]]:
        """Return positions and words of about `most` ticks; `words` gets an exponent of ten."""
        step = max(1, math.ceil((self.high - self.low) / most))
        exponents = range(self.low, self.high + 1, step)
        places, texts = [float(exponent) for exponent in exponents], [words(exponent) for exponent in exponents]
        if self.zero is not None:
            return [self.zero, *places], ["0", *texts]
        return places, texts


def log_scale(values: Iterable[int | Decimal]) -> LogScale:
    """Return the scale that holds all the values; without a positive one it runs from 1 to 10."""
    known = list(values)
    logs = [math.log10(value) for value in known if value > 0]
    low, high = (math.floor(min(logs)), math.ceil(max(logs))) if logs else (0, 1)
    has_zero = any(value <= 0 for value in known)
    return LogScale(low=low, high=max(high, low + 1), zero=low - _ZERO_GAP if has_zero else None)
