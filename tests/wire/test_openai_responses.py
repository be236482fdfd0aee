"""Responses, streamed or not, are read from the object that ends them."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.exchanges import misjudged, overstated, read
from tokencli.domain.event import Finish
from tokencli.domain.usage import Basis, TokenUsage
from tokencli.wire.openai_responses import meter

if TYPE_CHECKING:
    from pathlib import Path

    from tokencli.wire.reading import Reading

APIS = ("openai-responses", "openai-responses-compact")
RAW: dict[str, Any] = {
    "input_tokens": 100,
    "input_tokens_details": {"cached_tokens": 80},
    "output_tokens": 50,
    "output_tokens_details": {"reasoning_tokens": 40},
    "total_tokens": 150,
}
USAGE = TokenUsage(
    input_tokens=100, cache_read_tokens=80, output_tokens=50, reasoning_tokens=40, service_tier="default"
)
BEGUN: dict[str, Any] = {"id": "r1", "object": "response", "model": "m", "status": "in_progress", "usage": None}
OUTPUT: list[dict[str, Any]] = [{"type": "message", "content": [{"type": "output_text", "text": "é"}]}]
DONE: dict[str, Any] = {
    **BEGUN,
    "status": "completed",
    "usage": RAW,
    "service_tier": "default",
    "output": OUTPUT,
}
CREATED = {"type": "response.created", "response": {**BEGUN, "service_tier": "auto"}}
DELTA = {"type": "response.output_text.delta", "delta": "é"}


def event(value: dict[str, Any]) -> bytes:
    return f"event: {value['type']}\ndata: {json.dumps(value, ensure_ascii=False)}\n\n".encode()


def streamed(*values: dict[str, Any], is_complete: bool = True) -> Reading:
    return read(meter("text/event-stream"), [event(value) for value in values], is_complete=is_complete)


def ended(status: str, **more: Any) -> dict[str, Any]:
    return {"type": f"response.{status}", "response": {**DONE, "status": status, **more}}


def test_every_recorded_answer_is_read_right_in_any_cut(corpus: Path) -> None:
    assert misjudged(corpus, meter, *APIS) == []


def test_a_recorded_answer_cut_short_never_claims_more_than_the_whole(corpus: Path) -> None:
    assert overstated(corpus, meter, *APIS) == []


def test_a_body_and_its_stream_give_the_same_reading() -> None:
    reading = read(meter("application/json"), [json.dumps(DONE).encode()])
    assert reading == streamed(CREATED, DELTA, ended("completed"))
    assert (reading.usage, reading.basis, reading.finish) == (USAGE, Basis.REPORTED, Finish.OK)
    assert (reading.response_id, reading.response_model) == ("r1", "m")
    assert json.loads(reading.raw_usage or "") == RAW


def test_an_incomplete_response_is_counted() -> None:
    reading = streamed(CREATED, DELTA, ended("incomplete", incomplete_details={"reason": "max_output_tokens"}))
    assert (reading.usage, reading.basis, reading.finish) == (USAGE, Basis.REPORTED, Finish.OK)


def test_a_failed_response_counts_what_it_says() -> None:
    reading = streamed(CREATED, DELTA, ended("failed", error={"code": "server_error", "message": "x"}))
    assert (reading.usage, reading.finish, reading.error_type) == (USAGE, Finish.ERROR, "server_error")
    assert reading.is_billed


def test_a_response_that_fails_before_its_first_word_is_not_billed() -> None:
    quota = {"type": "error", "error": {"type": "insufficient_quota", "message": "x"}}
    reading = streamed(CREATED, quota, ended("failed", usage=None, error={"code": "insufficient_quota"}))
    assert (reading.basis, reading.error_type) == (Basis.MISSING, "insufficient_quota")
    assert not reading.is_billed


@pytest.mark.parametrize("error", [{"error": {"code": "x"}}, {"code": "x", "message": "y"}])
def test_an_error_event_has_two_forms(error: dict[str, Any]) -> None:
    assert streamed(CREATED, {"type": "error", **error}).error_type == "x"


@pytest.mark.parametrize("status", ["queued", "in_progress"])
def test_a_background_response_has_not_been_billed_yet(status: str) -> None:
    reading = read(meter("application/json"), [json.dumps({**BEGUN, "status": status}).encode()])
    assert (reading.basis, reading.finish, reading.is_billed) == (Basis.MISSING, Finish.UNKNOWN, False)


def test_a_cancelled_response_is_cancelled() -> None:
    body = json.dumps({**BEGUN, "status": "cancelled"}).encode()
    assert read(meter("application/json"), [body]).finish is Finish.CANCELLED


@pytest.mark.parametrize("is_complete", [False, True])
def test_a_stream_cut_short_is_missing_and_may_be_billed(*, is_complete: bool) -> None:
    reading = streamed(CREATED, DELTA, is_complete=is_complete)
    assert (reading.basis, reading.finish, reading.is_billed) == (Basis.MISSING, Finish.TRUNCATED, True)
    assert reading.response_id == "r1"


def test_usage_before_the_end_is_partial() -> None:
    early = {"type": "response.in_progress", "response": {**DONE, "status": "in_progress"}}
    assert streamed(CREATED, early, is_complete=False).basis is Basis.PARTIAL


@pytest.mark.parametrize("status", ["completed", "incomplete", "failed"])
def test_a_stream_is_done_at_its_last_event(status: str) -> None:
    watched, data = meter("text/event-stream"), event(CREATED) + event(DELTA) + event(ended(status))
    watched.observe(data[:-1])
    assert not watched.is_done
    watched.observe(data[-1:])
    assert watched.is_done


def test_a_body_is_never_done() -> None:
    watched = meter("application/json")
    watched.observe(json.dumps(DONE).encode())
    assert not watched.is_done


def test_the_pieces_of_a_stream_are_its_output_and_not_the_whole_that_follows() -> None:
    arguments = {"type": "response.function_call_arguments.delta", "delta": '{"a":1}'}
    told_again = {"type": "response.output_text.done", "text": "éé"}
    assert streamed(CREATED, DELTA, DELTA, arguments, told_again, ended("completed")).output_bytes == 11


def test_an_error_or_an_end_among_pieces_is_not_passed_over() -> None:
    odd = {"type": "response.output_text.delta", "delta": "x", "error": {"type": "t"}}
    assert streamed(CREATED, DELTA, odd, {"type": "error", "error": {"type": "t"}}, DELTA).error_type == "t"
    assert streamed(CREATED, DELTA, ended("completed"), DELTA, is_complete=False).usage == USAGE


def test_a_stream_closed_behind_its_last_event_is_whole() -> None:
    assert streamed(CREATED, ended("completed"), is_complete=False).basis is Basis.REPORTED


def test_of_two_responses_in_a_stream_the_last_is_read() -> None:
    first = {"type": "response.completed", "response": {**DONE, "id": "r0"}}
    assert streamed(CREATED, first, CREATED, DELTA).basis is Basis.MISSING
    assert streamed(CREATED, first, CREATED, DELTA, ended("completed")) == streamed(CREATED, DELTA, ended("completed"))


def test_a_refused_request_is_an_error() -> None:
    body = b'{"error": {"message": "no", "type": "invalid_request_error", "code": null}}'
    reading = read(meter("text/event-stream"), [body])
    assert (reading.finish, reading.error_type, reading.is_billed) == (Finish.ERROR, "invalid_request_error", False)


def test_ticks_and_searches_of_xai_come_along() -> None:
    raw = {**RAW, "cost_in_usd_ticks": 1641500, "server_side_tool_usage_details": {"web_search_calls": 2}}
    reading = read(meter(""), [json.dumps({**DONE, "usage": raw}).encode()])
    assert reading.usage is not None
    assert reading.usage.web_search_requests == 2
    assert reading.reported_cost == Decimal("0.00016415")


@given(st.lists(st.integers(0, 700)))
def test_any_cut_gives_the_same_reading(places: list[int]) -> None:
    data = event(CREATED) + event(DELTA) + event(ended("completed"))
    edges = sorted({0, *places})
    chunks = [data[start:end] for start, end in zip(edges, [*edges[1:], len(data) + 700], strict=True)]
    assert read(meter("text/event-stream"), chunks) == streamed(CREATED, DELTA, ended("completed"))


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=3) | st.sampled_from(["error", "response.failed", "failed", "queued"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["type", "response", "error", "code", *DONE, *RAW]), inner)
    ),
    max_leaves=15,
)


@given(value=JSON, is_complete=st.booleans())
def test_hostile_json_never_raises(value: Any, *, is_complete: bool) -> None:
    for data in (json.dumps(value).encode(), b"data: " + json.dumps({"response": value}).encode() + b"\n\n"):
        reading = read(meter(""), [data], is_complete=is_complete)
        assert (reading.usage is None) == (reading.basis is Basis.MISSING)


@given(st.binary(max_size=200))
def test_garbage_never_raises(data: bytes) -> None:
    for kind in ("text/event-stream", "application/json"):
        assert read(meter(kind), [data]).usage is None
