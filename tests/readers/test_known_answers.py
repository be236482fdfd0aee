"""Dollars of calls in agents' logs, worked out by hand from the providers' price pages of the day."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.readers.agent_judge import merged
from tokencli.domain.charge import CostStatus
from tokencli.pricing.book import PriceBook
from tokencli.readers.claude_code import ClaudeCodeReader
from tokencli.readers.codex import CodexReader

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLION = 1_000_000
Usage = dict[str, Any]


def claude(model: str, *usages: Usage) -> list[bytes]:
    return [
        json.dumps(
            {
                "type": "assistant",
                "timestamp": "2026-04-01T10:00:00Z",
                "sessionId": "s",
                "message": {"id": "msg_1", "model": model, "usage": usage},
            }
        ).encode()
        for usage in usages
    ]


def codex(model: str, last: Usage) -> list[bytes]:
    return [
        b'{"timestamp":"2026-04-01T10:00:00Z","type":"session_meta","payload":{"id":"s"}}',
        json.dumps({"type": "turn_context", "payload": {"model": model}}).encode(),
        json.dumps(
            {"type": "event_msg", "payload": {"type": "token_count", "info": {"last_token_usage": last}}}
        ).encode(),
    ]


def cost(lines: list[bytes]) -> Decimal | None:
    reader = CodexReader("s.jsonl", None) if b"session_meta" in lines[0] else ClaudeCodeReader("s.jsonl", None)
    (call,) = merged(told for line in lines for told in reader.read(line))
    at = EPOCH + timedelta(microseconds=call.at)
    charge = PriceBook().charge(call.usage, call.provider_name, call.response_model, at)
    return charge.list_cost if charge.status is CostStatus.PRICED else None


BASE = {"input_tokens": 1000, "output_tokens": 500}
SONNET, OPUS = "claude-sonnet-4-5", "claude-opus-4-6"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param(claude(SONNET, BASE), "0.0105", id="a message"),
        pytest.param(
            claude(SONNET, BASE | {"output_tokens": 1}, BASE | {"output_tokens": 9}, BASE), "0.0105", id="grown"
        ),
        pytest.param(claude(SONNET, BASE, BASE), "0.0105", id="twice without a request id"),
        pytest.param(
            claude(SONNET, {"input_tokens": 0, "cache_creation": {"ephemeral_1h_input_tokens": 100_000}}),
            "0.60",
            id="1 h",
        ),
        pytest.param(claude("claude-nobody-knows", BASE), None, id="unknown model"),
        pytest.param(claude(SONNET, BASE | {"server_tool_use": {"web_search_requests": 10}}), "0.1105", id="searches"),
        pytest.param(claude(SONNET, BASE | {"service_tier": "batch"}), "0.00525", id="batch"),
        pytest.param(
            claude(OPUS, {"input_tokens": 100_000, "output_tokens": 1000, "inference_geo": "us"}), "0.5775", id="region"
        ),
        pytest.param(codex("gpt-5.4", {"input_tokens": 300_000, "output_tokens": 1000}), "1.5225", id="long context"),
        pytest.param(
            codex("gpt-5.4", {"input_tokens": 300_000, "cached_input_tokens": 150_000, "output_tokens": 1000}),
            "0.8475",
            id="long context, half of it cached",
        ),
        pytest.param(
            codex(
                "gpt-5",
                {
                    "input_tokens": 100_000,
                    "cached_input_tokens": 80_000,
                    "output_tokens": 1000,
                    "reasoning_output_tokens": 400,
                },
            ),
            str(Decimal(20_000 * 125 + 80_000 * 125 // 10 + 1000 * 1000) / 100 / MILLION),
            id="reasoning is in the output",
        ),
    ],
)
def test_a_call_costs_what_the_price_pages_say(lines: list[bytes], expected: str | None) -> None:
    found = cost(lines)
    assert found == (None if expected is None else Decimal(expected))
