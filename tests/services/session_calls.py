"""Calls of sessions as the proxy records them, put into a ledger through the door that all calls take."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from tokencli.domain.event import EventId, UsageEvent
from tokencli.domain.usage import Basis, TokenUsage
from tokencli.services.record import record
from tokencli.store.ledger import Ledger

if TYPE_CHECKING:
    from tokencli.domain.session import Session
    from tokencli.pricing.book import PriceBook
    from tokencli.store.database import Database

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MISTRAL_LARGE = "mistral-large-2411"
_SEQ = count(1)


def call(
    session: Session | str | None,
    minute: float,
    tokens: tuple[int, int] | None,
    **named: Any,
) -> UsageEvent:
    """Return a call of a session, so many minutes after noon, with its input and output tokens."""
    basis = named.pop("basis", Basis.MISSING if tokens is None else Basis.REPORTED)
    fields: dict[str, Any] = {"provider_name": "mistral", "request_model": MISTRAL_LARGE, **named}
    return UsageEvent(
        event_id=EventId(f"0123456789ab.{next(_SEQ)}"),
        occurred_at=NOON + timedelta(minutes=minute),
        source="proxy",
        basis=basis,
        session_id=session if isinstance(session, str | None) else session.id,
        usage=None if tokens is None else TokenUsage(input_tokens=tokens[0], output_tokens=tokens[1]),
        **fields,
    )


def keep(database: Database, book: PriceBook, *events: UsageEvent) -> None:
    """Record some calls."""
    with database.transaction() as connection:
        ledger = Ledger(connection)
        for event in events:
            record(ledger, book, event)
