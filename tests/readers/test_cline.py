"""The tasks of Cline and its kin."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokencli.readers import agent_places
from tokencli.readers.cline import ClineDocument, claims
from tokencli.readers.told import BrokenRecordError, Told

if TYPE_CHECKING:
    from pathlib import Path

PATH = "/s/globalStorage/rooveterinaryinc.roo-cline/tasks/task-1/ui_messages.json"
USED = {"request": "secret", "tokensIn": 100, "tokensOut": 50, "cacheReads": 30, "cacheWrites": 5, "cost": 0.07}


def request(used: object = USED, ts: object = 1_700_000_001_000, **more: Any) -> dict[str, Any]:
    told = used if isinstance(used, str) else json.dumps(used)
    return {"type": "say", "say": "api_req_started", "text": told, "ts": ts, **more}


def read(*messages: object, path: str | Path = PATH) -> list[Told | BrokenRecordError]:
    return ClineDocument().read(str(path), json.dumps(messages).encode())


def call(*messages: object, path: str | Path = PATH) -> Told:
    (told,) = read(*messages, path=path)
    assert isinstance(told, Told)
    return told


def test_a_request_is_a_call_with_everything_known_about_it() -> None:
    told = call(request(modelInfo={"providerId": "openrouter", "modelId": "anthropic/claude-sonnet-4-5"}))
    assert told.usage is not None
    assert (told.usage.input_tokens, told.usage.cache_read_tokens, told.usage.cache_write_tokens) == (135, 30, 5)
    assert (told.key, told.conversation_id) == ("cline:task-1:1700000001000000", "task-1")
    assert (told.client, told.provider_name, told.response_model) == ("roo-code", "openrouter", "claude-sonnet-4-5")
    assert told.reported_cost_pico == 70_000_000_000
    assert "secret" not in str(told.raw_usage)


def test_an_input_of_openais_protocol_includes_what_was_cached() -> None:
    told = call(request(USED | {"apiProtocol": "openai"}))
    assert told.usage is not None
    assert told.usage.input_tokens == 100


def test_the_model_is_the_last_one_that_the_conversation_names(tmp_path: Path) -> None:
    text = "<environment_details><model>{}</model></environment_details>"
    history = [{"text": text.format("gpt-4o")}, {"text": text.format("anthropic/claude-sonnet-4-5")}]
    (tmp_path / "api_conversation_history.json").write_text(json.dumps(history), encoding="utf-8")
    told = call(request(), path=tmp_path / "ui_messages.json")
    assert (told.response_model, told.provider_name) == ("claude-sonnet-4-5", "anthropic")
    assert call(request()).response_model is None


def test_requests_that_are_under_way_and_other_messages_tell_nothing() -> None:
    other = {"say": "text", "text": 5, "ts": {}}
    assert read(request({"request": "x"}), request(""), other, 3, {"say": "deleted_api_reqs", "text": "{}"}) == []


@pytest.mark.parametrize(
    "broken", [request("{"), request(USED | {"tokensIn": -1}), request(ts="never"), request() | {"ts": []}]
)
def test_a_broken_request_is_refused_and_the_next_one_read(broken: object) -> None:
    first, second = read(broken, request())
    assert isinstance(first, BrokenRecordError)
    assert isinstance(second, Told)


def test_files_are_known_by_their_name_or_what_they_hold(tmp_path: Path) -> None:
    assert claims(PATH, b"")
    assert claims("x.json", json.dumps([request()]).encode())
    assert not claims("x.json", b"[]")
    kept = tmp_path / ".config" / "Cursor" / "User" / "globalStorage"
    assert agent_places.cline({}, tmp_path)[0] == tmp_path / ".config" / "Code" / "User" / "globalStorage"
    kept.mkdir(parents=True)
    assert agent_places.cline({}, tmp_path) == [kept, tmp_path / ".cline"]


@given(st.binary(max_size=200))
def test_whatever_a_document_holds_it_is_read_or_refused(data: bytes) -> None:
    assert len(ClineDocument().read("x", data)) < 2
