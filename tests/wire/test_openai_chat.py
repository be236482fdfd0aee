"""Every dialect of chat completions is read as its provider means it."""

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
from tokencli.wire.openai_chat import meter

if TYPE_CHECKING:
    from pathlib import Path

    from tokencli.wire.reading import Reading

APIS = ("openai-chat", "openai-completions")
PLAIN: dict[str, Any] = {"prompt_tokens": 10, "completion_tokens": 4, "total_tokens": 14}
TEXT: dict[str, Any] = {"id": "c1", "model": "m", "choices": [{"delta": {"content": "é"}, "finish_reason": None}]}
STOP: dict[str, Any] = {"id": "c1", "model": "m", "choices": [{"delta": {}, "finish_reason": "stop"}], "usage": None}
LAST: dict[str, Any] = {"id": "c1", "model": "m", "choices": [], "usage": PLAIN}


def stream(*chunks: dict[str, Any], done: bool = True) -> bytes:
    events = [b"data: " + json.dumps(chunk, ensure_ascii=False).encode() + b"\n\n" for chunk in chunks]
    return b": ping\n\n" + b"".join(events) + (b"data: [DONE]\n\n" if done else b"")


def body(usage: dict[str, Any] | None, **more: Any) -> bytes:
    choices = [{"message": {"content": "x"}, "finish_reason": "stop"}]
    return json.dumps({"id": "c1", "model": "m", "choices": choices, "usage": usage, **more}).encode()


def streamed(*chunks: dict[str, Any], done: bool = True, is_complete: bool = True) -> Reading:
    return read(meter("text/event-stream"), [stream(*chunks, done=done)], is_complete=is_complete)


def test_every_recorded_answer_is_read_right_in_any_cut(corpus: Path) -> None:
    assert misjudged(corpus, meter, *APIS) == []


def test_a_recorded_answer_cut_short_never_claims_more_than_the_whole(corpus: Path) -> None:
    assert overstated(corpus, meter, *APIS) == []


def test_a_body_gives_usage_model_id_and_its_own_words() -> None:
    reading = read(meter("application/json"), [body(PLAIN)])
    assert reading.usage == TokenUsage(input_tokens=10, output_tokens=4)
    assert (reading.basis, reading.finish, reading.is_billed) == (Basis.REPORTED, Finish.OK, True)
    assert (reading.response_model, reading.response_id) == ("m", "c1")
    assert json.loads(reading.raw_usage or "") == PLAIN


@pytest.mark.parametrize(
    "chunks",
    [
        (TEXT, STOP, LAST),
        (TEXT, {**STOP, "usage": PLAIN}),
        (TEXT, {**STOP, "choices": [{"finish_reason": "stop", "usage": PLAIN}]}),
        (TEXT, {**STOP, "x_groq": {"usage": PLAIN}}),
        (TEXT, {**STOP, "usage": PLAIN, "x_groq": {"usage": PLAIN}}),
        ({**TEXT, "usage": {**PLAIN, "completion_tokens": 1, "total_tokens": 11}}, {**STOP, "usage": PLAIN}),
        (TEXT, {**STOP, "usage": PLAIN}, {**LAST, "usage": dict.fromkeys(PLAIN, 0)}),
    ],
    ids=["last chunk", "with the end", "in the choice", "x_groq only", "x_groq too", "cumulative", "zeros behind"],
)
def test_usage_is_found_once_wherever_a_stream_puts_it(chunks: tuple[dict[str, Any], ...]) -> None:
    reading = streamed(*chunks)
    assert reading.usage == TokenUsage(input_tokens=10, output_tokens=4)
    assert (reading.basis, reading.finish) == (Basis.REPORTED, Finish.OK)


def test_a_stream_is_done_at_done_and_a_body_never() -> None:
    watched, data = meter("text/event-stream"), stream(TEXT, STOP, LAST)
    watched.observe(data[:-1])
    assert not watched.is_done
    watched.observe(data[-1:])
    assert watched.is_done
    whole = meter("application/json")
    whole.observe(body(PLAIN))
    assert not whole.is_done


def delta(**said: Any) -> dict[str, Any]:
    return {**TEXT, "usage": None, "choices": [{"delta": said, "finish_reason": None}]}


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")], ids=["tight", "loose"])
@pytest.mark.parametrize("more", [{}, {"usage": None, "error": None, "obfuscation": "x" * 9}], ids=["bare", "padded"])
def test_text_reasoning_and_arguments_are_output(separators: tuple[str, str], more: dict[str, Any]) -> None:
    call = {"index": 0, "function": {"name": "f", "arguments": '{"a":1}'}}
    thought = {"content": "", "reasoning": "ab", "reasoning_details": [{"type": "reasoning.text", "text": "ab"}]}
    quoted = {"content": "", "annotations": [{"url_citation": {"content": "what a page says"}}]}
    deltas: list[dict[str, Any]] = [
        {"content": "é"},
        {"content": 'a"\n\u2028'},
        thought,
        {"content": None, "tool_calls": [call]},
        quoted,
    ]
    chunks = [{**delta(**said), **more} for said in deltas]
    for is_ascii in (True, False):
        data = b"".join(
            b"data: " + json.dumps(chunk, separators=separators, ensure_ascii=is_ascii).encode() + b"\n\n"
            for chunk in [TEXT, *chunks, STOP]
        )
        assert read(meter(""), [data]).output_bytes == 2 + 2 + 6 + 2 + 7


