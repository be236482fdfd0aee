"""Gemini's usage is read from the last chunk that counts, thoughts and tool prompts included."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.exchanges import misjudged, overstated, read
from tokencli.domain.event import Finish
from tokencli.domain.usage import Basis, TokenUsage
from tokencli.wire.gemini import meter, read_usage

if TYPE_CHECKING:
    from pathlib import Path

    from tokencli.wire.reading import Reading

APIS = ("gemini-generate", "gemini-stream-generate", "gemini-embed")
RAW: dict[str, Any] = {
    "promptTokenCount": 100,
    "cachedContentTokenCount": 60,
    "toolUsePromptTokenCount": 7,
    "candidatesTokenCount": 30,
    "thoughtsTokenCount": 12,
    "totalTokenCount": 149,
}
USAGE = TokenUsage(input_tokens=107, cache_read_tokens=60, output_tokens=42, reasoning_tokens=12)
NAMES = {"modelVersion": "gemini-x", "responseId": "r1"}


def chunk(text: str, **more: Any) -> dict[str, Any]:
    return {"candidates": [{"content": {"parts": [{"text": text}]}, "index": 0}], **NAMES, **more}


FIRST = chunk("é", usageMetadata={"promptTokenCount": 200, "totalTokenCount": 200})
IDLE = chunk("é", usageMetadata={"trafficType": "ON_DEMAND"})
LAST: dict[str, Any] = {"candidates": [{"finishReason": "STOP"}], **NAMES, "usageMetadata": RAW}
BODY: dict[str, Any] = {**chunk("éé", usageMetadata=RAW)}
BODY["candidates"][0]["finishReason"] = "STOP"


def sse(*values: dict[str, Any]) -> bytes:
    return b"".join(b"data: " + json.dumps(value).encode() + b"\r\n\r\n" for value in values)


def streamed(*values: dict[str, Any], is_complete: bool = True) -> Reading:
    return read(meter("text/event-stream"), [sse(*values)], is_complete=is_complete)


def body(value: dict[str, Any], *, is_complete: bool = True) -> Reading:
    return read(meter("application/json"), [json.dumps(value, indent=2).encode()], is_complete=is_complete)


def details(**counts: int) -> list[dict[str, Any]]:
    return [{"modality": modality, "tokenCount": number} for modality, number in counts.items()]


@pytest.mark.parametrize("api", APIS)
def test_every_recorded_answer_is_read_right_in_any_cut(corpus: Path, api: str) -> None:
    assert misjudged(corpus, meter, api) == []


@pytest.mark.parametrize("api", APIS)
def test_a_recorded_answer_cut_short_never_claims_more_than_the_whole(corpus: Path, api: str) -> None:
    assert overstated(corpus, meter, api) == []


def test_a_body_a_stream_and_an_array_give_the_same_reading() -> None:
    reading = body(BODY)
    assert reading == streamed(FIRST, IDLE, LAST)
    assert reading == read(meter("application/json"), [json.dumps([FIRST, IDLE, LAST], indent=1).encode()])
    assert (reading.usage, reading.basis, reading.finish, reading.is_billed) == (USAGE, Basis.REPORTED, Finish.OK, True)
    assert (reading.response_model, reading.response_id, reading.output_bytes) == ("gemini-x", "r1", 4)
    assert json.loads(reading.raw_usage or "") == RAW


def test_a_chunk_that_counts_nothing_does_not_hide_the_one_before() -> None:
    assert streamed(FIRST, LAST, {"usageMetadata": {"trafficType": "ON_DEMAND"}}).usage == USAGE


def test_modalities_are_parts_of_input_cache_and_output() -> None:
    raw = {
        **RAW,
        "promptTokensDetails": details(TEXT=20, IMAGE=40, AUDIO=30, DOCUMENT=10),
        "toolUsePromptTokensDetails": details(TEXT=2, VIDEO=5),
        "cacheTokensDetails": details(IMAGE=40, AUDIO=10, TEXT=10),
        "candidatesTokensDetails": details(IMAGE=11, AUDIO=12, TEXT=7),
    }
    assert read_usage(raw) == TokenUsage(
        input_tokens=107,
        cache_read_tokens=60,
        output_tokens=42,
        reasoning_tokens=12,
        image_input_tokens=40,
        audio_input_tokens=30,
        video_input_tokens=5,
        image_cache_read_tokens=40,
        audio_cache_read_tokens=10,
        image_output_tokens=11,
        audio_output_tokens=12,
    )


def test_details_under_two_names_are_counted_once() -> None:
    raw = {**RAW, "promptTokensDetails": details(AUDIO=30), "promptTokenDetails": details(AUDIO=30)}
    found = read_usage(raw)
    assert found is not None
    assert found.audio_input_tokens == 30


def test_cached_images_of_a_document_are_no_images() -> None:
    raw = {**RAW, "promptTokensDetails": details(DOCUMENT=100), "cacheTokensDetails": details(IMAGE=60)}
    assert read_usage(raw) == USAGE


@pytest.mark.parametrize(
    ("more", "tier"),
    [
        ({"serviceTier": "standard"}, "standard"),
        ({"trafficType": "ON_DEMAND"}, None),
        ({"trafficType": "ON_DEMAND_FLEX"}, "flex"),
        ({"trafficType": "ON_DEMAND_PRIORITY", "serviceTier": "standard"}, "priority"),
    ],
)
def test_the_tier_is_named_by_google_ai_or_by_vertex(more: dict[str, str], tier: str | None) -> None:
    found = read_usage({**RAW, **more})
    assert found is not None
    assert found.service_tier == tier


def test_a_prompt_left_out_is_what_the_total_leaves() -> None:
    assert read_usage({"totalTokenCount": 30, "candidatesTokenCount": 10}) == TokenUsage(
        input_tokens=20, output_tokens=10
    )


@pytest.mark.parametrize("raw", [{}, {"trafficType": "ON_DEMAND"}, {"promptTokenCount": -1}, {"promptTokenCount": "x"}])
def test_what_counts_nothing_is_no_usage(raw: dict[str, object]) -> None:
    assert read_usage(raw) is None


def test_contradicting_counts_are_kept_and_marked() -> None:
    found = read_usage({"promptTokenCount": 5, "cachedContentTokenCount": 9, "totalTokenCount": 5})
    assert found == TokenUsage(input_tokens=5, cache_read_tokens=9, inconsistent=True)


def test_a_stream_cut_before_any_output_was_counted_has_said_nothing() -> None:
    reading = streamed(FIRST, IDLE, is_complete=False)
    assert (reading.basis, reading.finish, reading.is_billed) == (Basis.MISSING, Finish.TRUNCATED, True)
    assert (reading.response_id, reading.output_bytes) == ("r1", 4)


def test_a_cut_stream_keeps_what_was_measured() -> None:
    so_far = chunk("é", usageMetadata={**RAW, "candidatesTokenCount": 10})
    reading = streamed(FIRST, so_far, is_complete=False)
    assert reading.usage is not None
    assert (reading.usage.output_tokens, reading.basis, reading.finish) == (22, Basis.PARTIAL, Finish.TRUNCATED)


@pytest.mark.parametrize("end", ["", ",\n", ",\n{", ',\n{"candidates": [1]'])
def test_an_array_without_its_end_is_cut_even_where_the_body_came_to_a_regular_end(end: str) -> None:
    so_far = chunk("é", usageMetadata={**RAW, "candidatesTokenCount": 10})
    reading = read(meter("application/json"), [f"[{json.dumps(so_far)}{end}".encode()])
    assert (reading.basis, reading.finish) == (Basis.PARTIAL, Finish.TRUNCATED)


def test_a_stream_closed_behind_its_finish_reason_is_whole() -> None:
    assert streamed(FIRST, LAST, is_complete=False) == streamed(FIRST, LAST)


def test_an_answer_of_thoughts_alone_is_counted() -> None:
    raw = {"promptTokenCount": 8, "thoughtsTokenCount": 5, "totalTokenCount": 13}
    reading = body({"candidates": [{"finishReason": "MAX_TOKENS"}], "usageMetadata": raw})
    assert reading.usage == TokenUsage(input_tokens=8, output_tokens=5, reasoning_tokens=5)


def test_a_blocked_prompt_is_an_answer() -> None:
    blocked = {"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"promptTokenCount": 4}, **NAMES}
    for reading in (body(blocked), streamed(blocked, is_complete=False)):
        assert (reading.usage, reading.finish) == (TokenUsage(input_tokens=4), Finish.OK)


def test_a_refused_request_is_not_billed() -> None:
    error = {"error": {"code": 429, "message": "no", "status": "RESOURCE_EXHAUSTED"}}
    for data in (json.dumps(error).encode(), json.dumps([error]).encode(), sse(error)):
        reading = read(meter("text/event-stream"), [data])
        assert (reading.finish, reading.error_type, reading.is_billed) == (Finish.ERROR, "RESOURCE_EXHAUSTED", False)
        assert reading.basis is Basis.MISSING


def test_an_error_behind_the_first_words_may_be_billed() -> None:
    reading = streamed(FIRST, {"error": {"code": 503, "status": "UNAVAILABLE"}})
    assert (reading.finish, reading.error_type, reading.is_billed) == (Finish.ERROR, "UNAVAILABLE", True)


def test_embeddings_count_their_input_when_they_count_at_all() -> None:
    counted = {"embeddings": [{"values": [0.5]}], "usageMetadata": {"promptTokenCount": 4}}
    assert body(counted).usage == TokenUsage(input_tokens=4)
    reading = body({"embedding": {"values": [0.5, -1e-3]}})
    assert (reading.basis, reading.finish, reading.is_billed) == (Basis.MISSING, Finish.OK, True)


def test_arguments_and_code_are_output_and_pictures_are_not() -> None:
    parts = [
        {"functionCall": {"name": "f", "args": {"a": 1}}},
        {"functionCall": {"partialArgs": [{"jsonPath": "$.a", "stringValue": "xy"}, {"numberValue": 1}]}},
        {"executableCode": {"code": "abc"}},
        {"inlineData": {"data": "AAAA" * 1000}},
        {"codeExecutionResult": {"output": "xyz"}},
    ]
    assert body({"candidates": [{"content": {"parts": parts}, "finishReason": "STOP"}]}).output_bytes == 12


@given(st.lists(st.integers(0, 900)))
def test_any_cut_gives_the_same_reading(places: list[int]) -> None:
    edges = sorted({0, *places})
    for data in (sse(FIRST, IDLE, LAST), json.dumps([FIRST, IDLE, LAST]).encode()):
        chunks = [data[start:end] for start, end in zip(edges, [*edges[1:], len(data) + 900], strict=True)]
        assert read(meter(""), chunks) == streamed(FIRST, IDLE, LAST)


@given(
    st.dictionaries(st.sampled_from([*RAW, "trafficType"]), st.integers(-5, 2**60) | st.none() | st.text(max_size=3))
)
def test_no_usage_raises_or_turns_negative(raw: dict[str, Any]) -> None:
    usage = body({**BODY, "usageMetadata": raw}).usage
    assert usage is None or min(usage.input_tokens, usage.output_tokens) >= 0


@given(st.binary(max_size=200))
def test_garbage_never_raises(data: bytes) -> None:
    for kind in ("text/event-stream", "application/json"):
        assert read(meter(kind), [data]).usage is None
