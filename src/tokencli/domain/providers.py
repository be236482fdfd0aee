"""Names of providers: the same one under each of the names that logs, libraries and people use."""

from __future__ import annotations

import re

_ALIASES = {
    "google": "gemini",
    "google ai": "gemini",
    "google gemini": "gemini",
    "google-gemini": "gemini",
    "gcp.gemini": "gemini",
    "claude": "anthropic",
    "mistralai": "mistral",
    "mistral ai": "mistral",
    "mistral_ai": "mistral",
    "kimi": "managed:kimi-code",
    "open ai": "openai",
}
# Most programs meet one family: re compiles the others when they are asked for.
_FAMILIES = (
    (r"claude", "anthropic"),
    (r"gemini|gemma", "gemini"),
    (r"gpt-|chatgpt|o[1-9]($|-)|text-embedding-|davinci", "openai"),
    (r"(open-)?(mi[sx]tral|codestral|pixtral|ministral|magistral|devstral)", "mistral"),
)


def canonical_provider(name: str) -> str:
    """Return a provider's name as tokencli writes it: lower case, "gemini" for Google's own API."""
    lowered = name.strip().lower()
    return _ALIASES.get(lowered, lowered)


def provider_of_model(model: str) -> str | None:
    """Return who makes a model of a well-known family, by its name; None for any other."""
    lowered = model.lower()
    return next((provider for pattern, provider in _FAMILIES if re.match(pattern, lowered)), None)
