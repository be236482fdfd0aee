"""The sessions of Mistral Vibe."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokencli.readers import agent_places
from tokencli.readers.mistral_vibe import VibeDocument, claims
from tokencli.readers.told import BrokenRecordError, Told

PATH = "/h/.vibe/logs/session/session_20260511_a/meta.json"
META: dict[str, Any] = {
    "session_id": "s1",
    "start_time": "2026-05-11T10:00:00+00:00",
    "end_time": "2026-05-11T10:05:00+00:00",
    "git_branch": "main",
    "environment": {"working_directory": "/src/app"},
    "stats": {"session_prompt_tokens": 1000, "session_completion_tokens": 50, "session_cost": 0.38},
    "config": {"active_model": "medium", "models": [{"alias": "medium", "name": "x", "provider": "mistral"}]},
}


def read(**more: Any) -> list[Told | BrokenRecordError]:
    return VibeDocument().read(PATH, json.dumps(META | more).encode())


def test_a_session_is_one_call_that_grows() -> None:
    (told,) = read()
    assert isinstance(told, Told)
    assert told.usage is not None
    assert (told.usage.input_tokens, told.usage.output_tokens, told.is_growing) == (1000, 50, True)
    assert (told.key, told.conversation_id, told.project, told.branch) == ("mistral-vibe:s1", "s1", "/src/app", "main")
    assert (told.provider_name, told.response_model, told.reported_cost_pico) == ("mistral", "medium", 380_000_000_000)


def test_a_session_without_tokens_is_no_call() -> None:
    assert read(stats={}) == read(stats=None) == []


@pytest.mark.parametrize("more", [{"stats": {"session_prompt_tokens": -1}}, {"stats": 3}])
def test_broken_totals_are_refused(more: dict[str, Any]) -> None:
    (told,) = read(**more)
    assert isinstance(told, BrokenRecordError)


def test_a_session_that_no_one_can_date_is_refused() -> None:
    (told,) = read(start_time=None, end_time="never")
    assert isinstance(told, BrokenRecordError)


def test_files_are_known_by_their_name_and_what_they_hold() -> None:
    assert claims(PATH, json.dumps(META).encode())
    assert not claims("x.json", json.dumps(META).encode())
    assert agent_places.mistral_vibe({}, Path("/h")) == [Path("/h/.vibe")]


@given(st.binary(max_size=200))
def test_whatever_a_document_holds_it_is_read_or_refused(data: bytes) -> None:
    assert len(VibeDocument().read("x", data)) < 2
