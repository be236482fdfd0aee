"""`tokencli config` as it is typed."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING, Any

import pytest

from tokencli.config.places import BUILTIN

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def own(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the place of the user's own configuration; there is none yet."""
    monkeypatch.setenv("TOKENCLI_HOME", str(home / "all"))
    return home / "all" / "config.toml"


def test_init_writes_a_file_that_check_finds_fine(own: Path, typed: Callable[..., Any]) -> None:
    said = typed("config", "init")
    assert (said.code, said.out) == (0, f"{own}\n")
    assert said.err == (
        "tokencli: set the keys it names in your environment, remove what you do not use, "
        "and run 'tokencli config check'.\n"
    )
    assert stat.S_IMODE(own.stat().st_mode) == 0o600
    checked = typed("config", "check", "--strict")
    assert (checked.code, checked.out, checked.err) == (0, f"{own} is fine: 8 providers, 20 models.\n", "")
    again = typed("config", "init")
    assert (again.code, again.out) == (3, "")
    assert again.err == f"tokencli: {own} exists already: choose another name, or say --force to replace it.\n"
    assert typed("config", "init", "--force").code == 0


def test_init_writes_where_it_is_told(own: Path, tmp_path: Path, typed: Callable[..., Any]) -> None:
    assert typed("config", "init", "here.toml").out == "here.toml\n"
    assert (tmp_path / "here.toml").read_bytes() == BUILTIN.read_bytes()
    said = typed("config", "init", tmp_path / "there" / "x.toml")
    assert (said.code, (tmp_path / "there" / "x.toml").is_file()) == (0, True)
    assert not own.exists()


def test_init_writes_to_the_file_of_the_option(own: Path, tmp_path: Path, typed: Callable[..., Any]) -> None:
    said = typed("config", "init", "--config", "mine.toml")
    assert (said.code, said.out) == (0, "mine.toml\n")
    assert (tmp_path / "mine.toml").is_file()
    assert not own.exists()


def test_init_needs_no_file_that_another_option_names(tmp_path: Path, typed: Callable[..., Any]) -> None:
    assert typed("config", "init", "here.toml", "--config", "gone.toml").code == 0
    assert (tmp_path / "here.toml").is_file()


def test_init_says_when_another_file_is_used_all_the_same(own: Path, tmp_path: Path, typed: Callable[..., Any]) -> None:
    (tmp_path / "config.toml").write_text("", encoding="utf-8")
    said = typed("config", "init")
    used = tmp_path / "config.toml"
    assert f"tokencli: {used} is the one that is used here: say --config {own} to use the new one.\n" in said.err


def test_check_names_file_line_key_and_the_nearest_name(tmp_path: Path, typed: Callable[..., Any]) -> None:
    (tmp_path / "config.toml").write_text('[providers.mistral]\nbaseurl = "x"\n', encoding="utf-8")
    said = typed("config", "check")
    assert (said.code, said.out) == (3, "")
    assert said.err == (
        f"tokencli: {tmp_path / 'config.toml'}, line 2: there is no key 'baseurl'; did you mean 'base_url'?\n"
    )


@pytest.mark.parametrize(("option", "code"), [((), 0), (("--strict",), 1)])
def test_check_lists_warnings(tmp_path: Path, typed: Callable[..., Any], option: tuple[str, ...], code: int) -> None:
    (tmp_path / "config.toml").write_text('default_model = "a"\n[loop_control]\nx = 1\n', encoding="utf-8")
    said = typed("config", "check", *option)
    assert (said.code, said.err) == (code, "")
    assert said.out.startswith(f"{tmp_path / 'config.toml'} can be used, with 2 warnings: 0 providers, 0 models.\n")
    assert "line 1: tokencli does not use default_model.\n" in said.out
    assert json.loads(typed("config", "check", "--json").out)["status"] == "warning"


def test_show_tells_lines_and_hides_keys(
    tmp_path: Path, typed: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROQ_API_KEY", "sk-canary")
    path = tmp_path / "config.toml"
    path.write_text(
        '[server]\nport = 9000\n[providers.mine]\napi_key = "sk-canary"\n'
        '[providers.groq]\napi_key = "${GROQ_API_KEY}"\n',
        encoding="utf-8",
    )
    path.chmod(0o600)
    said = typed("config", "show")
    rows = [line.split() for line in said.out.split("\n")]
    assert ["port", "9000", "line", "2"] in rows
    assert ["api_key", "in", "the", "file", "line", "4"] in rows
    assert ["api_key", "set", "from", "GROQ_API_KEY", "line", "6"] in rows
    told = typed("config", "show", "--json")
    assert {"key": "server.port", "value": 9000, "line": 2} in json.loads(told.out)["settings"]
    assert "sk-canary" not in said.out + said.err + told.out + told.err


def test_path_prints_the_file_and_tells_where_it_looked(own: Path, tmp_path: Path, typed: Callable[..., Any]) -> None:
    said = typed("config", "path")
    assert said.out == f"{BUILTIN}\n"
    assert f"  yours            {own} (not there)\n" in said.err
    assert f"* built in         {BUILTIN}\n" in said.err
    (tmp_path / "config.toml").write_text("", encoding="utf-8")
    assert typed("config", "path").out == f"{tmp_path / 'config.toml'}\n"
    assert json.loads(typed("config", "path", "--json").out)["file"] == str(tmp_path / "config.toml")


def test_path_knows_the_option_from_the_variable(
    tmp_path: Path, typed: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x.toml").write_text("", encoding="utf-8")
    assert f"* --config         {tmp_path / 'x.toml'}\n" in typed("config", "path", "--config", "x.toml").err
    monkeypatch.setenv("TOKENCLI_CONFIG", "x.toml")
    assert f"* TOKENCLI_CONFIG  {tmp_path / 'x.toml'}\n" in typed("config", "path").err
