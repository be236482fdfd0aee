"""Amp's threads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokencli.domain.usage import Basis
from tokencli.readers import agent_places
from tokencli.readers.amp import AmpDocument, claims
from tokencli.readers.told import BrokenRecordError, Told

TIME = "2026-01-02T00:00:00.000Z"
EVENT: dict[str, Any] = {
    "id": "e1",
    "timestamp": TIME,
    "model": "gpt-5",
    "tokens": {"input": 10, "output": 2},
    "toMessageId": 3,
}
MESSAGE: dict[str, Any] = {
    "role": "assistant",
    "messageId": 3,
    "usage": {
        "model": "claude-haiku-4-5",
        "inputTokens": 10,
        "outputTokens": 2,
        "cacheReadInputTokens": 30,
        "cacheCreationInputTokens": 5,
        "timestamp": TIME,
    },
}


def read(*, events: list[Any] | None = None, messages: list[Any] | None = None) -> list[Told | BrokenRecordError]:
    thread = {"id": "T-1", "usageLedger": {"events": events or []}, "messages": messages or []}
    return AmpDocument().read("/threads/T-1.json", json.dumps(thread).encode())


def counts(told: Told | BrokenRecordError) -> tuple[int, int, int, int]:
    assert isinstance(told, Told)
    assert told.usage is not None
    usage = told.usage
    return usage.input_tokens, usage.cache_read_tokens, usage.cache_write_tokens, usage.output_tokens


def test_an_event_of_the_ledger_is_a_call_and_its_message_says_what_was_cached() -> None:
    (told,) = read(events=[EVENT], messages=[MESSAGE])
    assert counts(told) == (45, 30, 5, 2)
    assert isinstance(told, Told)
    assert (told.key, told.conversation_id, told.client) == ("amp:T-1:e1", "T-1", "amp")
    assert (told.response_model, told.provider_name) == ("gpt-5", "openai")


def test_a_thread_without_a_ledger_tells_its_messages() -> None:
    (told,) = read(messages=[MESSAGE, {"role": "user", "usage": None}])
    assert counts(told) == (45, 30, 5, 2)
    assert isinstance(told, Told)
    assert (told.key, told.response_model) == ("amp:T-1:message:3", "claude-haiku-4-5")


def test_a_total_alone_is_a_call_whose_counts_are_missing_and_nothing_is_none() -> None:
    (told,) = read(events=[EVENT | {"tokens": {"total": 345}}, EVENT | {"tokens": {}}, EVENT | {"tokens": None}])
    assert isinstance(told, Told)
    assert (told.usage, told.basis) == (None, Basis.MISSING)


@pytest.mark.parametrize("event", [3, EVENT | {"tokens": {"input": -1}}, EVENT | {"model": 3}])
def test_a_broken_event_is_refused_and_the_next_one_read(event: object) -> None:
    first, second = read(events=[event, EVENT], messages=[3, MESSAGE])
    assert isinstance(first, BrokenRecordError)
    assert isinstance(second, Told)


def test_files_are_known_by_their_folder_or_what_they_hold() -> None:
    assert claims("/amp/threads/T-1.json", b'{"messages":[]}')
    assert claims("x.json", b'{"usageLedger":{}}')
    assert not claims("x.json", b"{}")
    assert agent_places.amp({}, Path("/h")) == [Path("/h/.local/share/amp")]
    assert agent_places.amp({"AMP_DATA_DIR": "/a,/b"}, Path("/h")) == [Path("/a"), Path("/b")]


@given(st.binary(max_size=200))
def test_whatever_a_document_holds_it_is_read_or_refused(data: bytes) -> None:
    assert len(AmpDocument().read("x", data)) < 2
