"""OpenTelemetry's calls."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.readers.changed import changed, check_read
from tokencli.readers.otlp import OtlpDocument, OtlpLines, claims_document, claims_lines
from tokencli.readers.told import BrokenRecordError, Told

AT = "1775934264967317833"


def pairs(attributes: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"key": k, "value": {"stringValue" if isinstance(v, str) else "intValue": v}} for k, v in attributes.items()
    ]


def logs(*events: dict[str, Any], **more: Any) -> bytes:
    records = [{"timeUnixNano": AT, "attributes": pairs(event), **more} for event in events]
    return json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]}).encode()


def spans(attributes: dict[str, Any]) -> bytes:
    span = {"traceId": "AB", "spanId": "cd", "startTimeUnixNano": AT, "endTimeUnixNano": AT[:-9] + "967999999"}
    about = {"attributes": pairs({"service.name": "shop"})}
    found = {"resource": about, "scopeSpans": [{"spans": [{**span, "attributes": pairs(attributes)}]}]}
    return json.dumps({"resourceSpans": [found]}).encode()


def read(line: bytes) -> list[Told]:
    return OtlpLines("x.jsonl", None).read(line)


CLAUDE = {
    "event.name": "api_request",
    "model": "claude-sonnet-4-5",
    "input_tokens": "10",
    "output_tokens": "20",
    "cache_read_tokens": "300",
    "cache_creation_tokens": "40",
    "cost_usd": "0.0125",
    "duration_ms": "1500",
    "session.id": "s1",
    "prompt": "a secret",
}
CODEX = {
    "event.name": "codex.sse_event",
    "event.kind": "response.completed",
    "model": "gpt-5",
    "input_token_count": "100",
    "cached_token_count": "60",
    "output_token_count": "30",
    "reasoning_token_count": "10",
}
SPAN = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "gcp.gemini",
    "gen_ai.request.model": "gemini-2.5-pro",
    "gen_ai.response.id": "r1",
    "gen_ai.usage.input_tokens": 100,
    "gen_ai.usage.cache_read.input_tokens": 10,
    "gen_ai.usage.output_tokens": 50,
    "gen_ai.input.messages": "a secret",
}


def test_claude_codes_input_leaves_the_cache_out_and_ours_does_not() -> None:
    (told,) = read(logs(CLAUDE))
    assert told.usage is not None
    assert (told.usage.input_tokens, told.usage.cache_read_tokens, told.usage.cache_write_tokens) == (350, 300, 40)
    assert (told.reported_cost_pico, told.duration_us) == (12_500_000_000, 1_500_000)
    assert told.provider_name == "anthropic"
    assert (told.client, told.conversation_id, told.at) == ("claude-code", "s1", 1_775_934_264_967_317)


def test_codex_writes_numbers_as_strings_and_counts_the_cached_part_inside() -> None:
    (told,) = read(logs(CODEX, {**CODEX, "event.kind": "response.created"}))
    assert told.usage is not None
    assert (told.usage.input_tokens, told.usage.cache_read_tokens) == (100, 60)
    assert (told.usage.output_tokens, told.usage.reasoning_tokens) == (30, 10)


def test_gemini_clis_thoughts_are_beside_its_output() -> None:
    counts = {"input_token_count": 100, "output_token_count": 20, "thoughts_token_count": 5, "total_token_count": 125}
    (told,) = read(logs({"event.name": "gemini_cli.api_response", "model": "gemini-2.5-pro", **counts}))
    assert told.usage is not None
    assert (told.usage.output_tokens, told.client) == (25, "gemini-cli")


def test_a_span_is_known_by_its_ids() -> None:
    (told,) = read(spans(SPAN))
    assert (told.key, told.provider_name, told.response_id, told.client) == ("otlp:ab:cd", "gemini", "r1", "shop")


def test_older_names_of_the_counts_are_known() -> None:
    (told,) = read(spans({"gen_ai.usage.prompt_tokens": 7, "gen_ai.usage.completion_tokens": 3}))
    assert told.usage is not None
    assert told.usage.total_tokens == 10


def test_the_sum_of_an_agents_calls_is_no_call() -> None:
    assert read(spans({**SPAN, "gen_ai.operation.name": "invoke_agent"})) == []


def test_what_is_delivered_again_has_the_same_key_and_another_call_has_not() -> None:
    first, other = (read(logs(each))[0].key for each in (CLAUDE, {**CLAUDE, "output_tokens": "21"}))
    assert read(logs(CLAUDE))[0].key == first != other


def test_nothing_of_prompts_is_kept() -> None:
    assert "secret" not in repr(read(logs(CLAUDE)) + read(spans(SPAN)))


def test_metrics_are_no_calls() -> None:
    assert read(b'{"resourceMetrics": [{}]}') == []


@pytest.mark.parametrize("value", ["-1", "1.5", "x", 10**30])
def test_an_impossible_count_is_refused(value: object) -> None:
    with pytest.raises(BrokenRecordError):
        read(logs({**CLAUDE, "output_tokens": value}))


def test_a_call_without_a_time_is_refused() -> None:
    with pytest.raises(BrokenRecordError):
        read(logs(CLAUDE, timeUnixNano=None))


def test_a_document_keeps_the_calls_beside_a_broken_one() -> None:
    found = OtlpDocument().read("x.json", logs({**CLAUDE, "output_tokens": "x"}, CODEX))
    assert [type(each) for each in found] == [BrokenRecordError, Told]


def test_files_are_claimed_by_what_they_hold() -> None:
    many = json.dumps(json.loads(logs(CLAUDE)), indent=1).encode()
    assert claims_lines("x", logs(CLAUDE))
    assert claims_document("x", many)
    assert not claims_document("x", logs(CLAUDE))
    assert not claims_lines("x", b'{"usage": 1}')


def test_damaged_exports_are_refused_or_read_and_nothing_else() -> None:
    for line in changed(logs(CLAUDE, CODEX), spans(SPAN)):
        check_read(read, line)
