"""`tokencli models` as it is typed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest


def test_all_models_of_the_configuration_are_listed(typed: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MISTRAL_API_KEY", "sk-canary")
    monkeypatch.setenv("COLUMNS", "160")
    said = typed("models")
    assert (said.code, said.err) == (0, "")
    rows = [line.split() for line in said.out.rstrip("\n").split("\n")]
    assert len(rows) == 21
    large = next(row for row in rows if row[0] == "mistral/mistral-large-2411")
    assert large == ["mistral/mistral-large-2411", "mistral-large-2411", "128K", "$2.00", "$6.00", "yes", "tool_use"]
    assert "sk-canary" not in said.out


def test_json_has_the_chosen_models(typed: Callable[..., Any]) -> None:
    told = json.loads(typed("models", "--provider", "google", "--search", "flash", "--json").out)
    assert [each["key"] for each in told["models"]] == [
        "gemini/gemini-2.5-flash-lite",
        "gemini/gemini-3-flash-preview",
        "gemini/gemini-2.5-flash",
    ]
    assert {each["provider_name"] for each in told["models"]} == {"gemini"}


def test_nothing_found_exits_with_one_and_the_nearest(typed: Callable[..., Any]) -> None:
    said = typed("models", "--search", "codestrl")
    assert (said.code, said.out) == (1, "")
    assert said.err == (
        "tokencli: config.toml has no model with 'codestrl' in its names or capabilities: "
        "did you mean 'codestral-2501'?\n"
    )
    assert typed("models", "--provider", "mistrl").err == (
        "tokencli: there is no provider 'mistrl': did you mean 'mistral'?\n"
    )


def test_a_configuration_without_models_is_one_sentence_with_the_next_step(
    typed: Callable[..., Any], tmp_path: Path
) -> None:
    empty = tmp_path / "config.toml"
    empty.touch()
    said = typed("models", "--config", str(empty))
    assert said.code == 0
    assert said.out == f"{empty} has no models: 'tokencli config init' writes a file that has some.\n"
