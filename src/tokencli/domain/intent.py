"""Intent: one call that is about to be sent. It is in the ledger before the request leaves."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from tokencli.domain.errors import ImpossibleValueError
from tokencli.domain.usage import check_count

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What is known of a call when it is sent; `opened_at` is aware UTC. Never prompt text.

    `estimated_input_tokens` is our own count of the prompt, None where nothing could be counted.

    Raises:
        ImpossibleValueError: a naive time, or an estimate that is no count.
    """

    opened_at: datetime
    provider_name: str | None = None
    operation_name: str = "chat"
    request_model: str | None = None
    session_id: str | None = None
    conversation_id: str | None = None
    client: str | None = None
    agent: str | None = None
    project: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    estimated_input_tokens: int | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be true."""
        if self.opened_at.utcoffset() != timedelta(0):
            raise ImpossibleValueError(
                what="opened_at", value=self.opened_at.isoformat(), rule="it must be an aware time in UTC"
            )
        if self.estimated_input_tokens is not None:
            check_count("estimated_input_tokens", self.estimated_input_tokens)
