"""Told: one call as the log of a client, a gateway or a telemetry exporter tells it."""

from __future__ import annotations

import msgspec

from tokencli.domain.usage import Basis, TokenUsage


class Told(msgspec.Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """One call. `at` is microseconds since 1970 UTC, money is picodollars, durations are microseconds.

    `key` is the source's own name of the call, with the format's name before it ("claude-code:msg_01..."): whatever
    has the same key is the same call, in whichever file it stands. `usage` is None when the record tells no counts.
    `is_growing` says that a later record of the same key with higher output tells the call better; otherwise the first
    one stands. `response_id` is the provider's id of the answer, by which other witnesses may know it. `agent` names
    the sub-agent that made the call, None for the main one. `raw_usage` is the counts in the source's own JSON.
    """

    key: str
    at: int
    usage: TokenUsage | None
    basis: Basis = Basis.REPORTED
    is_growing: bool = False
    provider_name: str | None = None
    operation_name: str = "chat"
    request_model: str | None = None
    response_model: str | None = None
    response_id: str | None = None
    conversation_id: str | None = None
    client: str | None = None
    client_version: str | None = None
    agent: str | None = None
    project: str | None = None
    branch: str | None = None
    tags: dict[str, str] = {}
    error_type: str | None = None
    reported_cost_pico: int | None = None
    duration_us: int | None = None
    time_to_first_token_us: int | None = None
    raw_usage: str | None = None


class BrokenRecordError(ValueError):
    """A record that should hold a call and cannot be read; its text is the reason in a few words."""
