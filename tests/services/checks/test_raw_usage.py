"""Raw usage is read once more as its meter read it, whichever API it came from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.wire.exchanges import body_of, read, records
from tokencli.domain.usage import TokenUsage
from tokencli.readers import claude_usage
from tokencli.services.checks.raw_usage import agrees
from tokencli.wire.registry import APIS

if TYPE_CHECKING:
    from pathlib import Path

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


def test_a_record_of_claude_code_is_read_as_its_reader_reads_it() -> None:
    told = claude_usage.spent(json.dumps(ANTHROPIC).encode())
    assert told is not None
    assert agrees("claude-code", json.dumps(ANTHROPIC), told.usage) is True
    assert agrees("claude-code", json.dumps(ANTHROPIC), TokenUsage(input_tokens=3, output_tokens=6)) is False


@pytest.mark.parametrize("api", [name for name in APIS if APIS[name].is_billed])
def test_every_recorded_answer_agrees_whole_and_cut(corpus: Path, api: str) -> None:
    """A false alarm here would tell users that their rows are wrong."""
    for record in records(corpus, api):
        body = body_of(record)
        for end in {len(body), len(body) * 3 // 4, len(body) // 2, len(body) // 4, len(body) - 20}:
            meter = APIS[api].meter(record["response_content_type"] or "")
            reading = read(meter, [body[: max(end, 0)]], is_complete=end == len(body))
            if reading.usage is not None and reading.raw_usage is not None:
                assert agrees("proxy", reading.raw_usage, reading.usage) is True, (record["id"], end)


@pytest.mark.parametrize(("source", "text"), [("cost-line", "{}"), ("proxy", "no json"), ("proxy", "[1]")])
def test_nothing_is_said_where_nobody_can_tell(source: str, text: str) -> None:
    assert agrees(source, text, TokenUsage()) is None
