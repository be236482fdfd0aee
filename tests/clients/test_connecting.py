"""What the files of clients are to say."""

from __future__ import annotations

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
