"""What every measured API promises, whatever its shape; and which paths lead to which."""

from __future__ import annotations

import json
import random
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.wire.exchanges import body_of, misjudged, overstated, read, records
from tokencli.domain.usage import Basis
from tokencli.wire.framing import Messages
from tokencli.wire.registry import APIS, Api, Family, api_of

if TYPE_CHECKING:
    from pathlib import Path

    from tokencli.wire.reading import Reading

NAMES = sorted(APIS)
END_MARKS = {
    "openai-responses-look": re.compile(rb'"type": ?"response.(completed|incomplete|failed)"'),
    "openai-chat": re.compile(rb"data: ?\[DONE\]"),
    "openai-completions": re.compile(rb"data: ?\[DONE\]"),
    "openai-responses": re.compile(rb'"type": ?"response.(completed|incomplete|failed)"'),
    "anthropic-messages": re.compile(rb'"type": ?"message_stop"'),
}


def recorded(api: Api) -> str:
    if not api.is_call:
        return "openai-responses"
    return "count-tokens" if api.operation_name == "count_tokens" else api.name


def played(record: dict[str, Any], api: Api, body: bytes | None = None) -> Reading:
    data = body_of(record) if body is None else body
    return read(api.meter(record["response_content_type"] or ""), [data])


def assert_sane(reading: Reading) -> None:
    assert (reading.usage is None) == (reading.basis is Basis.MISSING)
    assert reading.output_bytes >= 0
    for usage in (reading.usage, *(call.usage for call in reading.side_calls)):
        assert usage is None or min(usage.input_tokens, usage.output_tokens, usage.uncached_input_tokens) >= 0


@pytest.mark.parametrize("name", NAMES)
def test_every_recorded_answer_is_read_right_in_any_cut(corpus: Path, name: str) -> None:
    assert misjudged(corpus, APIS[name].meter, recorded(APIS[name])) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_cut_answer_gives_partial_or_nothing_and_never_more(corpus: Path, name: str) -> None:
    assert overstated(corpus, APIS[name].meter, recorded(APIS[name])) == []


@pytest.mark.parametrize("name", NAMES)
def test_only_what_is_billed_carries_usage(corpus: Path, name: str) -> None:
    readings = [played(record, APIS[name]) for record in records(corpus, recorded(APIS[name]))]
    assert readings
    assert APIS[name].is_billed == any(reading.usage is not None for reading in readings)


@pytest.mark.parametrize("name", sorted(END_MARKS))
def test_a_stream_is_done_at_its_end_mark_and_not_before(corpus: Path, name: str) -> None:
    ended = 0
    for record in records(corpus, recorded(APIS[name])):
        body, meter = body_of(record), APIS[name].meter(record["response_content_type"] or "")
        mark = END_MARKS[name].search(body)
        meter.observe(body[: mark.start() if mark else len(body)])
        assert not meter.is_done, record["id"]
        if mark:
            meter.observe(body[mark.start() :] + b"\n\n")
            assert meter.is_done, record["id"]
            ended += 1
    assert ended


@pytest.mark.parametrize("name", sorted(set(NAMES) - set(END_MARKS)))
def test_what_has_no_end_mark_is_never_done(corpus: Path, name: str) -> None:
    for record in records(corpus, recorded(APIS[name])):
        meter = APIS[name].meter(record["response_content_type"] or "")
        meter.observe(body_of(record) + b"\n\n")
        assert not meter.is_done, record["id"]


@pytest.mark.parametrize("name", ["anthropic-messages", "gemini-stream-generate"])
def test_events_read_the_same_as_sse_as_an_array_and_as_lines(corpus: Path, name: str) -> None:
    for record in records(corpus, recorded(APIS[name])):
        if record["body_kind"] != "sse":
            continue
        events = Messages("text/event-stream").feed(body_of(record) + b"\n\n")
        lines = [json.dumps(event.value).encode() for event in events]
        expected = played(record, APIS[name])
        for body in (b"\n".join(lines), b"[" + b",\r\n".join(lines) + b"]"):
            assert played(record, APIS[name], body) == expected, record["id"]


@pytest.mark.parametrize("name", NAMES)
def test_no_damaged_answer_raises_or_turns_negative(corpus: Path, name: str) -> None:
    chance = random.Random(7)  # noqa: S311 - the same damage on every run is wanted, not secrets
    for record in records(corpus, recorded(APIS[name]))[:60]:
        body = bytearray(body_of(record)[:20_000])
        for _ in range(min(len(body), 20)):
            body[chance.randrange(len(body))] = chance.choice(b'0-9{}[]":,\n\r\\ \x00\xffeu')
        assert_sane(played(record, APIS[name], bytes(body)))
        numbers = body_of(record).replace(b": 1", b": -1").replace(b":2", b":99999999999999999999")
        assert_sane(played(record, APIS[name], numbers))
        assert_sane(played(record, APIS[name], body_of(record).replace(b":{", b":[").replace(b'": {', b'": "')))


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=40)
@given(data=st.binary(max_size=300), places=st.lists(st.integers(0, 300), max_size=4))
def test_garbage_gives_the_same_nothing_in_any_cut(name: str, data: bytes, places: list[int]) -> None:
    for kind in ("text/event-stream", "application/json"):
        meter, edges = APIS[name].meter(kind), sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
        for start, end in pairwise(edges):
            meter.observe(data[start:end])
        reading = meter.reading(is_complete=True)
        assert reading == read(APIS[name].meter(kind), [data])
        assert reading.usage is None
        assert not meter.is_done


