"""The sessions of Factory's Droid."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokencli.readers import agent_places
from tokencli.readers.droid import DroidDocument, claims
from tokencli.readers.told import BrokenRecordError, Told

USED = {"inputTokens": 100, "outputTokens": 50, "cacheCreationTokens": 20, "cacheReadTokens": 10, "thinkingTokens": 5}
TIME = "2026-05-01T01:02:03.000Z"


def read(folder: Path | str = "/s", **more: Any) -> list[Told | BrokenRecordError]:
    settings = {"providerLock": "anthropic", "providerLockTimestamp": TIME, "tokenUsage": USED, **more}
    return DroidDocument().read(str(Path(folder) / "session-a.settings.json"), json.dumps(settings).encode())


def test_a_session_is_one_call_that_grows() -> None:
    (told,) = read(model="Claude-Sonnet-4-[Anthropic]")
    assert isinstance(told, Told)
    assert told.usage is not None
    assert (told.usage.input_tokens, told.usage.cache_read_tokens, told.usage.cache_write_tokens) == (130, 10, 20)
    assert (told.usage.output_tokens, told.usage.reasoning_tokens, told.is_growing) == (55, 5, True)
    assert (told.key, told.conversation_id, told.client) == ("droid:session-a", "session-a", "droid")
    assert (told.response_model, told.provider_name) == ("claude-sonnet-4", "anthropic")


@pytest.mark.parametrize(
    ("written", "model"), [("custom:gpt-5-[Proxy]-0", "gpt-5"), ("gpt-5", "gpt-5"), ("", None), (None, None)]
)
def test_a_model_is_named_without_what_droid_writes_around_it(written: str | None, model: str | None) -> None:
    (told,) = read(model=written)
    assert isinstance(told, Told)
    assert told.response_model == model


def test_the_sessions_own_records_name_the_model_where_the_settings_do_not(tmp_path: Path) -> None:
    (tmp_path / "session-a.jsonl").write_text('{"content":"Model: Claude Opus 4.5 Thinking [Anthropic]"}')
    (told,) = read(tmp_path)
    assert isinstance(told, Told)
    assert told.response_model == "claude-opus-4-5-thinking"


def test_a_session_without_tokens_is_no_call() -> None:
    assert read(tokenUsage={"inputTokens": 0}) == read(tokenUsage=None) == []


@pytest.mark.parametrize(
    "more", [{"tokenUsage": {"inputTokens": -1}}, {"tokenUsage": 3}, {"providerLockTimestamp": "x"}]
)
def test_broken_totals_are_refused(more: dict[str, Any]) -> None:
    (told,) = read(**more)
    assert isinstance(told, BrokenRecordError)


def test_files_are_known_by_their_name_and_what_they_hold() -> None:
    assert claims("/s/a.settings.json", b'{"tokenUsage":{}}')
    assert not claims("/s/a.json", b'{"tokenUsage":{}}')
    assert agent_places.droid({}, Path("/h")) == [Path("/h/.factory")]


@given(st.binary(max_size=200))
def test_whatever_a_document_holds_it_is_read_or_refused(data: bytes) -> None:
    assert len(DroidDocument().read("x", data)) < 2
