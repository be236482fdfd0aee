"""PriceBook: one question, what did this model cost at that time, answered by the first source that knows.

config.toml, then the user's prices.toml, then the price list at the date of the call; else the call is unpriced,
with the reason. A price that is not known is never $0.
"""

from __future__ import annotations

from datetime import UTC
from functools import cached_property
from typing import TYPE_CHECKING

from tokencli import __version__
from tokencli.domain.charge import Charge, unpriced
from tokencli.pricing.card import PriceCard, card_at
from tokencli.pricing.catalog import Catalog, list_version
from tokencli.pricing.charge import SimpleRates, charge, simple_rates
from tokencli.pricing.history_cache import HistoryCache
from tokencli.pricing.names import OWN_MACHINES, is_unlisted_host, model_key, provider_key
from tokencli.pricing.overlay import Overlay

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from tokencli.domain.price import OwnPrice
    from tokencli.domain.usage import TokenUsage

_MOST_REMEMBERED = 50_000


class PriceBook:
    """Every price that is known, in the order of its sources.

    `own` are layers of own prices, the first one first (config.toml, prices.toml). `cache_dir` keeps looked-up
    histories between runs; None keeps them in memory only.
    """

    def __init__(
        self,
        own: Iterable[Iterable[OwnPrice]] = (),
        *,
        cache_dir: Path | None = None,
        catalog: Catalog | None = None,
    ) -> None:
        """Take the own prices; the price list is not read yet."""
        self._overlays = tuple(Overlay(layer) for layer in own)
        self._catalog = catalog or Catalog()
        self._cache_dir = cache_dir
        self._histories: dict[tuple[str, str], tuple[PriceCard, ...]] = {}
        self._by_day: dict[tuple[str | None, str | None, int], PriceCard | None] = {}

    @cached_property
    def version(self) -> str:
        """Return the name and version of the price list: "genai-prices 0.2.3"."""
        return f"genai-prices {list_version()}"

    def card(self, provider_name: str | None, model: str | None, at: datetime) -> PriceCard | None:
        """Return the prices of a model at a provider at an aware time; None when no source knows them."""
        moment = at if at.tzinfo is UTC else at.astimezone(UTC)
        key = (provider_name, model, moment.toordinal())
        by_day = self._by_day
        try:
            return by_day[key]
        except KeyError:
            card, is_daily = self._look_up(provider_name, model, moment)
        if is_daily:
            if len(by_day) >= _MOST_REMEMBERED:
                by_day.clear()
            by_day[key] = card
        return card

    def renew(self, own: Iterable[Iterable[OwnPrice]]) -> None:
        """Put other own prices in the place of those there were; another thread may be looking prices up."""
        self._overlays = tuple(Overlay(layer) for layer in own)
        self._by_day = {}

    def peek(self, provider_name: str | None, model: str, at: datetime) -> PriceCard | None:
        """Return what `card` returns, and remember nothing: for looking through the whole price list."""
        moment = at.astimezone(UTC)
        day, clock = moment.date(), moment.time()
        histories = (overlay.history(provider_name, model) for overlay in self._overlays)
        own = next((card for history in histories if (card := card_at(history, day, clock))), None)
        return own or card_at(self._catalog.history(provider_name, model), day, clock)

    def charge(self, usage: TokenUsage | None, provider_name: str | None, model: str | None, at: datetime) -> Charge:
        """Return the list cost of a call; it is unpriced, with the reason, when usage or price is not known."""
        if usage is None:
            return unpriced("no tokens were counted")
        card = self.card(provider_name, model, at)
        return unpriced(self.reason(provider_name, model)) if card is None else charge(usage, card)

    def simple_rates(self, card: PriceCard) -> SimpleRates | None:
        """Return a card's price for plain input and output in whole picodollars; None when that is not exact."""
        return simple_rates(card)

    def histories(self, provider_name: str | None, model: str) -> tuple[PriceCard, ...]:
        """Return all prices of a model that are known, those of the first source first, each oldest first."""
        own = [card for overlay in self._overlays for card in overlay.history(provider_name, model)]
        return (*own, *self._listed(provider_name, model))

    def own_cards(self) -> Iterator[PriceCard]:
        """Yield all own prices, in the order of their sources."""
        for overlay in self._overlays:
            yield from overlay.cards()

    def own_providers(self, model: str) -> tuple[str | None, ...]:
        """Return the providers that own prices name for a model, each once; None stands for any provider."""
        wanted = model_key(model)
        return tuple(dict.fromkeys(card.provider for card in self.own_cards() if model_key(card.model) == wanted))

    def listed_models(self) -> Iterator[tuple[str, str]]:
        """Yield (provider, model) for everything in the price list."""
        return self._catalog.entries()

    def reason(self, provider_name: str | None, model: str | None) -> str:
        """Say in words why a model has no price."""
        if not model:
            return "the source names no model"
        provider = provider_key(provider_name)
        if provider in OWN_MACHINES or provider.startswith("local-"):
            return f"{provider_name} serves models on a machine of its own: give {model} a price in config.toml"
        if is_unlisted_host(provider):
            return f"{provider_name} is in no price list: give {model} a price in config.toml"
        return f"no price is known for {model}" + (f" at {provider_name}" if provider_name else "")

    def _look_up(self, provider_name: str | None, model: str | None, moment: datetime) -> tuple[PriceCard | None, bool]:
        """Return the card, and whether it holds for the whole UTC day."""
        if not model:
            return None, True
        day, clock = moment.date(), moment.time()
        for overlay in self._overlays:
            card = card_at(overlay.history(provider_name, model), day, clock)
            if card is not None:
                return card, True
        history = self._listed(provider_name, model)
        return card_at(history, day, clock), not any(card.hours for card in history)

    def _listed(self, provider_name: str | None, model: str) -> tuple[PriceCard, ...]:
        key = (provider_key(provider_name), model_key(model))
        history = self._histories.get(key)
        if history is None:
            history = self._from_cache(*key)
            if len(self._histories) >= _MOST_REMEMBERED:
                self._histories.clear()
            self._histories[key] = history
        return history

    def _from_cache(self, provider: str, model: str) -> tuple[PriceCard, ...]:
        if is_unlisted_host(provider):
            return ()
        history = self._cache.get(provider, model) if self._cache else None
        if history is None:
            history = self._catalog.history(provider, model)
            if self._cache:
                self._cache.put(provider, model, history)
        return history

    @cached_property
    def _cache(self) -> HistoryCache | None:
        version = f"{list_version()}-{__version__}"
        return HistoryCache(self._cache_dir, version) if self._cache_dir else None
