"""Charge: what one call costs by the dated price list, and how that sum is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tokencli.domain.errors import ImpossibleValueError
from tokencli.domain.kinds import CostStatus, Finish
from tokencli.domain.money import ZERO, Usd, check_cost, exact_product, exact_sum
from tokencli.domain.usage import check_count

if TYPE_CHECKING:
    from datetime import date

    from tokencli.domain.event import UsageEvent

__all__ = ["Charge", "ChargeLine", "CostStatus", "unbilled", "unpriced"]
_NEVER_BILLED = {
    "count_tokens": "counting tokens costs nothing",
    "moderation": "moderation costs nothing",
}

_UNKNOWN_ENDS = {"no_answer", "timeout"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeLine:
    """One line of the sum: `quantity` units at `unit_price_usd` each; `amount` is their product, in dollars.

    Raises:
        ImpossibleValueError: a negative or broken quantity or price, or an amount that is not their product.
    """

    unit: str
    quantity: int
    unit_price_usd: Usd
    amount: Usd
    note: str | None = None

    def __post_init__(self) -> None:
        """Refuse a line that does not multiply out."""
        check_count(self.unit, self.quantity)
        check_cost("unit_price_usd", self.unit_price_usd)
        check_cost("amount", self.amount)
        product = exact_product(self.quantity, self.unit_price_usd)
        if self.amount != product:
            raise ImpossibleValueError(
                what="amount", value=self.amount, rule=f"{self.quantity} x {self.unit_price_usd} is {product}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """The list cost of one call; `list_cost` is None exactly when `status` is `unpriced`.

    `price_source` names the list ("genai-prices 0.2.3", "config.toml", "overlay"), `price_effective_from`
    the first day on which this price held (None: since the list begins). `is_disputed` marks a price on
    which known lists disagree. `reason` says why a call is unpriced, or why it costs nothing.

    Raises:
        ImpossibleValueError: the status and the cost contradict each other, or the lines do not add up.
    """

    status: CostStatus
    list_cost: Usd | None = None
    lines: tuple[ChargeLine, ...] = ()
    price_source: str | None = None
    price_effective_from: date | None = None
    is_disputed: bool = False
    reason: str | None = None

    def __post_init__(self) -> None:
        """Refuse a sum that does not add up."""
        if (self.list_cost is None) != (self.status is CostStatus.UNPRICED):
            raise ImpossibleValueError(
                what="list_cost", value=self.list_cost, rule=f"the status is {self.status.value}"
            )
        if self.list_cost is None:
            return
        check_cost("list_cost", self.list_cost)
        if self.status is not CostStatus.PRICED and self.list_cost != ZERO:
            raise ImpossibleValueError(
                what="list_cost", value=self.list_cost, rule=f"a {self.status.value} call costs 0"
            )
        total = exact_sum(line.amount for line in self.lines)
        if self.lines and total != self.list_cost:
            raise ImpossibleValueError(what="list_cost", value=self.list_cost, rule=f"its lines add up to {total}")


def unbilled(event: UsageEvent) -> Charge | None:
    """Return the charge of a call that no provider bills, with the reason in words; None for every other call.

    A call that failed without a count is not billed, unless its request left and nobody knows what became of it; nor is
    a question how long a prompt is, whatever it counted.
    """
    if event.operation_name in _NEVER_BILLED:
        return Charge(status=CostStatus.FREE, list_cost=ZERO, reason=_NEVER_BILLED[event.operation_name])
    if event.usage is None and event.finish is Finish.ERROR and event.error_type not in _UNKNOWN_ENDS:
        return Charge(status=CostStatus.FREE, list_cost=ZERO, reason="the call failed, and nothing was used")
    return None


def unpriced(reason: str) -> Charge:
    """Return the charge of a call whose price is not known, with the reason in words."""
    return Charge(status=CostStatus.UNPRICED, reason=reason)
