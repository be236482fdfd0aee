"""Own prices: what config.toml or the user's prices.toml say goes before the price list."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from tokencli.domain.charge import CostStatus
from tokencli.pricing.card import PriceCard, Rate, Unit
from tokencli.pricing.names import LIST_NAMES, model_key, provider_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tokencli.domain.price import OwnPrice

_BEFORE_ALL = date.min


class Overlay:
    """The own prices of one file; a later one for the same model and day replaces an earlier one."""

    def __init__(self, prices: Iterable[OwnPrice]) -> None:
        """Sort the prices by model; names compare without case, and providers by any of their names."""
        dated: dict[tuple[str, str], dict[date | None, PriceCard]] = {}
        for price in prices:
            dated.setdefault(_key(price.provider_name, price.model), {})[price.effective_from] = card_of(price)
        self._histories = {
            key: tuple(cards[day] for day in sorted(cards, key=lambda begins: begins or _BEFORE_ALL))
            for key, cards in dated.items()
        }

    def history(self, provider_name: str | None, model: str) -> tuple[PriceCard, ...]:
        """Return a model's own prices, oldest first: those for this provider, else those for any."""
        found = self._histories.get(_key(provider_name, model))
        return found or self._histories.get(_key(None, model), ())

    def cards(self) -> Iterator[PriceCard]:
        """Yield every own price."""
        for history in self._histories.values():
            yield from history


def card_of(price: OwnPrice) -> PriceCard:
    """Return an own price as a card."""
    amounts = {
        Unit.INPUT: price.input_usd,
        Unit.CACHE_READ: price.cache_read_usd,
        Unit.CACHE_WRITE_5M: price.cache_write_usd,
        Unit.CACHE_WRITE_1H: price.cache_write_1h_usd,
        Unit.OUTPUT: price.output_usd,
    }
    rates = tuple(Rate(unit=unit, price=amount) for unit, amount in amounts.items() if amount is not None)
    is_free = price.status is CostStatus.PRICED and not any(rate.price for rate in rates)
    return PriceCard(
        provider=price.provider_name,
        model=price.model,
        source=price.source,
        status=CostStatus.FREE if is_free else price.status,
        effective_from=price.effective_from,
        is_disputed=price.is_disputed,
        rates=rates,
    )


def _key(provider_name: str | None, model: str) -> tuple[str, str]:
    provider = provider_key(provider_name)
    return LIST_NAMES.get(provider, provider), model_key(model)
