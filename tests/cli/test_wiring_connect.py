"""Where clients are pointed for good: config.toml's address, a session that is there, what tokencli has keys for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tokencli.cli.globals import Globals
from tokencli.cli.wiring_connect import ground_of, make_session
from tokencli.clients.claude import SETTINGS
from tokencli.domain.errors import ExitCode
from tokencli.services.session_choice import BadSessionNameError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_the_address_is_that_of_config_toml(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = home / "config.toml"
    config.write_text("[server]\nport = 8123\n[providers.near]\nbase_url = 'http://127.0.0.1:1/v1'\n", encoding="utf-8")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary")
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    (home / ".claude").mkdir()
    (home / ".claude" / "settings.json").write_text("{}", encoding="utf-8")
    ground = ground_of(Globals(config=str(config)), "claude", "fix")
    assert (ground.base, ground.usual) == ("http://127.0.0.1:8123/s/fix", "http://127.0.0.1:8123")
    assert "near" in ground.providers
    assert "openai" in ground.keyed
    assert "anthropic" not in ground.keyed
    assert ground.texts[SETTINGS] == "{}"
    assert "sk-canary" not in repr(ground)


@pytest.mark.parametrize("name", ["", "a/b", "../x", "a b", "é", "%2e", "-x", "x" * 65, "a\n", "a?b#c"])
def test_a_session_that_cannot_stand_in_an_address_is_refused(typed: Callable[..., Any], home: Path, name: str) -> None:
    with pytest.raises(BadSessionNameError):
        ground_of(Globals(), "claude", name)
    assert typed("connect", "claude", "--session", name, "--yes").code == ExitCode.USAGE
    assert not (home / ".claude").exists()


def test_the_session_is_made_once_and_does_not_become_the_active_one(typed: Callable[..., Any]) -> None:
    make_session(Globals(), "fix")
    make_session(Globals(), "fix")
    (session,) = json.loads(typed("session", "list", "--json").out)["sessions"]
    assert (session["name"], session["is_active"]) == ("fix", False)


def test_a_session_that_has_ended_is_refused_before_the_file_is_changed(typed: Callable[..., Any], home: Path) -> None:
    make_session(Globals(), "fix")
    assert typed("session", "end", "fix").code == 0
    assert typed("connect", "claude", "--session", "fix", "--yes").code != 0
    assert not (home / ".claude").exists()
