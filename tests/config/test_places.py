from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from tokencli.config.document import UnreadableConfigError
from tokencli.config.places import BUILTIN, candidates, find_places


@pytest.fixture
def base(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def work(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


def write(path: Path) -> Path:
    path.write_text("", encoding="utf-8")
    return path


def test_the_home_holds_everything(base: Path, work: Path) -> None:
    places = find_places({"TOKENCLI_HOME": str(base)}, work)
    assert (places.prices_file, places.ledger_file) == (base / "prices.toml", base / "ledger.db")
    assert places.cache_dir == base / "cache"
    assert places.is_builtin


def test_each_configuration_goes_before_the_next(base: Path, work: Path) -> None:
    environ = {"TOKENCLI_HOME": str(base)}
    assert find_places(environ, work).config_file == BUILTIN
    users = write(base / "config.toml")
    assert find_places(environ, work).config_file == users
    local = write(work / "config.toml")
    assert find_places(environ, work).config_file == local
    named = write(work / "named.toml")
    assert find_places({**environ, "TOKENCLI_CONFIG": "named.toml"}, work).config_file == named
    option = write(work / "option.toml")
    found = find_places({**environ, "TOKENCLI_CONFIG": "named.toml"}, work, str(option))
    assert found.config_file == option
    assert not found.is_builtin


@pytest.mark.parametrize(("environ", "option"), [({"TOKENCLI_CONFIG": "gone.toml"}, None), ({}, "gone.toml")])
def test_a_file_that_was_named_must_be_there(
    base: Path, work: Path, environ: dict[str, str], option: str | None
) -> None:
    with pytest.raises(UnreadableConfigError, match=r"^gone.toml cannot be read: there is no such file\.$"):
        find_places({"TOKENCLI_HOME": str(base), **environ}, work, option)


def test_without_a_home_the_system_says_where(work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONFIG", "DATA", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    places = find_places({}, work)
    assert places.config_dir == tmp_path / "config" / "tokencli"
    assert places.ledger_file == tmp_path / "data" / "tokencli" / "ledger.db"
    assert places.cache_dir == tmp_path / "cache" / "tokencli"


def test_a_directory_is_no_configuration(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    with pytest.raises(UnreadableConfigError, match="x cannot be read: it is a directory"):
        find_places({"TOKENCLI_HOME": str(tmp_path)}, tmp_path, "x")


def test_a_configuration_that_may_not_be_looked_at_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, **_: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self))

    monkeypatch.setattr(Path, "stat", refuse)
    for config in ("x.toml", None):
        with pytest.raises(UnreadableConfigError, match=r"\.toml cannot be read: permission denied\."):
            find_places({"TOKENCLI_HOME": str(tmp_path)}, tmp_path, config)


def test_a_home_of_nobody_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UnreadableConfigError, match="there is no such user"):
        find_places({}, tmp_path, "~nobody-of-that-name/config.toml")


def test_every_place_is_told_and_the_used_one_is_marked(base: Path, work: Path) -> None:
    write(base / "config.toml")
    environ = {"TOKENCLI_HOME": str(base)}
    assert candidates(environ, work) == [
        ("--config", None, False, False),
        ("TOKENCLI_CONFIG", None, False, False),
        ("./config.toml", work / "config.toml", False, False),
        ("yours", base / "config.toml", True, True),
        ("built in", BUILTIN, True, False),
    ]
    write(work / "named.toml")
    found = candidates({**environ, "TOKENCLI_CONFIG": "named.toml"}, work)
    assert [(each.name, each.path) for each in found if each.is_used] == [("TOKENCLI_CONFIG", work / "named.toml")]
    found = candidates(environ, work, "named.toml")
    assert [each.name for each in found if each.is_used] == ["--config"]
    with pytest.raises(UnreadableConfigError):
        candidates(environ, work, "gone.toml")