WORDS = st.sampled_from(
    [
        *("type", "usage", "error", "message", "delta", "choices", "response", "object", "id", "model", "content"),
        *("message_start", "message_delta", "message_stop", "content_block_delta", "response.output_text.delta"),
        *("response.completed", "input_tokens", "output_tokens", "prompt_tokens", "completion_tokens", "iterations"),
        *("usageMetadata", "promptTokenCount", "candidatesTokenCount", "candidates", "finishReason", "stop_reason"),
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 2**60) | st.floats() | WORDS | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=5),
    max_leaves=25,
)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=40)
@given(values=st.lists(st.dictionaries(WORDS, VALUES, max_size=6), max_size=5), size=st.integers(1, 60))
def test_hostile_events_never_raise_and_read_the_same_in_any_cut(
    name: str, values: list[dict[str, Any]], size: int
) -> None:
    stream = b"".join(b"data: " + json.dumps(value).encode() + b"\n\n" for value in values)
    for data in (stream, json.dumps(values).encode(), stream.replace(b"\n", b"\r\n")):
        whole = read(APIS[name].meter(""), [data])
        assert_sane(whole)
        assert read(APIS[name].meter(""), [data[at : at + size] for at in range(0, len(data), size)]) == whole
        assert_sane(read(APIS[name].meter(""), [data[: len(data) // 2]], is_complete=False))


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v1/chat/completions", "openai-chat"),
        ("/chat/completions", "openai-chat"),
        ("/openai/v1/chat/completions", "openai-chat"),
        ("/v1beta/openai/chat/completions", "openai-chat"),
        ("/coding/v1/chat/completions/", "openai-chat"),
        ("/v1/agents/completions", "openai-chat"),
        ("/v1/completions", "openai-completions"),
        ("/v1/fim/completions", "openai-completions"),
        ("/v1/responses", "openai-responses"),
        ("/responses", "openai-responses"),
        ("/v1/responses/compact", "openai-responses-compact"),
        ("/v1/responses/input_tokens", "openai-count-tokens"),
        ("/v1/embeddings", "embeddings"),
        ("/v1/moderations", "moderation"),
        ("/v1/messages", "anthropic-messages"),
        ("/messages?beta=true", "anthropic-messages"),
        ("/v1/messages/count_tokens", "anthropic-count-tokens"),
        ("/v1beta/models/gemini-2.5-pro:generateContent", "gemini-generate"),
        ("/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse", "gemini-stream-generate"),
        ("/v1beta/models/gemini-2.5-pro%3AstreamGenerateContent", "gemini-stream-generate"),
        ("/v1/projects/p/locations/l/publishers/google/models/g:embedContent", "gemini-embed"),
        ("/v1beta/models/text-embedding-004:batchEmbedContents", "gemini-embed"),
        ("/v1beta/models/gemini-2.5-pro:countTokens", "gemini-count-tokens"),
    ],
)
def test_a_path_leads_to_its_api(path: str, name: str) -> None:
    assert api_of("POST", path) is APIS[name]
    assert api_of("post", "/before" + path) is APIS[name]
    assert api_of("GET", path) is None


@pytest.mark.parametrize(
    "path",
    [
        *("", "/", "/v1/models", "/v1/chat", "/v1/messages/batches", "/v1/responses/cancel", "/v1/files"),
        *("/v1/threads/thread_1/messages", "/v1beta/models/m:predict", "/v1beta/models/:generateContent", "/x:y"),
        *("/v1/chat/completions/extra", "/v1/images/generations", "/completions.json", "//"),
    ],
)
def test_other_paths_are_not_measured(path: str) -> None:
    assert api_of("POST", path) is None


def test_names_are_keys_and_families_have_all_they_need() -> None:
    assert all(api.name == name for name, api in APIS.items())
    assert {api.family for api in APIS.values()} == set(Family)
    counting = [api for api in APIS.values() if api.operation_name == "count_tokens"]
    assert {api.family for api in counting} == set(Family)
    assert not any(api.is_billed for api in counting)


@pytest.mark.parametrize("path", ["/v1/responses/resp_1", "/responses/resp_1?stream=true", "/openai/v1/responses/r/"])
def test_a_later_look_at_an_answer_is_measured_and_is_no_call(path: str) -> None:
    api = api_of("GET", path)
    assert api is not None
    assert (api.name, api.is_call) == ("openai-responses-look", False)


@pytest.mark.parametrize("path", ["/v1/responses/resp_1/cancel", "/p/openai/v1/responses/r/cancel/"])
def test_the_end_put_to_an_answer_in_the_background_is_a_look_at_it(path: str) -> None:
    api = api_of("POST", path)
    assert api is not None
    assert (api.name, api.is_call) == ("openai-responses-look", False)


@pytest.mark.parametrize(
    "path", ["/v1/responses", "/v1/responses/", "/v1/models/m", "/v1/responses/resp_1/input_items"]
)
def test_nothing_else_that_is_fetched_is_measured(path: str) -> None:
    assert api_of("GET", path) is None
