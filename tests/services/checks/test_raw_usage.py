"""Raw usage is read once more as its meter read it, whichever API it came from."""

from __future__ import annotations

import json

import pytest

from tokencli.domain.usage import TokenUsage
from tokencli.services.checks.raw_usage import agrees
from tokencli.wire.registry import APIS

CHAT = {"prompt_tokens": 12, "completion_tokens": 5, "total_tokens": 17}
RESPONSES = {"input_tokens": 12, "output_tokens": 5, "total_tokens": 17}
ANTHROPIC = {"input_tokens": 3, "cache_creation_input_tokens": 4, "cache_read_input_tokens": 5, "output_tokens": 6}
GEMINI = {"promptTokenCount": 9, "candidatesTokenCount": 4, "thoughtsTokenCount": 2, "totalTokenCount": 15}
BODIES: dict[str, dict[str, object]] = {
    "openai-chat": {"model": "m", "choices": [{"finish_reason": "stop"}], "usage": CHAT, "service_tier": "flex"},
    "openai-responses": {"object": "response", "status": "completed", "usage": RESPONSES},
    "anthropic-messages": {"type": "message", "stop_reason": "end_turn", "usage": ANTHROPIC},
    "gemini-generate": {"candidates": [{"finishReason": "STOP"}], "usageMetadata": GEMINI},
    "embeddings": {"object": "list", "data": [], "usage": {"prompt_tokens": 8, "total_tokens": 8}},
}


@pytest.mark.parametrize("api", BODIES)
def test_what_a_meter_kept_agrees_with_itself(api: str) -> None:
    meter = APIS[api].meter("application/json")
    meter.observe(json.dumps(BODIES[api]).encode())
    reading = meter.reading(is_complete=True)
    assert reading.usage is not None
    assert reading.raw_usage is not None
    assert agrees("proxy", reading.raw_usage, reading.usage) is True


def test_an_anthropic_usage_read_as_openais_is_found() -> None:
    wrong = TokenUsage(input_tokens=3, cache_read_tokens=0, output_tokens=6)
    assert agrees("proxy", json.dumps(ANTHROPIC), wrong) is False


def test_a_stream_cut_at_its_beginning_has_no_output() -> None:
    cut = TokenUsage(input_tokens=12, cache_write_tokens=4, cache_read_tokens=5, output_tokens=0)
    assert agrees("proxy", json.dumps(ANTHROPIC), cut) is True


@pytest.mark.parametrize(("source", "text"), [("cost-line", "{}"), ("proxy", "no json"), ("proxy", "[1]")])
def test_nothing_is_said_where_nobody_can_tell(source: str, text: str) -> None:
    assert agrees(source, text, TokenUsage()) is None
