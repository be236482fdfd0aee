"""Intents and events as one line of JSON: for rows and files that outlive a crash. Never prompt or answer text."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import msgspec

from tokencli.domain.errors import InputError
from tokencli.domain.event import EventId, Finish, UnitPrices, UsageEvent
from tokencli.domain.intent import Intent
from tokencli.domain.money import plain, usd
from tokencli.domain.usage import Basis, Estimate, TokenUsage

if TYPE_CHECKING:
    from decimal import Decimal

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_INTENT_TEXTS: Final = (
    "provider_name",
    "operation_name",
    "request_model",
    "session_id",
    "conversation_id",
    "client",
    "agent",
    "project",
)
_EVENT_TEXTS: Final = (*_INTENT_TEXTS, "source", "response_model", "response_id", "error_type", "raw_usage")
_SECONDS: Final = ("duration_s", "time_to_first_token_s")
_compact = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
_UNREADABLE: Final = (InputError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError)


def intent_text(intent: Intent) -> str:
    """Return what is known of a call that is about to be sent, but for its time, as JSON."""
    body: dict[str, Any] = {name: value for name in _INTENT_TEXTS if (value := getattr(intent, name)) is not None}
    if intent.tags:
        body["tags"] = dict(intent.tags)
    if intent.estimated_input_tokens is not None:
        body["estimated_input_tokens"] = intent.estimated_input_tokens
    try:
        return msgspec.json.encode(body).decode()
    except UnicodeEncodeError:  # half a surrogate pair, which a client can put into a name
        return _compact(body)


def intent_from(opened_at_us: int, text: str) -> Intent | None:
    """Return the intent of `intent_text`; None for any other text."""
    try:
        body = json.loads(text)
        return Intent(
            opened_at=_EPOCH + timedelta(microseconds=opened_at_us),
            tags=_texts(body.get("tags", {})),
            estimated_input_tokens=body.get("estimated_input_tokens"),
            **{name: _text(body[name]) for name in _INTENT_TEXTS if name in body},
        )
    except _UNREADABLE:
        return None


def event_line(event: UsageEvent) -> bytes:
    """Return a settled call as one line of ASCII, its line end included."""
    usage, estimate, prices = event.usage, event.estimate, event.reported_prices
    body: dict[str, Any] = {
        "event_id": event.event_id,
        "occurred_at": event.occurred_at.isoformat(),
        "basis": event.basis.value,
        "finish": event.finish.value,
        **{name: getattr(event, name) for name in (*_EVENT_TEXTS, *_SECONDS)},
        "tags": dict(event.tags),
        "usage": None if usage is None else {name: value for name, value in asdict(usage).items() if value},
        "estimate": None if estimate is None else asdict(estimate),
        "reported_cost": _plain(event.reported_cost),
        "reported_prices": None if prices is None else [_plain(prices.input_usd), _plain(prices.output_usd)],
    }
    return f"{_compact({name: value for name, value in body.items() if value not in (None, {})})}\n".encode("ascii")


def event_from(line: bytes) -> UsageEvent | None:
    """Return the event of `event_line`; None for any other line."""
    try:
        return _event(json.loads(line))
    except _UNREADABLE:
        return None


def _event(body: dict[str, Any]) -> UsageEvent:
    usage: dict[str, Any] | None = body.get("usage")
    estimate, prices = body.get("estimate"), body.get("reported_prices")
    basis = Basis(body["basis"])
    texts: dict[str, Any] = {name: _text(body[name]) for name in _EVENT_TEXTS if name in body}
    if usage is None and basis is not Basis.MISSING:
        usage = {}
    return UsageEvent(
        event_id=EventId(_text(body["event_id"])),
        occurred_at=datetime.fromisoformat(body["occurred_at"]).astimezone(UTC),
        basis=basis,
        finish=Finish(body["finish"]),
        tags=_texts(body.get("tags", {})),
        usage=None if usage is None else TokenUsage(**usage),
        estimate=None if estimate is None else Estimate(**estimate),
        reported_cost=usd(_text(body["reported_cost"])) if "reported_cost" in body else None,
        reported_prices=None if prices is None else UnitPrices(input_usd=usd(prices[0]), output_usd=usd(prices[1])),
        **texts,
        **{name: body[name] for name in _SECONDS if name in body},
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _texts(value: dict[object, object]) -> dict[str, str]:
    return {_text(name): _text(text) for name, text in value.items()}


def _plain(amount: Decimal | None) -> str | None:
    return None if amount is None else plain(amount)
