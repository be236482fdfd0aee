"""Messages, streamed or not, are read as Anthropic and its copies mean them."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.exchanges import misjudged, overstated, read
from tokencli.domain.event import Finish
from tokencli.domain.usage import Basis, TokenUsage
from tokencli.wire.anthropic_messages import meter, overlaid, read_usage, side_calls
from tokencli.wire.reading import SideCall

if TYPE_CHECKING:
    from pathlib import Path

    from tokencli.wire.reading import Reading

SPLIT = {"ephemeral_5m_input_tokens": 14, "ephemeral_1h_input_tokens": 6}
RAW: dict[str, Any] = {
    "input_tokens": 10,
    "cache_read_input_tokens": 70,
    "cache_creation_input_tokens": 20,
    "cache_creation": SPLIT,
    "output_tokens": 50,
    "output_tokens_details": {"thinking_tokens": 40},
    "server_tool_use": {"web_search_requests": 2, "web_fetch_requests": 1},
    "service_tier": "batch",
    "inference_geo": "us",
}
USAGE = TokenUsage(
    input_tokens=100,
    cache_read_tokens=70,
    cache_write_tokens=20,
    cache_write_5m_tokens=14,
    cache_write_1h_tokens=6,
    output_tokens=50,
    reasoning_tokens=40,
    web_search_requests=2,
    service_tier="batch",
    inference_region="us",
)
BEGUN: dict[str, Any] = {**RAW, "output_tokens": 1, "output_tokens_details": None, "server_tool_use": None}
MESSAGE: dict[str, Any] = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude"}
BODY: dict[str, Any] = {**MESSAGE, "content": [{"type": "text", "text": "é"}], "stop_reason": "end_turn", "usage": RAW}
START: dict[str, Any] = {"type": "message_start", "message": {**MESSAGE, "content": [], "usage": BEGUN}}
PIECE: dict[str, Any] = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "é"}}
DELTA: dict[str, Any] = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": RAW}
STOP: dict[str, Any] = {"type": "message_stop"}


def event(value: dict[str, Any]) -> bytes:
    return f"event: {value['type']}\ndata: {json.dumps(value, ensure_ascii=False)}\n\n".encode()


def streamed(*values: dict[str, Any], is_complete: bool = True) -> Reading:
    return read(meter("text/event-stream"), [event(value) for value in values], is_complete=is_complete)


def started(**usage: Any) -> dict[str, Any]:
    return {"type": "message_start", "message": {**MESSAGE, "usage": usage}}


def ended(**usage: Any) -> dict[str, Any]:
    return {**DELTA, "usage": usage}


def test_every_recorded_answer_is_read_right_in_any_cut(corpus: Path) -> None:
    assert misjudged(corpus, meter, "anthropic-messages") == []


def test_a_recorded_answer_cut_short_never_claims_more_than_the_whole(corpus: Path) -> None:
    assert overstated(corpus, meter, "anthropic-messages") == []


def test_a_body_and_its_stream_give_the_same_reading() -> None:
    reading = read(meter("application/json"), [json.dumps(BODY).encode()])
    twin = streamed(START, PIECE, DELTA, STOP)
    assert replace(reading, raw_usage=None) == replace(twin, raw_usage=None)
    assert json.loads(reading.raw_usage or "") == json.loads(twin.raw_usage or "") == RAW
    assert (reading.usage, reading.basis, reading.finish, reading.is_billed) == (USAGE, Basis.REPORTED, Finish.OK, True)
    assert (reading.response_id, reading.response_model, reading.output_bytes) == ("msg_1", "claude", 2)


def test_what_the_end_says_replaces_what_the_start_said_and_the_larger_does_not_win() -> None:
    start = started(input_tokens=60_000, output_tokens=900, cache_read_input_tokens=50)
    reading = streamed(start, ended(input_tokens=612, cache_read_input_tokens=0, output_tokens=20), STOP)
    assert reading.usage == TokenUsage(input_tokens=612, output_tokens=20)


def test_a_prompt_sized_start_is_not_counted_beside_the_cache_that_the_end_tells() -> None:
    start = started(input_tokens=1000, output_tokens=0)
    expected = TokenUsage(input_tokens=1000, cache_read_tokens=800, output_tokens=5)
    whole = streamed(start, ended(input_tokens=200, cache_read_input_tokens=800, output_tokens=5), STOP)
    assert whole.usage == expected
    assert streamed(start, ended(cache_read_input_tokens=800, output_tokens=5), STOP).usage == expected


def test_what_the_end_leaves_out_or_says_as_null_or_as_zeros_stays() -> None:
    start = started(input_tokens=10, cache_read_input_tokens=90, output_tokens=1)
    expected = TokenUsage(input_tokens=100, cache_read_tokens=90, output_tokens=5)
    for more in ({}, {"input_tokens": None, "cache_read_input_tokens": None}, {"input_tokens": 0}):
        assert streamed(start, ended(output_tokens=5, **more), STOP).usage == expected


def test_a_start_of_zeros_is_replaced() -> None:
    start = started(input_tokens=0, output_tokens=0)
    usage = streamed(start, ended(input_tokens=3, cache_read_input_tokens=4, output_tokens=5), STOP).usage
    assert usage == TokenUsage(input_tokens=7, cache_read_tokens=4, output_tokens=5)


def test_the_split_of_a_cache_write_goes_with_its_total() -> None:
    old = {"cache_creation_input_tokens": 20, "cache_creation": SPLIT}
    assert overlaid(old, {"cache_creation_input_tokens": 20})["cache_creation"] == SPLIT
    assert "cache_creation" not in overlaid(old, {"cache_creation_input_tokens": 30})


def test_a_split_without_a_total_is_the_total() -> None:
    assert read_usage({"input_tokens": 1, "cache_creation": SPLIT}) == TokenUsage(
        input_tokens=21, cache_write_tokens=20, cache_write_5m_tokens=14, cache_write_1h_tokens=6
    )


def test_a_split_above_its_total_is_kept_and_marked() -> None:
    found = read_usage({"cache_creation_input_tokens": 5, "cache_creation": SPLIT})
    assert found is not None
    assert (found.cache_write_tokens, found.cache_write_1h_tokens, found.inconsistent) == (5, 6, True)


def test_fast_mode_is_a_tier() -> None:
    found = read_usage({"input_tokens": 1, "speed": "fast", "service_tier": "standard"})
    assert found is not None
    assert found.service_tier == "fast"


def test_a_compaction_and_an_advisor_are_billed_beside_the_usage() -> None:
    first = {"type": "compaction", "input_tokens": 60_000, "output_tokens": 500}
    advice = {"type": "advisor_message", "model": "opus", "input_tokens": 30, "output_tokens": 4}
    iterations = [first, {"type": "message", "input_tokens": 10, "output_tokens": 5}, advice]
    raw = {"input_tokens": 10, "output_tokens": 5, "iterations": iterations}
    expected = (
        SideCall(kind="compaction", usage=TokenUsage(input_tokens=60_000, output_tokens=500)),
        SideCall(kind="advisor_message", usage=TokenUsage(input_tokens=30, output_tokens=4), model="opus"),
    )
    for reading in (
        read(meter(""), [json.dumps({**BODY, "usage": raw}).encode()]),
        streamed(started(input_tokens=60_000), ended(**raw), STOP),
    ):
        assert reading.usage == TokenUsage(input_tokens=10, output_tokens=5)
        assert reading.side_calls == expected


def test_iterations_that_the_usage_adds_up_are_not_billed_again() -> None:
    iterations = [{"type": kind, "input_tokens": 10, "output_tokens": 5} for kind in ("compaction", "message")]
    raw: dict[str, object] = {"input_tokens": 20, "output_tokens": 10, "iterations": iterations}
    assert side_calls(raw, TokenUsage(input_tokens=20, output_tokens=10)) == ()


def test_the_usage_of_a_fallback_is_that_of_the_model_that_came_in() -> None:
    refused = {"type": "message", "model": "claude", "input_tokens": 408, "output_tokens": 0}
    served = {"type": "fallback_message", "model": "opus", "input_tokens": 412, "output_tokens": 264}
    reading = streamed(START, ended(input_tokens=412, output_tokens=264, iterations=[refused, served]), STOP)
    assert (reading.response_model, reading.side_calls) == ("opus", ())


def test_a_refusal_is_an_answer() -> None:
    reading = streamed(START, {**DELTA, "delta": {"stop_reason": "refusal"}}, STOP)
    assert (reading.usage, reading.finish) == (USAGE, Finish.OK)


@pytest.mark.parametrize("is_complete", [False, True])
def test_a_cut_stream_keeps_what_was_measured(*, is_complete: bool) -> None:
    reading = streamed(START, PIECE, PIECE, is_complete=is_complete)
    assert reading.usage is not None
    assert (reading.usage.input_tokens, reading.usage.output_tokens, reading.output_bytes) == (100, 0, 4)
    assert (reading.basis, reading.finish, reading.is_billed) == (Basis.PARTIAL, Finish.TRUNCATED, True)


def test_a_stream_closed_behind_its_stop_is_whole() -> None:
    assert streamed(START, PIECE, DELTA, STOP, is_complete=False) == streamed(START, PIECE, DELTA, STOP)
    assert streamed(START, PIECE, DELTA, is_complete=True).basis is Basis.REPORTED
    assert streamed(START, PIECE, DELTA, is_complete=False).basis is Basis.PARTIAL


def test_an_error_in_the_middle_keeps_what_was_measured() -> None:
    overloaded = {"type": "error", "error": {"type": "overloaded_error", "message": "x"}}
    reading = streamed(START, PIECE, overloaded)
    assert (reading.finish, reading.error_type) == (Finish.ERROR, "overloaded_error")
    assert (reading.basis, reading.is_billed) == (Basis.PARTIAL, True)


@pytest.mark.parametrize("kind", ["application/json", "text/event-stream"])
def test_a_refused_request_is_not_billed(kind: str) -> None:
    body = {"type": "error", "error": {"type": "not_found_error", "message": "x"}, "request_id": "r"}
    for data in (json.dumps(body).encode(), event(body)):
        reading = read(meter(kind), [data])
        assert (reading.finish, reading.error_type, reading.is_billed) == (Finish.ERROR, "not_found_error", False)
        assert reading.basis is Basis.MISSING


def test_of_two_messages_in_a_stream_the_last_is_read() -> None:
    first = (started(input_tokens=9_999, output_tokens=1), PIECE, ended(output_tokens=777), STOP)
    assert streamed(*first, START, PIECE, DELTA, STOP) == streamed(START, PIECE, DELTA, STOP)
    assert streamed(*first, START, PIECE, is_complete=False).basis is Basis.PARTIAL


def test_lines_of_json_are_read_like_events() -> None:
    lines = b"\n".join(json.dumps(value).encode() for value in (START, PIECE, DELTA, STOP))
    for size in (1, 9, len(lines)):
        chunks = [lines[at : at + size] for at in range(0, len(lines), size)]
        assert read(meter("application/x-ndjson"), chunks) == streamed(START, PIECE, DELTA, STOP)


def test_events_without_a_name_and_with_it_are_the_same() -> None:
    unnamed = [b"data: " + json.dumps(value).encode() + b"\r\n\r\n" for value in (START, PIECE, DELTA, STOP)]
    assert read(meter(""), unnamed) == streamed(START, PIECE, DELTA, STOP)


def test_text_thinking_and_arguments_are_output_and_tool_results_are_not() -> None:
    pieces = [{"thinking": "abc"}, {"partial_json": '{"a":1}'}, {"signature": "xyz"}, {"citation": {"cited_text": "x"}}]
    result = {"type": "content_block_start", "content_block": {"content": [{"title": "x", "text": "unmeasured"}]}}
    reading = streamed(START, result, *({**PIECE, "delta": piece} for piece in pieces), DELTA, STOP)
    assert reading.output_bytes == 10
    blocks = [{"thinking": "abc"}, {"input": {"a": 1}}, {"signature": "xyz"}, {"content": [{"text": "unmeasured"}]}]
    assert read(meter(""), [json.dumps({**BODY, "content": blocks}).encode()]).output_bytes == 10


def test_a_cost_that_a_gateway_states_is_kept() -> None:
    body = json.dumps({**BODY, "usage": {**RAW, "cost": 0.0125}}).encode()
    assert read(meter(""), [body]).reported_cost == Decimal("0.0125")


@given(st.lists(st.integers(0, 1500)))
def test_any_cut_gives_the_same_reading(places: list[int]) -> None:
    data = b"".join(map(event, (START, PIECE, DELTA, STOP)))
    edges = sorted({0, *places})
    chunks = [data[start:end] for start, end in zip(edges, [*edges[1:], len(data) + 1500], strict=True)]
    assert read(meter("text/event-stream"), chunks) == streamed(START, PIECE, DELTA, STOP)


COUNTS = st.dictionaries(st.sampled_from([*RAW, "iterations"]), st.integers(-5, 2**60) | st.none() | st.just(SPLIT))


@given(start=COUNTS, end=COUNTS, is_complete=st.booleans())
def test_no_pair_of_usages_raises_or_turns_negative(
    start: dict[str, Any], end: dict[str, Any], *, is_complete: bool
) -> None:
    usage = streamed(started(**start), ended(**end), is_complete=is_complete).usage
    assert usage is None or min(usage.input_tokens, usage.output_tokens) >= 0


@given(st.binary(max_size=200))
def test_garbage_never_raises(data: bytes) -> None:
    for kind in ("text/event-stream", "application/json"):
        assert read(meter(kind), [data]).usage is None
