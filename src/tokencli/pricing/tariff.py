"""Tariff: one card's prices in whole picodollars, for charging call after call without lines of a sum.

It gives what `charge` gives, to the picodollar, and asks `charge` itself wherever whole picodollars cannot.
"""

from __future__ import annotations

from decimal import localcontext
from typing import TYPE_CHECKING, NamedTuple

from tokencli.domain.charge import CostStatus
from tokencli.domain.money import PICO_PER_USD, Pico, to_pico
from tokencli.pricing.charge import DIGITS, LARGEST_CALL_USD, charge, is_measured, priced_counts, terms

if TYPE_CHECKING:
    from tokencli.domain.usage import TokenUsage
    from tokencli.pricing.card import PriceCard, Rate, Unit
    from tokencli.pricing.charge import Terms

_LARGEST = int(LARGEST_CALL_USD) * PICO_PER_USD
_MOST_TERMS = 1000

_Steps = tuple[tuple[int, int], ...]


class _Prices(NamedTuple):
    """A card's rates under some terms; `steps` are (above, picodollars a unit), None where these are not whole."""

    rates: dict[Unit, Rate]
    steps: dict[Unit, _Steps] | None


class Tariff:
    """The prices of one card."""

    def __init__(self, card: PriceCard) -> None:
        """Take the card; its terms are worked out when a call first needs them."""
        self.card = card
        self._prices: dict[tuple[str | None, str | None], _Prices] = {}

    def cost(self, usage: TokenUsage) -> Pico | None:
        """Return the list cost of a call in picodollars; None when the card cannot price what it used."""
        if self.card.status is not CostStatus.PRICED:
            return Pico(0)
        key = (usage.service_tier, usage.inference_region)
        prices = self._prices.get(key) or self._look_up(key, usage)
        if prices.steps is None:
            listed = charge(usage, self.card).list_cost
            return None if listed is None else to_pico(listed)
        counts = priced_counts(usage, prices.rates)
        if not is_measured(counts, prices.rates):
            return None
        total = 0
        for unit, count in counts.items():
            total += count * _price(prices.steps.get(unit, ()), usage.input_tokens)
        return None if total > _LARGEST else Pico(total)

    def _look_up(self, key: tuple[str | None, str | None], usage: TokenUsage) -> _Prices:
        if len(self._prices) >= _MOST_TERMS:
            self._prices.clear()
        found = terms(usage, self.card)
        self._prices[key] = prices = _Prices(found.rates, _all_steps(found))
        return prices


def _price(steps: _Steps, input_tokens: int) -> int:
    pico = 0
    for above, price in steps:
        if input_tokens >= above:
            pico = price
    return pico


def _all_steps(found: Terms) -> dict[Unit, _Steps] | None:
    steps: dict[Unit, _Steps] = {}
    for unit, rate in found.rates.items():
        rows = [(0, rate.price), *((above + 1, price) for above, price in rate.tiers)]
        with localcontext(prec=DIGITS):
            factor = found.factor if unit.is_token else 1
            picos = [(above, price * factor * (PICO_PER_USD // unit.per)) for above, price in rows]
        if any(pico != pico.to_integral_value() for _, pico in picos):
            return None
        steps[unit] = tuple((above, int(pico)) for above, pico in picos)
    return steps
