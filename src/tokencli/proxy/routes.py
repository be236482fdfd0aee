"""Route: which provider a request goes to, under which model name, and whether the client chose the provider itself.

In this order: /p/NAME; a model that config.toml knows; the session; the API's own provider. A request is never sent
to a provider that does not speak its API, and an unknown name is never a reason to take another provider in silence.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from tokencli.domain.providers import canonical_provider, provider_of_model
from tokencli.domain.text import visible
from tokencli.proxy.refusals import Refusal
from tokencli.wire.registry import Family

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tokencli.config.values import ProviderSettings, Settings
    from tokencli.domain.session import Session
    from tokencli.proxy.paths import Target
    from tokencli.wire.registry import Api

_OPENAI_PATH_OF_GEMINI = "/v1beta/openai/"
_NEAR = 0.7  # at the usual 0.6, "nope" is near "openai"
_MISTRALS_OWN = ("/fim/completions", "/agents/completions")
_FAMILY_NAMES = {Family.OPENAI: "OpenAI", Family.ANTHROPIC: "Anthropic", Family.GEMINI: "Gemini"}
# Anthropic and Google answer some of OpenAI's APIs too (their documentation, 2026-11); Kimi answers Anthropic's.
_ALSO_SPOKEN = {"anthropic": ("openai-chat",), "gemini": ("openai-chat", "embeddings")}
_FAMILIES = {
    "anthropic": (Family.ANTHROPIC,),
    "gemini": (Family.GEMINI,),
    "kimi": (Family.OPENAI, Family.ANTHROPIC),
}


class NoSuchProviderError(Refusal):
    """A provider that config.toml does not name; a 400 for the reason that an unknown session is one."""

    status = 400
    code = "no_such_provider"

    def __init__(self, name: str, known: Iterable[str]) -> None:
        """Name it, and the nearest one there is."""
        names = sorted(known)
        near = get_close_matches(name.lower(), names, n=1, cutoff=_NEAR)
        advice = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names)}."
        super().__init__(f"there is no provider '{visible(name)}' in config.toml: {advice}")


class OtherApiError(Refusal):
    """A request in an API that its provider does not speak; nothing is translated."""

    status = 400
    code = "other_api"

    def __init__(self, provider: str, api: Api) -> None:
        """Name both, and the two ways out."""
        family = _FAMILY_NAMES[api.family]
        super().__init__(
            f"{visible(provider)} does not answer {family} requests of this kind ({api.name}): name a model of another "
            f"provider, or use the path /p/{visible(provider)}/ to send the request as it is."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A provider, and the model's name there, None when none is known.

    `is_clients_choice` says that the client named the provider, or took the API's own: its own key may go there.
    """

    provider: ProviderSettings
    model: str | None
    is_clients_choice: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Belonging:
    """The session that a call belongs to, if any; `is_named` says that the request itself named it."""

    session: Session | None = None
    is_named: bool = False


def route_of(target: Target, asked: str | None, belonging: Belonging, settings: Settings) -> Route:
    """Return where a request goes that asks for this model.

    Raises:
        NoSuchProviderError: a provider that is named or needed is not configured.
        OtherApiError: the provider does not speak the request's API.
    """
    if target.provider_name is not None:
        return _named_route(target.provider_name, asked, belonging.session, settings)
    route = _model_route(asked, belonging, settings) or _session_route(target, asked, belonging, settings)
    route = route or _own_route(target, asked, settings)
    if target.api is not None and not speaks(route.provider.type, target.api):
        raise OtherApiError(route.provider.name, target.api)
    return route


def speaks(kind: str, api: Api) -> bool:
    """Say whether a provider of this type answers an API."""
    return api.family in _FAMILIES.get(kind, (Family.OPENAI,)) or api.name in _ALSO_SPOKEN.get(kind, ())


def _named_route(name: str, asked: str | None, session: Session | None, settings: Settings) -> Route:
    provider = _provider(name, settings)
    found = settings.models.get(asked) if asked is not None else None
    model = found.model if found and found.provider == provider.name else asked
    if model is None and session is not None and session.provider_name == provider.name:
        model = _session_model(session, provider, settings)
    return Route(provider=provider, model=model, is_clients_choice=True)


def _model_route(asked: str | None, belonging: Belonging, settings: Settings) -> Route | None:
    found = settings.resolve_model(asked) if asked is not None else None
    if found is None or asked is None:
        return None
    if found.key in settings.models:
        return Route(provider=_provider(found.provider, settings), model=found.model)
    if _is_sessions_name(asked, belonging, settings):
        return None
    # A provider may begin its own names with its name: "groq/compound-mini" is one, beside a known "groq/compound".
    is_its_own = any(asked.startswith(name) for name in _names_at(found.provider, settings))
    return Route(provider=_provider(found.provider, settings), model=asked if is_its_own else found.model)


def _is_sessions_name(asked: str, belonging: Belonging, settings: Settings) -> bool:
    """Say whether "openai/gpt-x" is how the session's provider itself names a model that others make.

    It is when the provider has a known model of that maker, or, in a session that the request names, of any maker.
    """
    provider = belonging.session.provider_name if belonging.session else None
    makers = {name.partition("/")[0] for name in _names_at(provider, settings) if "/" in name}
    return asked.partition("/")[0] in makers or (belonging.is_named and bool(makers))


def _names_at(provider: str | None, settings: Settings) -> list[str]:
    """Return the names by which a provider knows the models of config.toml."""
    return [each.model for each in settings.models.values() if each.provider == provider]


def _session_route(target: Target, asked: str | None, belonging: Belonging, settings: Settings) -> Route | None:
    session = belonging.session
    if session is None or session.provider_name is None:
        return None
    name = session.provider_name
    if not belonging.is_named and name not in settings.providers:
        return None
    provider = _provider(name, settings)
    name = provider.name
    if not belonging.is_named and target.api is not None and not speaks(provider.type, target.api):
        return None
    is_its_own = asked is not None and (
        provider_of_model(asked) == name
        or asked in _names_at(name, settings)
        or ("/" in asked and _is_sessions_name(asked, belonging, settings))
    )
    chosen = None if is_its_own else _session_model(session, provider, settings)
    return Route(provider=provider, model=chosen or asked)


def _session_model(session: Session, provider: ProviderSettings, settings: Settings) -> str | None:
    found = settings.models.get(session.model) if session.model else None
    return found.model if found and found.provider == provider.name else session.model


def _own_route(target: Target, asked: str | None, settings: Settings) -> Route:
    own = _own_provider(target)
    is_openai = target.api is not None and target.api.family is Family.OPENAI
    name = (provider_of_model(asked) if is_openai and asked else None) or own
    return Route(provider=_provider(name, settings), model=asked, is_clients_choice=name == own)


def _own_provider(target: Target) -> str:
    """Return whose API it is that a path belongs to."""
    family = None if target.api is None else target.api.family
    if family is Family.ANTHROPIC:
        return "anthropic"
    if family is Family.GEMINI or target.rest.startswith(_OPENAI_PATH_OF_GEMINI):
        return "gemini"
    return "mistral" if target.rest.rstrip("/").endswith(_MISTRALS_OWN) else "openai"


def _provider(name: str, settings: Settings) -> ProviderSettings:
    for each in (name, canonical_provider(name)):
        if each in settings.providers:
            return settings.providers[each]
    raise NoSuchProviderError(name, settings.providers)
