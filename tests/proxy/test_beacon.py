"""A proxy is known by its port while it runs, and not a moment longer."""

from __future__ import annotations

import socket

import pytest

from tokencli.proxy import beacon
from tokencli.proxy.beacon import is_lit, lit

pytestmark = pytest.mark.skipif(not beacon.HAS_BEACONS, reason="only Linux has sockets without a file")


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def test_a_port_is_known_while_its_proxy_runs(port: int) -> None:
    assert is_lit(port) is False
    with lit(port):
        assert is_lit(port) is True
        assert is_lit(port - 1) is False
    assert is_lit(port) is False


def test_a_second_proxy_on_the_same_port_takes_nothing_away(port: int) -> None:
    with lit(port):
        with lit(port):
            assert is_lit(port) is True
        assert is_lit(port) is True


def test_where_there_are_no_such_sockets_nothing_is_known(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beacon, "HAS_BEACONS", False)
    with lit(port):
        assert is_lit(port) is None
