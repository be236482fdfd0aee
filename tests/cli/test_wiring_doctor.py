"""What `doctor` looks at, with a real proxy, another program in its place, and wrong own prices."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.cli.running import config_for, serve
from tests.services.checkup.hosts import host
from tokencli.cli.globals import Globals
from tokencli.cli.wiring_doctor import look
from tokencli.domain.checkup import CheckLine, Part, State

if TYPE_CHECKING:
    from pathlib import Path


def lines_of(config: Path, part: Part) -> list[CheckLine]:
    lines = look(Globals(config=str(config)), is_offline=True, heard=lambda _done, _of: None)
    return [line for line in lines if line.part is part]


def with_port(config: Path, port: str | int) -> Path:
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("[server]\n", f"[server]\nport = {port}\n"), encoding="utf-8")
    return config


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return config_for(tmp_path, "http://127.0.0.1:1")


def test_a_proxy_that_runs_is_seen_and_the_clients_that_lead_to_it(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "claude"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    with serve(config) as running:
        monkeypatch.setitem(os.environ, "PATH", str(tmp_path))
        monkeypatch.setitem(os.environ, "ANTHROPIC_BASE_URL", running.base_url)
        with_port(config, running.port)
        (proxy,) = lines_of(config, Part.PROXY)
        client = lines_of(config, Part.CLIENT)[0]
    assert proxy.state is State.OK
    assert proxy.message.startswith(f"runs at {running.base_url}, version ")
    assert (client.name, client.state) == ("claude", State.OK)


def test_another_program_in_the_proxys_place_is_seen(config: Path) -> None:
    with host() as other:
        (line,) = lines_of(with_port(config, other.url.rpartition(":")[2]), Part.PROXY)
    assert line.message == f"another program listens at {other.url}"


def test_wrong_own_prices_are_a_problem_of_the_configuration(config: Path, home: Path) -> None:
    prices = home / "tokencli" / "prices.toml"
    prices.parent.mkdir(parents=True, exist_ok=True)
    prices.write_text("nonsense = 1\n", encoding="utf-8")
    (line,) = lines_of(config, Part.CONFIG)
    assert (line.state, str(prices) in line.message) == (State.PROBLEM, True)
