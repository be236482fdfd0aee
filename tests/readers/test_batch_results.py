"""Results of batch jobs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.readers.changed import changed, check_read
from tokencli.readers.agents import claimant
from tokencli.readers.batch_results import BatchReader, claims
from tokencli.readers.told import BrokenRecordError, Told

BODY: dict[str, Any] = {
    "id": "chatcmpl-AbC123",
    "object": "chat.completion",
    "created": 1_760_000_000,
    "model": "gpt-4o-mini",
    "usage": {
        "prompt_tokens": 100,
        "completion_tokens": 50,
        "prompt_tokens_details": {"cached_tokens": 20},
        "completion_tokens_details": {"reasoning_tokens": 5},
    },
}
MESSAGE = {"id": "msg_01", "model": "claude-haiku-4-5", "usage": {"input_tokens": 20, "output_tokens": 5}}
COUNTS = {"promptTokenCount": 9, "candidatesTokenCount": 4, "thoughtsTokenCount": 3, "totalTokenCount": 16}


def openai(status: int = 200, **more: Any) -> dict[str, Any]:
    return {"id": "batch_req_1", "custom_id": "a", "response": {"status_code": status, "body": BODY | more}}


def anthropic(kind: str = "succeeded") -> dict[str, Any]:
    return {"custom_id": "a", "result": {"type": kind, "message": MESSAGE}}


@pytest.fixture
def path(tmp_path: Path) -> str:
    file = tmp_path / "results.jsonl"
    file.touch()
    return str(file)


def read(record: object, path: str = "/nowhere") -> list[Told]:
    return BatchReader(path, None).read(json.dumps(record).encode())


def spent(told: Told) -> tuple[int, int, str | None]:
    assert told.usage is not None
    return told.usage.input_tokens, told.usage.output_tokens, told.usage.service_tier


def test_openais_results_are_calls_at_the_batch_rate() -> None:
    (told,) = read(openai())
    assert spent(told) == (100, 50, "batch")
    assert (told.key, told.response_id, told.provider_name) == ("batch:chatcmpl-AbC123", "chatcmpl-AbC123", "openai")
    assert (told.at, told.response_model, told.client) == (1_760_000_000_000_000, "gpt-4o-mini", None)


def test_responses_embeddings_and_groq_are_of_openais_kind() -> None:
    usage = {"input_tokens": 7, "output_tokens": 3, "output_tokens_details": {"reasoning_tokens": 1}}
    (response,) = read(openai(id="resp_1", created=None, created_at=1_760_000_000, usage=usage))
    (embedding,) = read(openai(id=None, object="list", usage={"prompt_tokens": 7, "total_tokens": 7}))
    (groq,) = read(openai(model="llama-3.1-8b-instant", x_groq={"id": "req_1"}))
    assert spent(response) == (7, 3, "batch")
    assert (embedding.key, embedding.operation_name) == ("batch:batch_req_1", "embeddings")
    assert groq.provider_name == "groq"


def test_anthropics_results_are_dated_by_the_file(path: str) -> None:
    (told,) = read(anthropic(), path)
    assert spent(told) == (20, 5, "batch")
    assert (told.key, told.response_id, told.provider_name) == ("batch:msg_01", "msg_01", "anthropic")
    assert told.at == Path(path).stat().st_mtime_ns // 1000
    with pytest.raises(BrokenRecordError):
        read(anthropic())


def test_geminis_results_say_by_their_shape_who_answered(path: str) -> None:
    response = {"usageMetadata": COUNTS, "modelVersion": "gemini-2.5-flash", "responseId": "r1"}
    (told,) = read({"key": "a", "response": response}, path)
    (vertex,) = read({"status": "", "processed_time": "2025-11-01T18:13:16.826+00:00", "response": response})
    assert spent(told) == spent(vertex) == (9, 7, "batch")
    assert (told.provider_name, vertex.provider_name, told.key) == ("gemini", "vertex", "batch:r1")


@pytest.mark.parametrize(
    "record",
    [openai(400), anthropic("errored"), anthropic("expired"), {"key": "a", "error": {}}, openai(usage=None), {}],
)
def test_what_failed_is_no_call(record: object, path: str) -> None:
    assert read(record, path) == []


@pytest.mark.parametrize(
    "record", [openai(usage={"prompt_tokens": -1}), {"response": {"usageMetadata": [1]}}, {"response": 3}]
)
def test_a_broken_result_is_refused(record: object) -> None:
    with pytest.raises(BrokenRecordError):
        read(record)


def test_files_are_known_by_what_they_hold() -> None:
    for record in (openai(), anthropic(), {"key": "a", "response": {"usageMetadata": COUNTS}}):
        head = json.dumps(record).encode()
        agent = claimant("/results/x.jsonl", head)
        assert agent is not None
        assert agent.name == "batch"
    assert not claims("x", b'{"message":{"usage":{}},"sessionId":"s"}')


def test_the_corpus_of_batch_results_is_counted_as_expected(corpus: Path, path: str) -> None:
    judged = 0
    for line in (corpus / "exchanges.jsonl").read_text(encoding="utf-8").split("\n"):
        case = json.loads(line) if "anthropic-batch-results" in line else {}
        if case.get("api") == "anthropic-batch-results":
            told = [call for item in case["response_body"].split("\n") if item for call in read(json.loads(item), path)]
            found = (sum(spent(call)[0] for call in told), sum(spent(call)[1] for call in told))
            assert found == (case["expected_usage"]["input_total"], case["expected_usage"]["output_total"])
            judged += 1
    assert judged


def test_whatever_a_line_holds_it_is_read_or_refused() -> None:
    for line in changed(openai(), anthropic(), {"key": "a", "response": {"usageMetadata": COUNTS}}):
        check_read(BatchReader("/nowhere", None).read, line)
