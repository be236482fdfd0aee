"""The models of config.toml: GET /v1/models in one shape that both OpenAI's and Anthropic's clients can read.

Gemini's clients ask at /v1beta/models, and get those that can be called in Gemini's API.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tokencli.config.values import ModelSettings, Settings

_GEMINI = "gemini"
_METHODS = ("generateContent", "countTokens")
_UNKNOWN_DATE = datetime(1970, 1, 1, tzinfo=UTC)


def model_list(settings: Settings) -> dict[str, Any]:
    """Return all models; `id` is the key of config.toml, which is what clients ask for."""
    data = [model_entry(each) for each in settings.models.values()]
    return {
        "object": "list",
        "data": data,
        "has_more": False,
        "first_id": data[0]["id"] if data else None,
        "last_id": data[-1]["id"] if data else None,
    }


def model_entry(model: ModelSettings) -> dict[str, Any]:
    """Return one model; when it was made is not known, and said as 1970."""
    return {
        "id": model.key,
        "object": "model",
        "created": int(_UNKNOWN_DATE.timestamp()),
        "owned_by": model.provider,
        "type": "model",
        "display_name": model.key,
        "created_at": _UNKNOWN_DATE.isoformat().replace("+00:00", "Z"),
    }


def gemini_list(settings: Settings) -> dict[str, Any]:
    """Return the models that Gemini's clients can call, as Google lists them."""
    return {"models": [gemini_entry(each) for each in settings.models.values() if is_gemini(each, settings)]}


def gemini_entry(model: ModelSettings) -> dict[str, Any]:
    """Return one model as Google shows it; the key of config.toml is its name."""
    entry: dict[str, Any] = {
        "name": f"models/{model.key}",
        "displayName": model.key,
        "supportedGenerationMethods": list(_METHODS),
    }
    if model.context_limit_tokens is not None:
        entry["inputTokenLimit"] = model.context_limit_tokens
    return entry


def is_gemini(model: ModelSettings, settings: Settings) -> bool:
    """Say whether a model's provider speaks Gemini's API."""
    provider = settings.providers.get(model.provider)
    return provider is not None and provider.type == _GEMINI
