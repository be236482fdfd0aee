"""The configuration in words and as JSON."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

from rich.console import Console

from tokencli.config.places import Candidate
from tokencli.render.config_view import (
    check_json,
    check_words,
    places_json,
    places_words,
    settings_json,
    settings_table,
)
from tokencli.services.configuration import LookedOver, SettingInForce

FOUND = [
    SettingInForce(("server", "port"), 9000, 2),
    SettingInForce(("server", "drain_s"), 30, None),
    SettingInForce(("limits", "daily_usd"), None, None),
    SettingInForce(("providers", "a:b", "api_key"), "set from K", 7),
    SettingInForce(("providers", "a:b", "set_key"), value=True, line=None),
    SettingInForce(("providers", "a:b", "include_usage"), value=False, line=8),
    SettingInForce(("providers", "c", "rpm"), None, None),
]
FINE = LookedOver(place="/x/config.toml", providers=1, models=2, own_prices=0, warnings=())
PLACES = [
    Candidate("--config", None, is_there=False, is_used=False),
    Candidate("./config.toml", Path("/w/config.toml"), is_there=False, is_used=False),
    Candidate("yours", Path("/h/config.toml"), is_there=True, is_used=True),
]


def drawn(found: list[SettingInForce]) -> str:
    page = Console(file=StringIO(), width=80, force_terminal=False)
    page.print(settings_table(found))
    assert isinstance(page.file, StringIO)
    return "\n".join(line.rstrip() for line in page.file.getvalue().split("\n"))


def test_settings_stand_in_their_sections_with_their_lines() -> None:
    assert drawn(FOUND) == (
        "setting            value       from\n"
        "[server]\n"
        "  port             9000        line 2\n"
        "  drain_s          30          default\n"
        "\n"
        "[limits]\n"
        "  daily_usd        none        default\n"
        "\n"
        '[providers."a:b"]\n'
        "  api_key          set from K  line 7\n"
        "  include_usage    false       line 8\n"
        "\n"
        "[providers.c]\n"
        "  rpm              none        default\n"
    )


def test_json_has_every_setting() -> None:
    told = json.loads(settings_json("/x/config.toml", FOUND))
    assert told["file"] == "/x/config.toml"
    assert len(told["settings"]) == len(FOUND)
    assert told["settings"][4] == {"key": 'providers."a:b".set_key', "value": True, "line": None}


def test_a_look_over_says_what_it_found() -> None:
    assert check_words(FINE) == "/x/config.toml is fine: 1 provider, 2 models."
    doubtful = LookedOver(place="/x/\x1b", providers=0, models=0, own_prices=3, warnings=("a.", "b\x07."))
    assert check_words(doubtful) == (
        "/x/\\x1b can be used, with 2 warnings: 0 providers, 0 models, 3 own prices.\n  a.\n  b\\x07."
    )
    assert json.loads(check_json(FINE)) == {
        "status": "ok",
        "file": "/x/config.toml",
        "providers": 1,
        "models": 2,
        "own_prices": 0,
        "warnings": [],
    }
    assert json.loads(check_json(doubtful))["status"] == "warning"


def test_places_are_told_in_their_order() -> None:
    assert places_words(PLACES) == (
        "  --config       not said\n  ./config.toml  /w/config.toml (not there)\n* yours          /h/config.toml"
    )
    told = json.loads(places_json(PLACES))
    assert told["file"] == "/h/config.toml"
    assert told["looked_at"][0] == {"name": "--config", "path": None, "is_there": False, "is_used": False}
    assert told["looked_at"][2] == {"name": "yours", "path": "/h/config.toml", "is_there": True, "is_used": True}


def test_a_hostile_name_reaches_no_terminal_alive() -> None:
    shown = drawn([SettingInForce(("providers", "a\x1b[31m", "base_url"), "\u202eh", 1)])
    assert not set(shown) & {"\x1b", "\u202e"}
