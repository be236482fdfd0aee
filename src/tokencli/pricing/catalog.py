"""The price list: genai-prices, turned into a model's history of PriceCards.

The library is imported on the first look-up, which costs about half a second. Its data ends when its release
was made: a price is known from its first date on, and a retired model keeps its last one.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from functools import cache, cached_property
from typing import TYPE_CHECKING, Final

from tokencli.domain.charge import CostStatus
from tokencli.pricing.card import PriceCard, Unit
from tokencli.pricing.listing import BEFORE_ALL, ROUTER, Found, cards_of, joined
from tokencli.pricing.names import (
    LIST_NAMES,
    VENDORS,
    is_open_model,
    is_unlisted_host,
    model_key,
    provider_key,
    without_routing,
)
from tokencli.pricing.supplement import OWN_SEARCH, complete

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from genai_prices.types import Provider

    History = tuple[PriceCard, ...]

_FOLDER_BEGINS: Final = "genai_prices-"
_FOLDER_ENDS: Final = ".dist-info"


@cache
def list_version() -> str:
    """Return the version of the installed price list, without importing it.

    It stands in the name of the folder that an installer has left; importlib.metadata, which takes a quarter of the
    time of a whole start, is asked where there is none.
    """
    for folder in sys.path:
        with suppress(OSError):
            for name in os.listdir(folder):  # noqa: PTH208 - a Path for each would be slow
                if name.startswith(_FOLDER_BEGINS) and name.endswith(_FOLDER_ENDS):
                    return name[len(_FOLDER_BEGINS) : -len(_FOLDER_ENDS)]
    from importlib.metadata import version

    return version("genai-prices")


class Catalog:
    """Looks models up in the list by the names that logs and users give them; nothing is kept between look-ups."""

    @cached_property
    def source(self) -> str:
        """Return what a card names as its source."""
        return f"genai-prices {list_version()}"

    @cached_property
    def providers(self) -> dict[str, Provider]:
        """Return the list's providers by its own names."""
        from genai_prices.data import providers

        return {provider.id: provider for provider in providers}

    def history(self, provider_name: str | None, model: str) -> History:
        """Return the prices of a model at a provider, oldest first; nothing when the list has none.

        A provider that the list does not know is no hindrance when exactly one vendor sells a model of that
        name. A provider that sells open models at prices of its own is never priced by another's.
        """
        provider, name = provider_key(provider_name), model_key(model)
        if not name or is_unlisted_host(provider):
            return ()
        known = self._list_name(provider)
        if known == ROUTER:
            return self._routed(name)
        found = self._find(known, name) if known else self._by_model(name)
        return cards_of(found, name, self.source) if found else ()

    def entries(self) -> Iterator[tuple[str, str]]:
        """Yield (provider, model) for everything in the list, by the list's own names."""
        for provider in self.providers.values():
            for model in provider.models:
                yield provider.id, model.id

    def _list_name(self, provider: str) -> str | None:
        named = LIST_NAMES.get(provider, provider)
        return named if named in self.providers else None

    def _find(self, provider: str, model: str) -> Found | None:
        """Find a model at one provider, also when its name repeats the provider's ("anthropic/claude-...")."""
        entry = self.providers[provider]
        everyone = list(self.providers.values())
        prefix, _, rest = model.partition("/")
        names = [model, rest] if rest and self._list_name(provider_key(prefix)) == provider else [model]
        for name in names:
            info = entry.find_model(name, all_providers=everyone)
            if info is not None:
                return Found(entry, info)
        return None

    def _by_model(self, model: str) -> Found | None:
        """Find the vendor of a model of that name; None for an open model, or when it is not clear who that is.

        A vendor that also resells another's model gives way to the one whose family of names it belongs to.
        """
        prefix, _, rest = model.partition("/")
        named = self._list_name(provider_key(prefix)) if rest else None
        name = rest if named else model
        found = [match for vendor in ((named,) if named else VENDORS) if (match := self._find(vendor, name))]
        if len(found) > 1:
            found = [each for each in found if each.provider.model_match and each.provider.model_match.is_match(name)]
        return found[0] if len(found) == 1 and not is_open_model(name) else None

    def _routed(self, asked: str) -> History:
        """Return the prices of a model behind a router, which passes on what its vendor asks.

        The list knows a router's prices from the day it began to follow them. Before that day the vendor's own
        dated price is the better witness. What one of the two does not price, the other does.
        """
        model = without_routing(asked)
        listed = self._find(ROUTER, model)
        listing = cards_of(listed, model, self.source) if listed else ()
        vendor = () if model.endswith(":free") else self._vendor_of(model)
        days: set[date | None] = {card.effective_from for card in (*listing, *vendor)}
        if listing and vendor:
            days.add(self._followed_since)
        cards: list[PriceCard] = []
        for day in sorted(days, key=lambda begins: begins or BEFORE_ALL):
            pair = [_on(each, day) for each in (listing, vendor) if each]
            is_followed = pair[0].effective_from is not None or (day or BEFORE_ALL) >= self._followed_since
            card = pair[0] if len(pair) == 1 else _filled(*(pair if is_followed else reversed(pair)))
            card = replace(card, provider=ROUTER, model=pair[0].model, effective_from=day)
            cards.append(complete(card, ROUTER, card.model))
        return joined(cards)

    @cached_property
    def _followed_since(self) -> date:
        """Return the day from which the list follows the router's prices: most of its dated prices begin then."""
        from genai_prices.types import StartDateConstraint

        days = Counter(
            price.constraint.start_date
            for model in self.providers[ROUTER].models
            if isinstance(model.prices, list)
            for price in model.prices
            if isinstance(price.constraint, StartDateConstraint)
        )
        return days.most_common(1)[0][0] if days else BEFORE_ALL

    def _vendor_of(self, model: str) -> History:
        """Return the prices that a routed model's own vendor asks; nothing when there is no such vendor."""
        prefix, _, name = model.partition("/")
        vendor = self._list_name(provider_key(prefix)) if name else None
        found = self._find(vendor, name) if vendor else (None if name else self._by_model(model))
        if found is None:
            return ()
        cards = (card for card in cards_of(found, name or model, self.source) if card.hours is None)
        source = f"{self.source}, {found.provider.name}'s own price"
        return tuple(replace(_without_foreign_search(card), source=source) for card in cards)


def _on(cards: History, day: date | None) -> PriceCard:
    return next(card for card in reversed(cards) if (card.effective_from or BEFORE_ALL) <= (day or BEFORE_ALL))


def _filled(card: PriceCard, other: PriceCard) -> PriceCard:
    """Return a card with the rates that it lacks and another one has."""
    if card.status is not CostStatus.PRICED or other.status is not CostStatus.PRICED:
        return card
    rates = {rate.unit: rate for rate in (*other.rates, *card.rates)}
    agree = all(card.rate(unit) == other.rate(unit) for unit in (Unit.INPUT, Unit.OUTPUT))
    return replace(
        card,
        rates=tuple(rates[unit] for unit in Unit if unit in rates),
        service_tiers=card.service_tiers or (other.service_tiers if agree else ()),
    )


def _without_foreign_search(card: PriceCard) -> PriceCard:
    """Return a vendor's card without its web searches when the router uses a search engine of its own for it."""
    if card.provider in OWN_SEARCH:
        return card
    return replace(card, rates=tuple(rate for rate in card.rates if rate.unit is not Unit.WEB_SEARCH))
