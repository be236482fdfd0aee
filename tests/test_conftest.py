"""The walls around the tests stand."""

from __future__ import annotations

import os
import socket
import time
import urllib.request
from pathlib import Path

import pytest


def test_a_test_has_an_empty_home_of_its_own(home: Path) -> None:
    assert Path.home() == home
    assert not list(home.iterdir())
    assert Path(os.environ["TOKENCLI_HOME"]).is_relative_to(home)


def test_a_test_runs_at_utc() -> None:
    assert time.tzname[0] == "UTC"


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_other_hosts_are_refused(family: socket.AddressFamily) -> None:
    address = "192.0.2.1" if family == socket.AF_INET else "2001:db8::1"
    with socket.socket(family) as client:
        with pytest.raises(AssertionError, match=address):
            client.connect((address, 80))
        with pytest.raises(AssertionError, match=address):
            client.connect_ex((address, 80))


def test_names_of_other_hosts_are_not_looked_up() -> None:
    with pytest.raises(AssertionError, match=r"example\.invalid"):
        urllib.request.urlopen("http://example.invalid/")


def test_this_host_is_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()
