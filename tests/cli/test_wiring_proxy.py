import os
from pathlib import Path

import pytest

from tests.cli.running import config_for, serve
from tests.proxy.fake_provider import in_thread
from tokencli.cli.globals import Globals, from_environment
from tokencli.cli.wiring_proxy import ProxyGoneError, running_proxy, usual_url
from tokencli.config.settings import load_settings

TOKEN = "0123456789" * 2


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return config_for(tmp_path, "http://127.0.0.1:1")


def test_a_running_proxy_is_found_and_known_to_write_the_same_ledger(config: Path) -> None:
    with serve(config) as running:
        found = running_proxy(from_environment(), port=running.port)
        assert found is not None
        assert (found.base_url, found.is_same_ledger, found.needs_token) == (running.base_url, True, False)
        assert found.health["status"] == "ok"
        assert "mistral" in [each["name"] for each in found.ask("/api/providers")["providers"]]
        with pytest.raises(ProxyGoneError, match="status 404"):
            found.ask("/api/nothing")


def test_the_port_of_config_toml_is_looked_at_where_none_is_told(config: Path) -> None:
    with serve(config) as running:
        config.write_text(f"[server]\nport = {running.port}\n", encoding="utf-8")
        found = running_proxy(Globals(config=str(config)))
        assert found is not None
        assert found.port == running.port


@pytest.mark.parametrize(
    ("host", "url"),
    [("127.0.0.1", "http://127.0.0.1:8123"), ("::", "http://[::1]:8123"), ("::1", "http://[::1]:8123")],
)
def test_the_usual_address_is_that_of_config_toml(host: str, url: str, tmp_path: Path) -> None:
    place = tmp_path / "config.toml"
    place.write_text(f'[server]\nhost = "{host}"\nport = 8123\n', encoding="utf-8")
    assert usual_url(load_settings(place)) == url


def test_a_proxy_of_another_ledger_is_known_as_such(config: Path, tmp_path: Path) -> None:
    with serve(config, "--db", str(tmp_path / "other.db")) as running:
        found = running_proxy(from_environment(), port=running.port)
        assert found is not None
        assert not found.is_same_ledger


def test_a_proxy_behind_a_token_is_found_with_and_without_it(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(config, "--token", TOKEN) as running:
        shut = running_proxy(from_environment(), port=running.port)
        assert shut is not None
        assert (shut.needs_token, shut.health, shut.token) == (True, {}, None)
        monkeypatch.setitem(os.environ, "TOKENCLI_TOKEN", TOKEN)
        let_in = running_proxy(from_environment(), port=running.port)
        assert let_in is not None
        assert (let_in.needs_token, let_in.is_same_ledger, let_in.token) == (True, True, TOKEN)
        assert TOKEN not in repr(let_in)


def test_nothing_and_another_program_are_no_proxy() -> None:
    with in_thread() as other:
        assert running_proxy(from_environment(), port=other.port) is None
    assert running_proxy(from_environment(), port=1) is None


def test_a_proxy_that_has_gone_is_said_to_have(config: Path) -> None:
    with serve(config) as running:
        found = running_proxy(from_environment(), port=running.port)
        assert found is not None
        running.process.terminate()
        running.ended()
        with pytest.raises(ProxyGoneError, match="does not answer"):
            found.ask("/health")
