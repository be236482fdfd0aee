"""GET /v1/models: the models of config.toml, in one shape that both OpenAI's and Anthropic's clients can read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tokencli.config.values import ModelSettings, Settings

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
