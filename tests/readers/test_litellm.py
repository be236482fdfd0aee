"""LiteLLM's payloads and spend logs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.fuzz.checks import check_told
from tests.readers.changed import changed, check_read
from tokencli.domain.usage import Basis
from tokencli.readers.litellm import LitellmDocument, LitellmLines, call_of, claims_document, claims_lines
from tokencli.readers.told import BrokenRecordError, Told

USAGE = {
    "prompt_tokens_details": {"cached_tokens": 30},
    "completion_tokens_details": {"reasoning_tokens": 5},
    "cache_creation_input_tokens": 10,
}


def payload(**more: Any) -> dict[str, Any]:
    return {
        "id": "chatcmpl-2299b6a2",
        "call_type": "acompletion",
        "status": "success",
        "custom_llm_provider": "vertex_ai",
        "startTime": "2025-01-24 09:20:46.000000",
        "completionStartTime": "2025-01-24 09:20:46.500000",
        "endTime": "2025-01-24 09:20:48.000000",
        "model": "vertex_ai/gemini-2.0-flash",
        "model_group": "fast",
        "response_cost": 0.000225,
        "prompt_tokens": 100,
        "completion_tokens": 20,
        "request_tags": ["a", "b"],
        "metadata": {"user_api_key_alias": "shop", "usage_object": USAGE},
        **more,
    }


def read(record: object) -> Told | None:
    return call_of(json.dumps(record).encode())


def test_a_payload_is_a_call_with_everything_known_about_it() -> None:
    told = read(payload(session_id="s"))
    assert told is not None
    assert told.usage is not None
    assert (told.usage.input_tokens, told.usage.cache_read_tokens, told.usage.cache_write_tokens) == (100, 30, 10)
    assert (told.usage.output_tokens, told.usage.reasoning_tokens) == (20, 5)
    assert (told.key, told.response_id, told.conversation_id) == ("litellm:chatcmpl-2299b6a2", "chatcmpl-2299b6a2", "s")
    assert (told.provider_name, told.response_model, told.request_model) == ("vertex_ai", "gemini-2.0-flash", "fast")
    assert (told.reported_cost_pico, told.duration_us, told.time_to_first_token_us) == (225_000_000, 2_000_000, 500_000)
    assert told.tags == {"request_tags": "a,b", "api_key_alias": "shop"}


def test_a_row_of_spend_logs_is_the_same_call_as_its_payload() -> None:
    row = payload(
        id=None,
        request_id="chatcmpl-2299b6a2",
        spend="0.000225",
        response_cost=None,
        metadata=json.dumps({"usage_object": USAGE}),
        cache_hit="False",
    )
    told, first = read(row), read(payload())
    assert told is not None
    assert first is not None
    assert (told.key, told.usage, told.reported_cost_pico) == (first.key, first.usage, first.reported_cost_pico)


def test_the_answers_own_usage_says_what_was_cached_where_nothing_else_does() -> None:
    told = read(payload(metadata={}, response={"usage": USAGE}))
    assert told is not None
    assert told.usage is not None
    assert told.usage.cache_read_tokens == 30


@pytest.mark.parametrize(
    "more",
    [
        {"cache_hit": True},
        {"cache_hit": "True"},
        {"status": "failure", "prompt_tokens": 0, "completion_tokens": 0},
        {"prompt_tokens": None, "completion_tokens": None},
    ],
)
def test_where_no_provider_answered_there_is_no_call(more: dict[str, Any]) -> None:
    assert read(payload(**more)) is None


def test_a_call_without_counts_is_missing_them_and_an_embedding_is_named_so() -> None:
    told = read(payload(prompt_tokens=0, completion_tokens=0, call_type="aembedding"))
    assert told is not None
    assert (told.usage, told.basis, told.operation_name) == (None, Basis.MISSING, "embeddings")


@pytest.mark.parametrize(
    "more", [{"prompt_tokens": -1}, {"startTime": None, "endTime": "x"}, {"response": {"usage": 1}, "metadata": 3}]
)
def test_a_broken_payload_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(BrokenRecordError):
        read(payload(**more))


def test_arrays_are_read_on_one_line_and_on_many() -> None:
    records = [payload(), payload(id="b"), payload(prompt_tokens="x")]
    found = LitellmDocument().read("", json.dumps(records, indent=1).encode())
    assert [isinstance(item, Told) for item in found] == [True, True, False]
    lines = LitellmLines("", None)
    assert len(lines.read(json.dumps(records[:2]).encode())) == 2
    assert len(lines.read(json.dumps(records[0]).encode())) == 1
    with pytest.raises(BrokenRecordError):
        lines.read(json.dumps(records).encode())
    assert isinstance(LitellmDocument().read("", b"[")[0], BrokenRecordError)


def test_files_are_known_by_what_they_hold() -> None:
    line = json.dumps(payload()).encode()
    assert claims_lines("x.json", line + b"\n" + line)
    assert not claims_lines("x.json", json.dumps(payload(), indent=1).encode())
    assert claims_document("x.json", json.dumps([payload()], indent=1).encode())
    assert not claims_document("x.json", b'{"prompt_tokens": 3}')


def test_whatever_a_line_holds_it_is_read_or_refused() -> None:
    for line in changed(payload(), [payload(session_id="s"), payload(id="b")]):
        check_read(LitellmLines("", None).read, line)
        check_told(LitellmDocument().read("", line))
