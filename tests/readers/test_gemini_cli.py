"""Gemini CLI's chats: documents, JSON lines, rewrites, what is taken back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.fuzz.checks import check_told
from tests.readers.changed import changed, check_read
from tokencli.domain.usage import Basis
from tokencli.readers import agent_places
from tokencli.readers.gemini_cli import GeminiDocument, GeminiLines, claims_document, claims_lines
from tokencli.readers.told import BrokenRecordError, Told

PATH = "/h/.gemini/tmp/my-app/chats/session-1.jsonl"
Record = dict[str, Any]
HEADER: Record = {"sessionId": "s1", "projectHash": "h", "startTime": "2026-05-16T10:00:00.000Z", "kind": "main"}


def tokens(answer: int = 30, **more: object) -> Record:
    return {"input": 120, "cached": 20, "output": answer, "thoughts": 5, "tool": 0, "total": 125 + answer, **more}


def message(name: str, spent: object, **more: object) -> Record:
    at = "2026-05-16T10:00:05.000Z"
    return {"id": name, "timestamp": at, "type": "gemini", "model": "gemini-3-pro", "tokens": spent, **more}


def read(*records: Record, path: str = PATH) -> list[Told]:
    state: str | None = None
    found: list[Told] = []
    for record in records:
        reader = GeminiLines(path, state)
        found += reader.read(json.dumps(record).encode())
        state = reader.state
    return found


def test_a_message_is_a_call_with_everything_known_about_it() -> None:
    (told,) = read(HEADER, message("g1", tokens()))
    assert told.usage is not None
    assert (told.usage.input_tokens, told.usage.cache_read_tokens) == (120, 20)
    assert (told.usage.output_tokens, told.usage.reasoning_tokens) == (35, 5)
    assert (told.key, told.conversation_id, told.project) == ("gemini-cli:s1:g1", "s1", "my-app")
    assert (told.provider_name, told.response_model, told.client) == ("gemini", "gemini-3-pro", "gemini-cli")
    assert (told.at, told.agent) == (1_778_925_605_000_000, None)


def test_a_message_written_again_and_a_snapshot_are_the_same_call() -> None:
    snapshot = {"$set": {"messages": [message("g1", tokens()), {"id": "u", "type": "user", "content": 1}]}}
    told = read(HEADER, message("g1", tokens(10)), message("g1", tokens()), snapshot, {"$rewindTo": "g1"})
    assert {call.key for call in told} == {"gemini-cli:s1:g1"}
    assert len(told) == 3
    assert all(call.is_growing for call in told)


def test_one_broken_message_does_not_hide_the_others_of_a_snapshot() -> None:
    broken = message("g2", tokens(-1))
    assert len(read(HEADER, {"$set": {"messages": [broken, message("g1", tokens())]}})) == 1
    with pytest.raises(BrokenRecordError):
        read(HEADER, {"$set": {"messages": [broken]}})


def test_a_sub_agents_session_names_it() -> None:
    (told,) = read(HEADER | {"kind": "subagent"}, message("g1", tokens()))
    assert told.agent == "subagent"


def test_a_total_alone_is_a_call_whose_counts_are_missing() -> None:
    (told,) = read(HEADER, message("g1", {"total": 654}))
    assert (told.usage, told.basis) == (None, Basis.MISSING)


def test_what_uses_nothing_is_no_call() -> None:
    spent = tokens(0, input=0, cached=0, thoughts=0, total=0)
    assert read(HEADER, message("g1", spent), message("g2", None), {"type": "user", "tokens": tokens()}) == []


def test_a_document_tells_its_calls_and_what_is_broken_in_it() -> None:
    document = HEADER | {
        "messages": [message("g1", tokens()), message("g2", tokens(output="x")), message("g3", tokens())]
    }
    found = GeminiDocument().read("/h/.gemini/tmp/a/chats/session-1.json", json.dumps(document).encode())
    assert [isinstance(item, Told) for item in found] == [True, False, True]
    (broken,) = GeminiDocument().read("x.json", b"{")
    assert isinstance(broken, BrokenRecordError)
    assert GeminiDocument().read("x.json", b"[]") == []


def test_the_projects_folder_is_known_where_it_is_written_down(tmp_path: Path) -> None:
    place = tmp_path / "tmp" / "slug"
    (place / "chats").mkdir(parents=True)
    (place / ".project_root").write_text("/src/app\n", encoding="utf-8")
    (told,) = read(HEADER, message("g1", tokens()), path=str(place / "chats" / "session-1.jsonl"))
    assert told.project == "/src/app"


def test_files_are_known_by_what_they_hold() -> None:
    line = json.dumps(message("g1", tokens())).encode()
    assert claims_lines(PATH, line)
    assert claims_lines(PATH, json.dumps(HEADER).encode())
    assert not claims_lines("x.json", line)
    assert claims_document("x.json", json.dumps(HEADER | {"messages": []}).encode())
    assert not claims_document("x.json", b"{}")
    assert agent_places.gemini_cli({}, Path("/h")) == [Path("/h/.gemini")]
    assert agent_places.gemini_cli({"GEMINI_CLI_HOME": "/else"}, Path("/h")) == [Path("/else/.gemini")]


SNAPSHOT = {"$set": {"messages": [message("g1", tokens()), message("g2", {"total": 654})]}}


def test_whatever_a_line_holds_it_is_read_or_refused() -> None:
    lines = changed(HEADER, message("g1", tokens()), SNAPSHOT, HEADER | SNAPSHOT["$set"])
    for line in (*lines, b'{"tokens":' * 9000, b'{"$set":{"messages":[1]}}'):
        check_read(GeminiLines(PATH, None).read, line)
        check_told(GeminiDocument().read("x.json", line))
