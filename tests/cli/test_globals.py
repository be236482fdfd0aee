"""Where the ledger and the config are, and which zone holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from tokencli.cli.globals import BadTagError, Globals, config_directory, data_directory, tag_pairs


def test_home_moves_data_and_config_together(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TOKENCLI_HOME", str(tmp_path))
    assert data_directory() == config_directory() == tmp_path
    assert Globals().ledger_place == str(tmp_path / "ledger.db")


def test_without_home_data_and_config_are_in_the_users_directories(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TOKENCLI_HOME", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    monkeypatch.setenv("XDG_CONFIG_HOME", "/config")
    assert data_directory() == Path("/data/tokencli")
    assert config_directory() == Path("/config/tokencli")


def test_a_named_ledger_is_taken_as_it_is() -> None:
    assert Globals(db="sqlite:///x.db").ledger_place == "sqlite:///x.db"


@pytest.mark.parametrize("zone", [None, "", "local"])
def test_no_zone_and_local_are_the_machines_own(zone: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Paris")
    assert Globals(zone=zone).zone_name == "Europe/Paris"
    assert Globals(zone="Asia/Tokyo").zone_name == "Asia/Tokyo"


def test_tags_are_pairs() -> None:
    assert tag_pairs(None) == {}
    assert tag_pairs(["team=search", "note=a=b", "empty="]) == {"team": "search", "note": "a=b", "empty": ""}


@pytest.mark.parametrize("text", ["team", "=search", ""])
def test_a_tag_that_is_no_pair_is_refused(text: str) -> None:
    with pytest.raises(BadTagError, match="KEY=VALUE"):
        tag_pairs(["a=b", text])
