"""What the files of clients are to say."""

from __future__ import annotations

from tokencli.clients.connecting import wanted


def test_claude_gets_the_address_without_a_version() -> None:
    told = wanted("claude", "http://127.0.0.1:8000/s/fix")
    assert told is not None
    assert told.place.name == "settings.json"
    assert told.settings == ((("env", "ANTHROPIC_BASE_URL"), "http://127.0.0.1:8000/s/fix"),)


def test_codex_gets_a_provider_of_its_own() -> None:
    told = wanted("codex", "http://127.0.0.1:8000")
    assert told is not None
    assert dict(told.settings)["model_provider",] == "tokencli"
    assert dict(told.settings)["model_providers", "tokencli", "base_url"] == "http://127.0.0.1:8000/v1"


def test_a_client_that_is_set_by_hand_has_no_file() -> None:
    assert wanted("llm", "http://127.0.0.1:8000") is None
