"""The configuration: which one, its warnings, and one that is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tokencli.config.settings import load_settings
from tokencli.config.values import Settings
from tokencli.domain.checkup import State
from tokencli.domain.errors import ConfigError
from tokencli.services.checkup.config import config_lines, wrong_config

if TYPE_CHECKING:
    from pathlib import Path


def test_the_file_is_named_with_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[providers.mistral]\nbase_url = "https://api.mistral.ai/v1"\n', encoding="utf-8")
    (line,) = config_lines(load_settings(path), is_builtin=False)
    assert (line.state, line.message) == (State.OK, f"{path}: 1 provider, 0 models")


def test_the_built_in_one_says_how_to_get_ones_own() -> None:
    (line,) = config_lines(Settings(place="the built-in config.toml"), is_builtin=True)
    assert line.state is State.OK
    assert "'tokencli config init'" in line.message


def test_a_key_in_a_file_that_others_read_is_a_warning_and_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[providers.mistral]\nbase_url = "https://a.b/v1"\napi_key = "sk-canary"\n', encoding="utf-8")
    path.chmod(0o644)
    lines = config_lines(load_settings(path), is_builtin=False)
    assert [line.state for line in lines] == [State.OK, State.WARNING]
    assert "chmod 600" in lines[1].message
    assert "sk-canary" not in repr(lines)


def test_a_wrong_file_is_a_problem_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[server]\nport = 'many'\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_settings(path)
    line = wrong_config(caught.value)
    assert line.state is State.PROBLEM
    assert f"{path}, line 2: server.port is 'many'" in line.message
    assert "tokencli config check" in line.next_step
