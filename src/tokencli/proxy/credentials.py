"""Credentials: whose key goes with a call.

The provider's own, from the configuration or the environment, takes the place of whatever the client sent. A client's
key passes only where the client chose the provider itself, so that no key ever reaches another host than its own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from tokencli.domain.text import visible
from tokencli.proxy.refusals import Refusal
from tokencli.wire.registry import Family

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tokencli.config.values import ProviderSettings
    from tokencli.proxy.headers import Headers
    from tokencli.proxy.paths import Target
    from tokencli.proxy.routes import Route

_CREDENTIALS = frozenset({b"authorization", b"x-api-key", b"x-goog-api-key", b"api-key"})
_TELLING = _CREDENTIALS | {b"cookie"}
_KEY_PARAMETERS = frozenset({b"key", b"access_token"})
# How the access tokens of a login with a Claude plan begin (Claude Code 2.1, 2026-11); keys begin with sk-ant-api.
_PLAN = b"Bearer sk-ant-oat"
_SENDABLE = re.compile(r"[\x21-\x7e]+")


class NoKeyError(Refusal):
    """A provider that needs a key, and none that may be sent there."""

    status = 401
    code = "no_key"

    def __init__(self, provider: ProviderSettings) -> None:
        """Name the environment variable to set and the path that takes a client's own key."""
        name = visible(provider.name)
        first_way = f"set {provider.key_source} where tokencli runs, or " if provider.set_key else ""
        super().__init__(f"no key for {name}: {first_way}send your own key to the path /p/{name}/.")


class UnsendableKeyError(Refusal):
    """A key that no header can carry; it is not shown."""

    status = 500
    code = "unsendable_key"

    def __init__(self, provider: str, place: str) -> None:
        """Name the provider and where its key is read."""
        super().__init__(
            f"the key of {visible(provider)} in {place} holds a space, a line end or a letter that no key has."
        )


def with_credentials(
    target: Target, route: Route, headers: Headers, environ: Mapping[str, str]
) -> tuple[Headers, bytes]:
    """Return headers and query with the provider's key, or with the client's own where it may go there.

    Raises:
        NoKeyError: the provider needs a key, and there is none that may be sent to it.
        UnsendableKeyError: no header can carry the provider's key.
    """
    provider, query = route.provider, target.query
    is_plans = route.is_clients_choice and provider.type == "anthropic" and has_plan(headers)
    key = provider.key(environ) if provider.set_key and not is_plans else None
    if key is not None:
        place = provider.key_source or "config.toml"
        header = key_header(provider.name, place, key, _key_name(target, provider))
        return [*without_credentials(headers), header], query_without_key(query)
    needs_none = provider.key_source is None and not provider.api_key
    is_missed = provider.set_key and not needs_none and target.api is not None
    if route.is_clients_choice and (not is_missed or has_credentials(headers, query)):
        return headers, query
    if needs_none:
        return without_credentials(headers), query_without_key(query)
    raise NoKeyError(provider)


def without_credentials(headers: Headers) -> Headers:
    """Return the headers without any that carry a key, and without cookies, which say who somebody is elsewhere."""
    return [pair for pair in headers if pair[0] not in _TELLING]


def query_without_key(query: bytes) -> bytes:
    """Return a query string without the parameters in which Google's clients may send a key; the rest as it came."""
    if not query:
        return query
    parts = query.split(b"&")
    return b"&".join(part for part in parts if unquote_to_bytes(part.partition(b"=")[0]) not in _KEY_PARAMETERS)


def has_credentials(headers: Headers, query: bytes) -> bool:
    """Say whether a client sent a key of its own."""
    return any(name in _CREDENTIALS for name, _ in headers) or query_without_key(query) != query


def has_plan(headers: Headers) -> bool:
    """Say whether a client sent the token of a Claude plan: its user pays by that, and not by a key."""
    return any(name == b"authorization" and value.startswith(_PLAN) for name, value in headers)


def key_header(provider: str, place: str, key: str, manner: bytes) -> tuple[bytes, bytes]:
    """Return the header that carries a key; `manner` is its name, and authorization takes it as a bearer token.

    Raises:
        UnsendableKeyError: the key holds what no header can carry.
    """
    if not _SENDABLE.fullmatch(key.strip()):
        raise UnsendableKeyError(provider, place)
    value = key.strip().encode("ascii")
    return manner, b"Bearer " + value if manner == b"authorization" else value


def _key_name(target: Target, provider: ProviderSettings) -> bytes:
    """Return the header that a provider takes its key in, by the API that is called there."""
    family = None if target.api is None else target.api.family
    if provider.type == "gemini":
        is_openai = family is Family.OPENAI or (family is None and "/openai/" in target.rest)
        return b"authorization" if is_openai else b"x-goog-api-key"
    if provider.type == "anthropic":
        return b"authorization" if family is Family.OPENAI else b"x-api-key"
    return b"x-api-key" if provider.type == "kimi" and family is Family.ANTHROPIC else b"authorization"
