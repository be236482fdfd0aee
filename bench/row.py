"""One line of the results table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table; `value` is compared with `aim` in `unit` (x, s, ms, us, %, MiB, tokens), if there is one.

    `is_least` says that the value is to reach the aim and not to stay under it.
    """

    what: str
    measured: str
    reference: str
    value: float
    unit: str
    aim: float | None = None
    is_least: bool = False

    @property
    def verdict(self) -> str:
        """Say whether the aim is held."""
        if self.aim is None:
            return "measured"
        if self.is_least:
            return "PASS" if self.value >= self.aim else "BELOW"
        return "PASS" if self.value <= self.aim else "ABOVE"