def test_the_output_of_a_body_is_all_that_it_says() -> None:
    message = {"content": "a", "reasoning_content": "bc", "tool_calls": [{"function": {"arguments": "{}"}}]}
    data = json.dumps({"choices": [{"message": message}]}, separators=(",", ":")).encode()
    assert read(meter(""), [data]).output_bytes == 5


@pytest.mark.parametrize(
    "telling",
    [
        {"usage": PLAIN},
        {"x_groq": {"usage": PLAIN}},
        {"choices": [{"delta": {"content": "x"}, "usage": PLAIN}]},
        {"error": {"type": "t"}},
        {"choices": [{"delta": {}, "finish_reason": "stop"}]},
        {"choices": [{"delta": {}, "finish_reason": None}, {"delta": {}, "finish_reason": "error"}]},
    ],
)
def test_no_chunk_that_tells_something_is_passed_over(telling: dict[str, Any]) -> None:
    text = delta(content="usage finish_reason error")
    among = streamed(TEXT, text, {**text, **telling}, text, done=False)
    alone = streamed({**text, **telling}, done=False)
    for name in ("usage", "basis", "finish", "error_type", "raw_usage"):
        assert getattr(among, name) == getattr(alone, name)


def test_a_stream_without_usage_is_missing_and_still_billed() -> None:
    reading = streamed(TEXT, STOP)
    assert (reading.usage, reading.basis, reading.finish) == (None, Basis.MISSING, Finish.OK)
    assert reading.is_billed


def test_a_stream_whose_end_is_told_needs_no_done() -> None:
    assert streamed(TEXT, STOP, LAST, done=False).basis is Basis.REPORTED


def test_a_cut_stream_keeps_what_was_measured() -> None:
    reading = streamed({**TEXT, "usage": PLAIN}, done=False, is_complete=False)
    assert (reading.usage, reading.basis) == (TokenUsage(input_tokens=10, output_tokens=4), Basis.PARTIAL)
    assert reading.finish is Finish.TRUNCATED


def test_a_stream_that_ends_without_telling_its_end_is_partial() -> None:
    assert streamed({**TEXT, "usage": PLAIN}, done=False).basis is Basis.PARTIAL


def test_a_stream_closed_behind_done_is_whole() -> None:
    assert streamed(TEXT, STOP, LAST, is_complete=False) == streamed(TEXT, STOP, LAST)


def test_a_body_cut_short_is_missing() -> None:
    reading = read(meter("application/json"), [body(PLAIN)[:-1]], is_complete=False)
    assert (reading.basis, reading.finish) == (Basis.MISSING, Finish.TRUNCATED)


def test_a_reading_in_the_middle_changes_nothing() -> None:
    watched, data = meter("text/event-stream"), stream(TEXT, STOP, LAST)
    for at in range(len(data)):
        watched.observe(data[at : at + 1])
        watched.reading(is_complete=False)
    assert watched.reading(is_complete=True) == streamed(TEXT, STOP, LAST)


@pytest.mark.parametrize("error", [{"type": "t", "code": 400}, {"code": "t"}, {"type": None, "code": "t"}])
def test_an_error_inside_a_200_is_not_billed(error: dict[str, Any]) -> None:
    reading = read(meter("text/event-stream"), [json.dumps({"error": error}).encode()])
    assert (reading.finish, reading.error_type, reading.is_billed) == (Finish.ERROR, "t", False)
    assert reading.basis is Basis.MISSING


def test_an_error_behind_the_first_words_may_be_billed() -> None:
    reading = read(meter(""), [stream(TEXT, {"error": {"type": "t"}})])
    assert (reading.finish, reading.is_billed) == (Finish.ERROR, True)


def test_an_error_in_a_choice_is_an_error() -> None:
    failed = {"choices": [{"finish_reason": "error", "error": {"code": 502, "message": "x"}}], "usage": PLAIN}
    reading = streamed(TEXT, failed)
    assert (reading.finish, reading.error_type) == (Finish.ERROR, "502")
    assert reading.usage == TokenUsage(input_tokens=10, output_tokens=4)


def test_tier_and_cost_come_along() -> None:
    reading = read(meter(""), [body({**PLAIN, "cost": 0.0004970133333333333}, service_tier="flex")])
    assert reading.usage is not None
    assert reading.usage.service_tier == "flex"
    assert reading.reported_cost == Decimal("0.0004970133333333333")


def test_a_page_of_html_is_no_answer() -> None:
    reading = read(meter("text/html"), [b"<html>{}</html>"[:6]])
    assert (reading.basis, reading.finish) == (Basis.MISSING, Finish.UNKNOWN)


@given(st.lists(st.integers(0, 400)))
def test_any_cut_gives_the_same_reading(places: list[int]) -> None:
    data = stream(TEXT, STOP, LAST)
    edges = sorted({0, *places})
    chunks = [data[start:end] for start, end in zip(edges, [*edges[1:], len(data) + 400], strict=True)]
    assert read(meter("text/event-stream"), chunks) == streamed(TEXT, STOP, LAST)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("stop"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*PLAIN, *LAST, "error"]), inner),
    max_leaves=12,
)


@given(value=JSON, is_complete=st.booleans())
def test_a_hostile_body_never_raises(value: Any, *, is_complete: bool) -> None:
    for data in (json.dumps(value).encode(), b"data: " + json.dumps({"usage": value}).encode() + b"\n\n"):
        reading = read(meter(""), [data], is_complete=is_complete)
        assert (reading.usage is None) == (reading.basis is Basis.MISSING)


@given(st.binary(max_size=200))
def test_garbage_never_raises(data: bytes) -> None:
    for kind in ("text/event-stream", "application/json"):
        assert read(meter(kind), [data]).usage is None
