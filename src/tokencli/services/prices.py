"""Prices looked up by what a user types: a model, several, or two to compare."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, NamedTuple

from tokencli.domain.errors import NothingFoundError
from tokencli.pricing.card import Unit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from decimal import Decimal

    from tokencli.config.settings import Settings
    from tokencli.pricing.book import PriceBook
    from tokencli.pricing.card import PriceCard

_MOST_NAMED = 4
_MOST_NEAR = 2


class Named(NamedTuple):
    """A model at a provider; None where no provider was named."""

    provider: str | None
    model: str


class UnpricedError(NothingFoundError):
    """A model that was asked for by name and has no price."""

    def __init__(self, reason: str, hint: str) -> None:
        """Give the reason, and what may have been meant."""
        super().__init__(f"{reason}{hint}" if hint.endswith("?") else f"{reason}{hint}.")


class NoModelsError(NothingFoundError):
    """A search that nothing matches."""

    def __init__(self, search: str | None, provider: str | None) -> None:
        """Say what was searched for and where."""
        where = f" at {provider}" if provider else ""
        what = f"no model with {search!r} in its name" if search else "no model"
        super().__init__(f"{what}{where} has a price: try a shorter part of the name, or --all.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What a model costs at a time: its card, and all cards that are known of it, oldest first."""

    named: Named
    at: datetime
    card: PriceCard
    history: tuple[PriceCard, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedModel:
    """One row of a list of prices: a model under the name that calls give it; `card` None when it is unpriced."""

    named: Named
    card: PriceCard | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One price in two cards, dollars per `unit.per`; above so many input tokens, 0 for all calls.

    `first` and `second` are None where a card has no such price.
    """

    unit: Unit
    above_tokens: int
    first: Decimal | None
    second: Decimal | None


def quote(book: PriceBook, settings: Settings, named: Named, at: datetime) -> Quote:
    """Return what a model costs at a time.

    Without a provider the name is looked for among the keys of config.toml, then as "provider/model", then alone.

    Raises:
        UnpricedError: no source knows a price; the sentence names what may have been meant.
    """
    for candidate in _meanings(settings, named):
        card = book.card(candidate.provider, candidate.model, at)
        if card is not None:
            return Quote(named=candidate, at=at, card=card, history=book.histories(*candidate))
    raise UnpricedError(book.reason(*named), _hint(book, named))


def price_list(book: PriceBook, settings: Settings, at: datetime) -> list[PricedModel]:
    """Return the models of config.toml, with and without a price, and whatever else prices.toml prices."""
    own = [Named(model.provider, model.model) for model in settings.models.values()]
    keys = {(model.provider, model.key) for model in settings.models.values()}
    own += [Named(card.provider, card.model) for card in book.own_cards() if (card.provider, card.model) not in keys]
    return [PricedModel(named=named, card=book.card(*named, at)) for named in dict.fromkeys(own)]


def search_prices(
    book: PriceBook, settings: Settings, at: datetime, search: str | None = None, provider: str | None = None
) -> list[PricedModel]:
    """Return every priced model whose name holds `search`, ignoring case, at `provider`; own ones first.

    Raises:
        NoModelsError: there is none.
    """
    own = [row for row in price_list(book, settings, at) if row.card and _fits(row.named, search, provider)]
    seen = {row.named for row in own}
    listed = [Named(*entry) for entry in book.listed_models()]
    others = [named for named in listed if named not in seen and _fits(named, search, provider)]
    found = own + [PricedModel(named=named, card=card) for named in others if (card := book.peek(*named, at))]
    if not found:
        raise NoModelsError(search, provider)
    return found


def differences(first: PriceCard, second: PriceCard) -> list[Difference]:
    """Return every price that either card has, in the order of the units, each tier by itself."""
    found: list[Difference] = []
    for unit in Unit:
        rates = [card.rate(unit) for card in (first, second)]
        steps = sorted({0} | {above for rate in rates if rate for above, _ in rate.tiers})
        for above in steps if any(rates) else ():
            prices = [rate.tier_at(above + 1)[1] if rate else None for rate in rates]
            found.append(Difference(unit=unit, above_tokens=above, first=prices[0], second=prices[1]))
    return found


def near_models(book: PriceBook, named: Named) -> list[str]:
    """Return what a model without a price may be: the same one at other providers, else those of nearly its name."""
    wanted = named.model.lower()
    entries = [Named(*entry) for entry in book.listed_models()]
    shops = [f"{model} at {provider}" for provider, model in entries if model.lower() == wanted and provider]
    if shops:
        return shops[:_MOST_NEAR]
    names = sorted({model.lower() for _, model in entries})
    longest = max(
        (name for name in names if len(name) > _MOST_NAMED and wanted.startswith(name)), key=len, default=None
    )
    return get_close_matches(wanted, names, n=_MOST_NEAR, cutoff=0.75) or ([longest] if longest else [])


def _meanings(settings: Settings, named: Named) -> Iterator[Named]:
    if named.provider is not None:
        yield named
        return
    model = settings.models.get(named.model)
    if model is not None:
        yield Named(model.provider, model.model)
    before, _, after = named.model.partition("/")
    if after and before != "models":
        yield Named(before, after)
    yield named


def _fits(named: Named, search: str | None, provider: str | None) -> bool:
    """Say whether a model's name holds the text and its provider is the one, ignoring case."""
    shops = {(provider or "").lower(), "google" if (provider or "").lower() == "gemini" else ""}
    is_there = provider is None or (named.provider or "").lower() in shops
    return is_there and (search or "").lower() in named.model.lower()


def _hint(book: PriceBook, named: Named) -> str:
    """Return what may have been meant: the same model elsewhere, or a model of nearly that name."""
    wanted = named.model.lower()
    entries = [Named(*entry) for entry in book.listed_models()]
    shops = [provider for provider, model in entries if model.lower() == wanted and provider]
    if shops:
        more = f" and {len(shops) - _MOST_NAMED} others" if len(shops) > _MOST_NAMED else ""
        return f", but at {', '.join(shops[:_MOST_NAMED])}{more}: name one with --provider"
    near = get_close_matches(wanted, sorted({model.lower() for _, model in entries}), n=2, cutoff=0.75)
    return f": did you mean {' or '.join(near)}?" if near else ""
