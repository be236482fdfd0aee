"""Threshold: what a day, a week or a month may cost, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from tokencli.domain.money import ZERO, Usd, check_cost
from tokencli.domain.report import check_sum

if TYPE_CHECKING:
    from tokencli.domain.period import Period

_AMBER = Decimal("0.8")


class Level(StrEnum):
    """How a threshold stands: below 80 % of its limit (green), up to the limit (amber), above it (red)."""

    OK = "ok"
    WARNING = "warning"
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """What the calls of a day, a week or a month cost by the price list, beside what they may cost, in dollars.

    `name` is "day", "week" or "month"; `unpriced_requests` are calls whose price is not known, so that `spent` is a
    lower bound when there are any.

    Raises:
        ImpossibleValueError: an amount is negative or not finite.
    """

    name: str
    period: Period
    limit: Usd
    spent: Usd = ZERO
    unpriced_requests: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be true."""
        check_cost("limit", self.limit)
        check_cost("spent", self.spent)
        check_sum("unpriced_requests", self.unpriced_requests)

    @property
    def ratio(self) -> Decimal | None:
        """Return spent / limit; None for a limit of nothing."""
        return self.spent / self.limit if self.limit else None

    @property
    def level(self) -> Level:
        """Return how it stands, by exact comparison."""
        if self.spent > self.limit:
            return Level.OVER
        return Level.WARNING if self.spent and self.spent >= _AMBER * self.limit else Level.OK
