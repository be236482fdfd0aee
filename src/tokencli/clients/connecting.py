"""What each client's own file must say to point it at the proxy for good. Data alone: nothing is read or written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tokencli.clients import claude
from tokencli.clients.client import Place

if TYPE_CHECKING:
    from collections.abc import Callable


class Wanted(NamedTuple):
    """A client's file, and the settings it is to have: the steps to each, and its value."""

    place: Place
    settings: tuple[tuple[tuple[str, ...], Any], ...]


def _claude(base: str) -> Wanted:
    return Wanted(claude.SETTINGS, ((("env", "ANTHROPIC_BASE_URL"), base),))


def _codex(base: str) -> Wanted:
    provider = ("model_providers", "tokencli")
    return Wanted(
        Place(".codex", "config.toml", "CODEX_HOME"),
        (
            (("model_provider",), "tokencli"),
            ((*provider, "name"), "tokencli"),
            ((*provider, "base_url"), f"{base}/v1"),
            ((*provider, "env_key"), "OPENAI_API_KEY"),
            ((*provider, "wire_api"), "responses"),
        ),
    )


def _gemini(base: str) -> Wanted:
    return Wanted(Place(".gemini", ".env"), ((("GOOGLE_GEMINI_BASE_URL",), base),))


def _qwen(base: str) -> Wanted:
    return Wanted(Place(".qwen", ".env"), ((("OPENAI_BASE_URL",), f"{base}/v1"),))


_BY_NAME: dict[str, Callable[[str], Wanted]] = {
    "claude": _claude,
    "codex": _codex,
    "gemini": _gemini,
    "qwen": _qwen,
}


CONNECTABLE = frozenset(_BY_NAME)
"""The clients whose file can be changed."""


def wanted(name: str, base: str) -> Wanted | None:
    """Return what a client's file is to say for a proxy's address; None for a client that is set by hand."""
    make = _BY_NAME.get(name)
    return None if make is None else make(base)
