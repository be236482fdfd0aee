"""CallRow: one call of the ledger as plain values, light enough for a million of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tokencli.domain.money import Usd


class CallRow(NamedTuple):
    """One call and its cost; the names are those of the event JSON.

    `occurred_at` is aware UTC. Token counts are None when no source told them, a cost is None when it is not known.
    """

    event_id: str
    occurred_at: datetime
    source: str
    provider_name: str | None
    operation_name: str
    request_model: str | None
    response_model: str | None
    response_id: str | None
    session_id: str | None
    conversation_id: str | None
    client: str | None
    agent: str | None
    project: str | None
    tags: Mapping[str, str]
    basis: str
    input_tokens: int | None
    cache_read_tokens: int | None
    cache_write_tokens: int | None
    output_tokens: int | None
    reasoning_tokens: int | None
    list_cost: Usd | None
    reported_cost: Usd | None
    cost_status: str
    finish: str
    error_type: str | None
    duration_s: float | None
    time_to_first_token_s: float | None
