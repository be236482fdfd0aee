"""The configuration file: begun, looked over, told; keys stay where they are."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from tokencli.config.places import BUILTIN
from tokencli.domain.errors import ConfigError, FileInTheWayError, UnwritableFileError
from tokencli.services.configuration import begin, in_force, look_over

if TYPE_CHECKING:
    from pathlib import Path


def written(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return path


def test_a_file_is_begun_for_its_owner_alone(tmp_path: Path) -> None:
    target = tmp_path / "new" / "config.toml"
    begin(target)
    assert target.read_bytes() == BUILTIN.read_bytes()
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert list(target.parent.iterdir()) == [target]


def test_a_file_that_is_there_is_replaced_only_when_it_is_said(tmp_path: Path) -> None:
    target = written(tmp_path, "mine = 1\n")
    target.chmod(0o644)
    with pytest.raises(FileInTheWayError):
        begin(target)
    assert target.read_text(encoding="utf-8") == "mine = 1\n"
    begin(target, is_forced=True)
    assert target.read_bytes() == BUILTIN.read_bytes()
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_a_link_to_nowhere_is_in_the_way_too(tmp_path: Path) -> None:
    (tmp_path / "config.toml").symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileInTheWayError):
        begin(tmp_path / "config.toml")


def test_a_directory_is_never_replaced(tmp_path: Path) -> None:
    with pytest.raises(FileInTheWayError):
        begin(tmp_path, is_forced=True)


def test_a_place_that_takes_no_file_is_one_sentence(tmp_path: Path) -> None:
    written(tmp_path, "")
    with pytest.raises(UnwritableFileError, match=r"^cannot write "):
        begin(tmp_path / "config.toml" / "config.toml")


def test_a_fine_file_is_counted(tmp_path: Path) -> None:
    begin(tmp_path / "config.toml")
    (tmp_path / "prices.toml").write_text('[models."a/b"]\nprice = "free"\n', encoding="utf-8")
    found = look_over(tmp_path / "config.toml", tmp_path / "prices.toml")
    assert (found.providers, found.models, found.own_prices, found.warnings) == (8, 20, 1, ())


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("default_thinking = true\n", "line 1: tokencli does not use default_thinking."),
        ("[providers.mine]\n", "line 1: mine has no base_url: no call can go there."),
        (
            '[providers.mine]\napi_key = "${K}"\nbase_url = "http://10.0.0.1/v1"\n',
            "line 3: mine's key goes over http, where others can read it: write https.",
        ),
    ],
)
def test_what_may_be_meant_otherwise_is_a_warning_with_its_line(tmp_path: Path, text: str, warning: str) -> None:
    found = look_over(written(tmp_path, text), tmp_path / "prices.toml")
    assert found.warnings == (f"{tmp_path / 'config.toml'}, {warning}",)


@pytest.mark.parametrize(
    "text",
    [
        '[providers.mine]\nbase_url = "http://10.0.0.1/v1"\n',
        '[providers.mine]\nbase_url = "http://localhost:1/v1"\napi_key = "${K}"\n',
        '[providers.mine]\nbase_url = "http://[::1]:1/v1"\napi_key = "${K}"\n',
        '[providers.mine]\nbase_url = "http://10.0.0.1/v1"\napi_key = "${K}"\nset_key = false\n',
    ],
)
def test_a_key_that_others_cannot_read_draws_no_warning(tmp_path: Path, text: str) -> None:
    assert look_over(written(tmp_path, text), tmp_path / "prices.toml").warnings == ()


def test_a_wrong_price_list_is_found_as_well(tmp_path: Path) -> None:
    (tmp_path / "prices.toml").write_text("[models.a]\nprices = 1\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"prices\.toml, line 2: there is no key 'prices'"):
        look_over(written(tmp_path, ""), tmp_path / "prices.toml")


def test_each_setting_in_force_has_its_line_or_is_a_default(tmp_path: Path) -> None:
    text = '[server]\nport = 9000\n[limits]\ndaily_usd = 3.10\n[providers."a:b"]\napi_key = "${K}"\nrpm = 7\n'
    found = {each.path: (each.value, each.line) for each in in_force(written(tmp_path, text), {"K": "sk-canary"})}
    assert found["server", "port"] == (9000, 2)
    assert found["server", "host"] == ("127.0.0.1", None)
    assert found["server", "max_request_mb"] == (64, None)
    assert found["limits", "daily_usd"] == ("3.1", 4)
    assert found["limits", "weekly_usd"] == (None, None)
    assert found["report", "week_start"] == ("monday", None)
    assert found["providers", "a:b", "api_key"] == ("set from K", 6)
    assert found["providers", "a:b", "rpm"] == (7, 7)
    assert found["providers", "a:b", "timeout_s"] == (120, None)
    assert found["providers", "openai", "rpm"] == (None, None)


def test_a_provider_in_capitals_has_its_line(tmp_path: Path) -> None:
    found = {each.path: each.line for each in in_force(written(tmp_path, "[providers.Mine]\nrpm = 7\n"), {})}
    assert (found["providers", "mine", "rpm"], found["providers", "mine", "timeout_s"]) == (2, None)


@pytest.mark.parametrize(
    ("text", "path", "words"),
    [
        ('api_key = "sk-canary"', "api_key", "in the file"),
        ('api_key = "${K}"', "api_key", "set from K"),
        ('api_key_env = "NONE"', "api_key_env", "not set: NONE"),
        ("", "api_key", "not set"),
    ],
)
def test_a_key_is_told_as_where_it_is_read(tmp_path: Path, text: str, path: str, words: str) -> None:
    found = in_force(written(tmp_path, f"[providers.mine]\n{text}\n"), {"K": "sk-canary"})
    told = {each.path: each.value for each in found}
    assert told["providers", "mine", path] == words
    assert "sk-canary" not in repr(found)
