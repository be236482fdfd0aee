"""What the files of clients are to say."""

from __future__ import annotations

import pytest

from tests.clients.grounds import BASE, ground
from tokencli.clients.connecting import CONNECTABLE, wanted
from tokencli.clients.registry import CLIENTS


def test_claude_gets_the_address_without_a_version() -> None:
    told = wanted("claude", ground())
    assert told is not None
    assert told.place.name == "settings.json"
    assert told.settings == ((("env", "ANTHROPIC_BASE_URL"), BASE),)


def test_codex_gets_a_provider_of_its_own() -> None:
    told = wanted("codex", ground())
    assert told is not None
    assert dict(told.settings)["model_provider",] == "tokencli"
    assert dict(told.settings)["model_providers", "tokencli", "base_url"] == f"{BASE}/v1"


def test_a_client_that_is_set_by_hand_and_a_program_that_is_none_have_no_file() -> None:
    by_hand = [name for name in CLIENTS if name not in CONNECTABLE]
    assert all(wanted(name, ground()) is None for name in (*by_hand, "vim"))


@pytest.mark.parametrize(("name", "variable"), [("gemini", "GOOGLE_GEMINI_BASE_URL"), ("qwen", "OPENAI_BASE_URL")])
def test_a_variable_that_counts_before_the_file_is_told_of(name: str, variable: str) -> None:
    told = wanted(name, ground(environ={variable: "http://old.example"}))
    assert told is not None
    assert f"'unset {variable}'" in told.remarks[0]
    ours = wanted(name, ground(environ={variable: told.settings[0].value}))
    assert ours is not None
    assert not any(variable in remark for remark in ours.remarks)
