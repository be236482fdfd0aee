"""The models and providers of config.toml as people and programs see them: what is there, and never a key."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from tokencli.domain.charge import CostStatus
from tokencli.domain.errors import NothingFoundError
from tokencli.domain.money import plain
from tokencli.domain.providers import canonical_provider
from tokencli.pricing.card import Unit
from tokencli.services.contexts import context_limit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from tokencli.config.values import ModelSettings, ProviderSettings, Settings
    from tokencli.pricing.book import PriceBook
    from tokencli.pricing.card import PriceCard

IN_THE_FILE = "config.toml"
"""The key source of a key that is written out in the file."""
_MOST_NAMED = 3


class NoSuchProviderError(NothingFoundError):
    """A provider that neither config.toml nor tokencli knows."""

    def __init__(self, name: str, names: Iterable[str]) -> None:
        """Name it, and the nearest one there is."""
        near = get_close_matches(name.lower(), list(names), n=1, cutoff=0.7)
        hint = f"did you mean {near[0]!r}?" if near else "'tokencli providers' lists those there are."
        super().__init__(f"there is no provider {name!r}: {hint}")


class NoSuchModelError(NothingFoundError):
    """A search that no model of config.toml fits."""

    def __init__(self, search: str | None, provider: str | None, near: Iterable[str]) -> None:
        """Say what was looked for and where, and what may have been meant."""
        where = f" at {provider}" if provider else ""
        names = " or ".join(repr(name) for name in near)
        hint = f"did you mean {names}?" if names else "'tokencli prices list --search' looks through all that are sold."
        if search is None:
            example = f"{provider or 'provider'}/MODEL"
            super().__init__(f"config.toml names no model{where}: models can be asked for as {example} all the same.")
        else:
            super().__init__(f"config.toml has no model{where} with {search!r} in its names or capabilities: {hint}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedModel:
    """A model of config.toml; `card` is its price at the time that was asked for, None when it is unpriced."""

    entry: ModelSettings
    context_limit_tokens: int | None
    card: PriceCard | None
    has_key: bool

    @property
    def cost_status(self) -> CostStatus:
        """Say how calls of the model are paid; what has no price per token is unpriced."""
        if self.card is None or (self.card.status is CostStatus.PRICED and not self.card.rate(Unit.INPUT)):
            return CostStatus.UNPRICED
        return self.card.status


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedProvider:
    """A provider; `key_source` is a variable's name or IN_THE_FILE, None when it has no place for a key at all."""

    entry: ProviderSettings
    models: int
    has_key: bool
    key_source: str | None


def list_models(
    settings: Settings,
    book: PriceBook,
    at: datetime,
    environ: Mapping[str, str],
    *,
    provider: str | None = None,
    search: str | None = None,
) -> list[ListedModel]:
    """Return the models of config.toml in its order, with today's context limits and the prices of `at`.

    `provider` keeps those of one provider; `search` those with that text in a name or a capability, ignoring case.

    Raises:
        NoSuchProviderError: there is no provider of that name.
        NoSuchModelError: no model fits; the sentence names the nearest.
    """
    wanted = None if provider is None else find_provider(settings, provider).name
    here = [each for each in settings.models.values() if wanted in {None, each.provider}]
    found = [each for each in here if search is None or _fits(each, search)]
    if not found and (search is not None or wanted is not None):
        raise NoSuchModelError(search, wanted, _nearest(here, search or ""))
    return [
        ListedModel(
            entry=each,
            context_limit_tokens=each.context_limit_tokens or context_limit(settings, each.provider, each.model),
            card=book.card(each.provider, each.model, at),
            has_key=settings.providers[each.provider].key(environ) is not None,
        )
        for each in found
    ]


def list_providers(settings: Settings, environ: Mapping[str, str]) -> list[ListedProvider]:
    """Return all providers: those of config.toml in its order, then those that are well known."""
    return [
        ListedProvider(
            entry=each,
            models=sum(model.provider == each.name for model in settings.models.values()),
            has_key=each.key(environ) is not None,
            key_source=each.key_source or (IN_THE_FILE if each.api_key else None),
        )
        for each in settings.providers.values()
    ]


def find_provider(settings: Settings, name: str) -> ProviderSettings:
    """Return a provider by its name in any case, or by another name it goes by; raise NoSuchProviderError."""
    by_name = {each.name.lower(): each for each in settings.providers.values()}
    found = by_name.get(name.strip().lower()) or by_name.get(canonical_provider(name))
    if found is None:
        raise NoSuchProviderError(name, by_name)
    return found


def models_values(rows: Iterable[ListedModel]) -> dict[str, Any]:
    """Return models as JSON values; prices are dollars per million tokens, null where there is none."""
    return {"models": [model_values(row) for row in rows]}


def model_values(row: ListedModel) -> dict[str, Any]:
    """Return one model as JSON values."""
    into, out = (row.card.rate(unit) if row.card else None for unit in (Unit.INPUT, Unit.OUTPUT))
    return {
        "key": row.entry.key,
        "provider_name": row.entry.provider,
        "model": row.entry.model,
        "context_limit_tokens": row.context_limit_tokens,
        "capabilities": list(row.entry.capabilities),
        "has_key": row.has_key,
        "cost_status": row.cost_status.value,
        "input_price": plain(into.price) if into else None,
        "output_price": plain(out.price) if out else None,
        "currency": "USD",
    }


def providers_values(rows: Iterable[ListedProvider]) -> dict[str, Any]:
    """Return providers as JSON values."""
    return {"providers": [provider_values(row) for row in rows]}


def provider_values(row: ListedProvider) -> dict[str, Any]:
    """Return one provider as JSON values: whether there is a key and where it is read, never the key."""
    entry = row.entry
    return {
        "name": entry.name,
        "type": entry.type,
        "base_url": entry.base_url,
        "icon": entry.icon,
        "color": entry.color,
        "models": row.models,
        "has_key": row.has_key,
        "key_source": row.key_source,
        "is_wellknown": entry.is_wellknown,
        "limit_rpm": entry.limit_rpm,
        "timeout_s": entry.wait_s,
        "on_disconnect": entry.on_disconnect,
        "drain_max_s": entry.drain_s,
        "include_usage": entry.asks_for_usage,
        "rewrite_model": entry.rewrite_model,
        "set_key": entry.set_key,
    }


def _fits(model: ModelSettings, search: str) -> bool:
    wanted = search.strip().lower()
    return any(wanted in text.lower() for text in (model.key, model.model, *model.capabilities))


def _nearest(models: Iterable[ModelSettings], search: str) -> list[str]:
    """Return the keys, names and capabilities that a misspelt search comes nearest to."""
    names: dict[str, str] = {}
    for model in models:
        for text in (*model.capabilities, model.model, model.model.rpartition("/")[2], model.key):
            names[text.lower()] = text
            names |= dict.fromkeys((part for part in text.lower().split("-") if len(part) >= _MOST_NAMED), text)
    near = get_close_matches(search.strip().lower(), list(names), n=_MOST_NAMED, cutoff=0.7)
    return list(dict.fromkeys(names[name] for name in near))
