"""The words with which a session is begun: a provider, a model, a name; each checked, with the nearest right one."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, NamedTuple

from tokencli.domain.errors import InputError, UsageError
from tokencli.domain.providers import canonical_provider, provider_of_model
from tokencli.domain.text import visible
from tokencli.services.contexts import configured, listed_models

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    from tokencli.config.values import Settings

_NAME = re.compile(r"[A-Za-z0-9_~][A-Za-z0-9_.~-]{0,63}")
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_.~]+")
_WELLKNOWN = ("openai", "anthropic")
_LONGEST_DEFAULT = 48
_NEAR, _VERY_NEAR = 0.7, 0.85


class UnknownProviderError(InputError):
    """A provider that neither config.toml nor tokencli itself knows."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        """Name it, and the nearest one there is."""
        choices = sorted(known)
        advice = _nearest(name, choices, _NEAR) or f"use {', '.join(choices)}."
        super().__init__(f"there is no provider {name!r}: {advice}")


class UnknownModelError(InputError):
    """A model that neither config.toml nor the list of models knows."""

    def __init__(self, name: str, provider_name: str | None, own: list[str], listed: Iterable[str]) -> None:
        """Name it, and the nearest one of config.toml or of the list, or how to make it known."""
        key = name if "/" in name else f"{provider_name or 'PROVIDER'}/{name}"
        at = f" at {provider_name}" if provider_name else ""
        near = _begun(name, own) or _nearest(name, own, _VERY_NEAR) or _nearest(name, [*own, *listed])
        advice = near or f'add it to config.toml as [models."{visible(key)}"], or leave --model out.'
        super().__init__(f"there is no model {name!r}{at}: {advice}")


class OtherProviderError(InputError):
    """A model of config.toml together with a provider that is not its own."""

    def __init__(self, model: str, provider_name: str, asked: str) -> None:
        """Name both providers."""
        super().__init__(f"{model} is a model of {provider_name}, not of {asked}: leave --provider out.")


class AmbiguousModelError(InputError):
    """A name that several providers have for a model."""

    def __init__(self, name: str, keys: list[str]) -> None:
        """Name the keys it may mean."""
        super().__init__(f"{name!r} may mean {', '.join(keys[:-1])} or {keys[-1]}: write which one.")


class BadSessionNameError(UsageError):
    """A name that would not survive a URL or a header."""

    def __init__(self, name: str) -> None:
        """Show it, and the rule."""
        super().__init__(
            f"{name[:80]!r} cannot be a session's name: use 1 to 64 letters, digits, '.', '_', '~' or '-', "
            "and begin with a letter, a digit, '_' or '~'."
        )


class Choice(NamedTuple):
    """A provider and a model, under the names that settings and calls give them; None where nothing was chosen."""

    provider_name: str | None
    model: str | None


ANY: Final = Choice(None, None)
"""Nothing chosen: calls say themselves where they go."""


def chosen(settings: Settings, provider: str | None, model: str | None) -> Choice:
    """Return what a provider and a model, as somebody typed them, mean.

    A model of config.toml becomes its key; any other must be in the list of models, unless nothing is known of
    its provider's models at all.

    Raises:
        InputError: one of them is not known, the two contradict each other, or the model may mean several.
    """
    name = None if provider is None else provider_chosen(settings, provider)
    if model is None:
        return Choice(name, None)
    found = _of_config(settings, name, model)
    return found or _of_list(settings, name, model)


def provider_chosen(settings: Settings, name: str) -> str:
    """Return a provider's name as config.toml writes it; raise UnknownProviderError with the nearest one."""
    known = {each.lower(): each for each in (*_WELLKNOWN, *settings.providers)}
    found = known.get(name.strip().lower()) or known.get(canonical_provider(name))
    if found is None:
        raise UnknownProviderError(name, known.values())
    return found


def check_name(name: str) -> None:
    """Raise BadSessionNameError unless a name can stand in a URL's path and in a header as it is."""
    if not _NAME.fullmatch(name):
        raise BadSessionNameError(name)


def default_name(choice: Choice, day: date, is_taken: Callable[[str], bool]) -> str:
    """Return a short name that is not taken: the model's, else the provider's, else the day's; then "-2", "-3" ..."""
    words = (choice.model or "").rpartition("/")[2] or (choice.provider_name or "").rpartition(":")[2]
    base = _NOT_IN_NAMES.sub("-", words)[:_LONGEST_DEFAULT].strip("-.") or day.isoformat()
    name, count = base, 1
    while is_taken(name):
        count += 1
        name = f"{base}-{count}"
    return name


def _of_config(settings: Settings, provider_name: str | None, model: str) -> Choice | None:
    key = next((key for key in settings.models if key.lower() == model.lower()), model)
    if key in settings.models:
        owner = settings.models[key].provider
        if provider_name not in {None, owner}:
            raise OtherProviderError(key, owner, str(provider_name))
        return Choice(owner, key)
    found = list(configured(settings, provider_name, model))
    if len(found) > 1:
        raise AmbiguousModelError(model, [each.key for each in found])
    return Choice(found[0].provider, found[0].key) if found else None


def _of_list(settings: Settings, provider_name: str | None, model: str) -> Choice:
    """Return a model that config.toml does not name, at the provider that was named or that its name tells."""
    known = {*_WELLKNOWN, *settings.providers}
    before, _, after = model.partition("/")
    candidates = [(provider_name, model)]
    if after and provider_name in {None, canonical_provider(before)}:
        candidates.append((canonical_provider(before), after))
    if provider_name is None:
        candidates.append((provider_of_model(model), model))
    for seller, name in candidates:
        if seller in known and (name.lower() in listed_models(seller) or _is_uncharted(settings, seller)):
            return Choice(seller, name)
    own = [each for each in settings.models.values() if provider_name in {None, each.provider}]
    seller = provider_name or provider_of_model(model)
    listed = listed_models(seller) if seller else ()
    raise UnknownModelError(model, provider_name, [name for each in own for name in (each.key, each.model)], listed)


def _is_uncharted(settings: Settings, provider_name: str) -> bool:
    """Say whether nothing is known of a provider's models."""
    return not listed_models(provider_name) and all(each.provider != provider_name for each in settings.models.values())


def _begun(name: str, own: Iterable[str]) -> str:
    """Return "did you mean X?" with the first own name of which this is a part; empty when there is none."""
    found = next((each for each in own if name.lower() in each.lower()), None)
    return f"did you mean {found!r}?" if found and name else ""


def _nearest(name: str, choices: Iterable[str], cutoff: float = 0.6) -> str:
    """Return "did you mean X?" with the nearest of some names; empty when none is near."""
    by_lower = {choice.lower(): choice for choice in choices}
    near = get_close_matches(name.lower(), by_lower, n=1, cutoff=cutoff)
    return f"did you mean {by_lower[near[0]]!r}?" if near else ""
