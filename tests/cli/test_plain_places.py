"""The places are those that the full program finds."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tokencli.cli.globals import Globals
from tokencli.cli.plain_places import cache_directory, config_file, is_there, ledger_file, prices_file
from tokencli.config.document import UnreadableConfigError
from tokencli.config.places import BUILTIN, find_places
from tokencli.domain.plain import NotPlainError


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return an empty home of the user's, in whose directory of its own the test runs."""
    here, home = tmp_path / "here", tmp_path / "home"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("HOME", str(home))
    for name in ("TOKENCLI_HOME", "TOKENCLI_CONFIG", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    return home


def test_the_configuration_is_the_first_one_there_is(home: Path) -> None:
    def both() -> set[Path]:
        plain = Path(config_file(None, os.environ)).resolve()
        return {plain, find_places(os.environ, Path.cwd()).config_file.resolve()}

    assert both() == {BUILTIN.resolve()}
    for place in (home / ".config" / "tokencli", Path.cwd()):
        place.mkdir(parents=True, exist_ok=True)
        (place / "config.toml").touch()
        assert both() == {(place / "config.toml").resolve()}


def test_the_ledger_is_the_named_one_or_that_of_the_data_directory(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ledger_file(None, os.environ) == Globals().ledger_place == f"{home}/.local/share/tokencli/ledger.db"
    assert ledger_file("~/a.db", os.environ) == f"{home}/a.db"
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert ledger_file(None, os.environ) == Globals().ledger_place == "/data/tokencli/ledger.db"
    monkeypatch.setenv("TOKENCLI_HOME", "~/t")
    assert ledger_file(None, os.environ) == Globals().ledger_place == f"{home}/t/ledger.db"


@pytest.mark.usefixtures("home")
def test_a_place_that_cannot_be_looked_at_is_not_plain(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", f"/{'x' * 300}")
    with pytest.raises(NotPlainError):
        config_file(None, os.environ)
    with pytest.raises(UnreadableConfigError):
        find_places(os.environ, Path.cwd())
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    assert is_there(str(loop))
    for odd in (loop / "x", "a\0b"):
        with pytest.raises(NotPlainError):
            is_there(str(odd))
    (tmp_path / "file").touch()
    assert [is_there(str(tmp_path / name)) for name in ("file", "none", "file/x")] == [True, False, False]


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    "environ",
    [{}, {"XDG_CONFIG_HOME": "/c", "XDG_CACHE_HOME": "/d e"}, {"TOKENCLI_HOME": "~/t"}, {"TOKENCLI_HOME": "/t"}],
)
def test_prices_and_what_may_be_thrown_away_stand_where_they_are_found(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str]
) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    places = find_places(os.environ, Path.cwd())
    assert (prices_file(os.environ), cache_directory(os.environ)) == (str(places.prices_file), str(places.cache_dir))


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(("name", "value"), [("XDG_DATA_HOME", "data"), ("ANDROID_DATA", "/data")])
def test_where_a_library_is_needed_it_is_not_plain(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(NotPlainError):
        ledger_file(None, os.environ)
