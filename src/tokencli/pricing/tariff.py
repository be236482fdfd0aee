"""Tariff: one card's prices in whole picodollars, for charging call after call without lines of a sum.

It gives what `charge` gives, to the picodollar, and asks `charge` itself wherever whole picodollars cannot.
"""

from __future__ import annotations

from decimal import localcontext
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from tokencli.domain.charge import CostStatus
from tokencli.domain.money import PICO_PER_USD, Pico, to_pico
from tokencli.domain.usage import TokenUsage
from tokencli.pricing.charge import DIGITS, LARGEST_CALL_USD, charge, is_measured, priced_counts, terms

if TYPE_CHECKING:
    from collections.abc import Callable

    from tokencli.pricing.card import PriceCard, Rate, Unit
    from tokencli.pricing.charge import Terms

LARGEST_PICO = int(LARGEST_CALL_USD) * PICO_PER_USD
_MOST_TERMS = 1000

_Steps = tuple[tuple[int, int], ...]


class _Prices(NamedTuple):
    """A card's rates under some terms; `steps` are (above, picodollars a unit), None where these are not whole."""

    rates: dict[Unit, Rate]
    steps: dict[Unit, _Steps] | None


class Slope(NamedTuple):
    """What one more token of each part costs, in picodollars, where the whole input is above `above` tokens.

    `fresh` is input outside the cache, `said` output outside the reasoning.
    """

    above: int
    fresh: int
    cache_read: int
    write: int
    hourly_write: int
    said: int
    reasoning: int
    web_search: int


class Tariff:
    """The prices of one card."""

    def __init__(self, card: PriceCard) -> None:
        """Take the card; its terms are worked out when a call first needs them."""
        self.card = card
        self._prices: dict[tuple[str | None, str | None], _Prices] = {}
        self._slopes: dict[tuple[str | None, str | None], tuple[Slope, ...]] = {}

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
        return None if total > LARGEST_PICO else Pico(total)

    def slopes(self, service_tier: str | None, inference_region: str | None) -> tuple[Slope, ...]:
        """Return what parts of a plain call cost under some terms, by rising input; empty where `cost` must be asked.

        A plain call has text alone, and its parts lie within their wholes.
        """
        key = (service_tier, inference_region)
        known = self._slopes.get(key)
        if known is None:
            if len(self._slopes) >= _MOST_TERMS:
                self._slopes.clear()
            known = self._slopes[key] = self._found_slopes(service_tier, inference_region)
        return known

    def _found_slopes(self, service_tier: str | None, inference_region: str | None) -> tuple[Slope, ...]:
        terms_of = partial(TokenUsage, service_tier=service_tier, inference_region=inference_region)
        if self.card.status is not CostStatus.PRICED:
            return (Slope(-1, 0, 0, 0, 0, 0, 0, 0),)
        if self.cost(terms_of(input_tokens=1)) is None:
            return ()
        steps = self._prices[service_tier, inference_region].steps
        if steps is None:
            return ()
        starts = sorted({above for rows in steps.values() for above, _ in rows})
        found = [self._slope(start, terms_of) for start in starts]
        return tuple(slope for slope in found if slope is not None) if None not in found else ()

    def _slope(self, start: int, terms_of: Callable[..., TokenUsage]) -> Slope | None:
        into = start + 2
        probes: tuple[dict[str, int], ...] = (
            {},
            {"input_tokens": into + 1},
            {"cache_read_tokens": 1},
            {"cache_write_tokens": 1, "cache_write_5m_tokens": 1},
            {"cache_write_tokens": 1, "cache_write_1h_tokens": 1},
            {"output_tokens": 1},
            {"output_tokens": 1, "reasoning_tokens": 1},
            {"web_search_requests": 1},
        )
        costs = [self.cost(terms_of(**{"input_tokens": into, **probe})) for probe in probes]
        base, *rest = (cost for cost in costs if cost is not None)
        if len(rest) != len(probes) - 1:
            return None
        fresh, read, write, hourly, said, reasoning, search = (cost - base for cost in rest)
        if base != fresh * into:  # something is asked for each call
            return None
        return Slope(start - 1, fresh, read + fresh, write + fresh, hourly + fresh, said, reasoning, search)

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
