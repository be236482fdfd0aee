"""Calls through the proxy for tests of what is told live."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tokencli.domain.event import EventId, UsageEvent
from tokencli.domain.usage import Basis, Estimate, TokenUsage

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def event(number: int = 1, tokens: int = 1000, run: str = "abcdef012345", **told: Any) -> UsageEvent:
    """Return a settled call of gpt-4o with a tenth of its input as output."""
    values: dict[str, Any] = {
        "event_id": EventId(f"{run}.{number}"),
        "occurred_at": NOW,
        "source": "proxy",
        "basis": Basis.REPORTED,
        "provider_name": "openai",
        "request_model": "gpt-4o",
        "usage": TokenUsage(input_tokens=tokens, output_tokens=tokens // 10),
        "estimate": Estimate(input_tokens=tokens + 5),
    }
    return UsageEvent(**(values | told))
