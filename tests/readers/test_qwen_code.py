"""Qwen Code's chats."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.readers.changed import changed, check_read
from tokencli.readers import agent_places
from tokencli.readers.qwen_code import QwenDocument, QwenLines, claims_document, claims_lines
from tokencli.readers.told import BrokenRecordError, Told

PATH = "/h/.qwen/projects/my-app/chats/s1.jsonl"
USAGE = {
    "promptTokenCount": 100,
    "cachedContentTokenCount": 40,
    "candidatesTokenCount": 50,
    "thoughtsTokenCount": 10,
    "totalTokenCount": 150,
}


def record(**more: Any) -> dict[str, Any]:
    return {
        "uuid": "u1",
        "sessionId": "s1",
        "timestamp": "2026-02-23T14:24:56.857Z",
        "type": "assistant",
        "cwd": "/src/app",
        "gitBranch": "main",
        "version": "0.9",
        "model": "qwen3-coder-plus",
        "usageMetadata": USAGE,
        **more,
    }


def read(*records: dict[str, Any], path: str = PATH) -> list[Told]:
    return [told for item in records for told in QwenLines(path, None).read(json.dumps(item).encode())]


def test_an_answer_is_a_call_with_everything_known_about_it() -> None:
    (told,) = read(record())
    assert (told.key, told.conversation_id, told.project) == ("qwen-code:s1:u1", "s1", "/src/app")
    assert (told.branch, told.client, told.client_version) == ("main", "qwen-code", "0.9")
    assert (told.response_model, told.provider_name, told.agent) == ("qwen3-coder-plus", None, None)


def test_reasoning_inside_the_answer_is_not_added_again() -> None:
    (inside,), (beside,) = read(record()), read(record(usageMetadata=USAGE | {"totalTokenCount": 160}))
    assert inside.usage is not None
    assert beside.usage is not None
    assert (inside.usage.output_tokens, beside.usage.output_tokens) == (50, 60)
    assert inside.usage.input_tokens == 100


def test_what_the_record_does_not_say_is_taken_from_the_path() -> None:
    bare = {"type": "assistant", "timestamp": 1_771_856_696, "usageMetadata": USAGE}
    first, copied = (read(bare, path=path)[0] for path in (PATH, f"/backup{PATH}"))
    assert (first.conversation_id, first.project) == ("s1", "my-app")
    assert first.key == copied.key


def test_side_chains_are_the_agents() -> None:
    assert [read(record(**more))[0].agent for more in ({"isSidechain": True}, {"agentId": "a"})] == ["sidechain", "a"]


def test_what_is_no_answer_tells_nothing() -> None:
    assert read(record(type="system"), record(usageMetadata=None), record(usageMetadata={}), {"type": 3}) == []
    with pytest.raises(BrokenRecordError):
        read(record(usageMetadata=[1]))
    with pytest.raises(BrokenRecordError):
        read(record(timestamp="never"), path="/nowhere.jsonl")


def test_the_first_versions_documents_are_read() -> None:
    message = {"id": "m", "type": "qwen", "timestamp": "2026-01-01T00:00:00Z", "tokens": {"input": 5, "output": 2}}
    data = json.dumps({"sessionId": "s", "messages": [message]}).encode()
    assert claims_document("/h/.qwen/tmp/x/chats/session-a.json", data)
    (told,) = QwenDocument().read("/h/.qwen/tmp/x/chats/session-a.json", data)
    assert isinstance(told, Told)
    assert (told.key, told.client, told.provider_name) == ("qwen-code:s:m", "qwen-code", None)


def test_files_are_known_by_what_they_hold() -> None:
    assert claims_lines("x.jsonl", json.dumps(record()).encode())
    assert claims_lines(PATH, b"")
    assert not claims_lines("x.jsonl", b'{"message":{"usage":{}}}')
    assert not claims_lines("/h/.qwen/settings.json", b"")
    assert agent_places.qwen_code({}, Path("/h")) == [Path("/h/.qwen")]
    assert agent_places.qwen_code({"QWEN_RUNTIME_DIR": "/q"}, Path("/h")) == [Path("/q")]


def test_whatever_a_line_holds_it_is_read_or_refused() -> None:
    for line in changed(record(isSidechain=True, agentId="a")):
        check_read(QwenLines(PATH, None).read, line)
