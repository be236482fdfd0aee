"""Sessions as the views get them, without a ledger."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tokencli.domain.money import usd
from tokencli.domain.report import Totals
from tokencli.domain.session import Session
from tokencli.services.sessions import SessionView

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


def session(**named: Any) -> Session:
    """Return a session of Mistral Large."""
    fields: dict[str, Any] = {
        "id": "4f1c09ab23de",
        "name": "search",
        "created_at": AT,
        "provider_name": "mistral",
        "model": "mistral/mistral-large-2411",
    }
    return Session(**fields | named)


def session_view(of: Session | None = None, **named: Any) -> SessionView:
    """Return a session with twelve calls and half of its context used."""
    fields: dict[str, Any] = {
        "session": of or session(),
        "context_limit_tokens": 131_072,
        "model_in_use": "mistral/mistral-large-2411",
        "requests": 12,
        "open_requests": 0,
        "estimated_requests": 0,
        "input_tokens": 67_000,
        "estimated_input_tokens": 0,
        "output_tokens": 62,
        "context_used_tokens": 67_062,
        "is_context_estimated": False,
        "totals": Totals(requests=12, priced_requests=12, list_cost=usd("0.134372")),
    }
    return SessionView(**fields | named)
