import errno
import os
import socket
from typing import Any
from urllib.parse import urlsplit

import pytest

from tokencli.domain.errors import ExitCode
from tokencli.proxy.listener import (
    ForbiddenPortError,
    Listener,
    PortInUseError,
    UnknownHostError,
    WrongPortError,
    bind,
    port_of,
)


def test_port_0_takes_a_free_one_and_tells_it() -> None:
    listener = bind("127.0.0.1", 0)
    try:
        assert listener.port > 0
        assert listener.addresses == ("127.0.0.1",)
        assert listener.base_url == f"http://127.0.0.1:{listener.port}"
        socket.create_connection(("127.0.0.1", listener.port)).close()
    finally:
        listener.close()


def test_localhost_is_bound_at_each_of_its_addresses_on_one_port() -> None:
    listener = bind("localhost", 0)
    try:
        assert {place.getsockname()[1] for place in listener.sockets} == {listener.port}
        assert listener.base_url == f"http://localhost:{listener.port}"
    finally:
        listener.close()


def test_a_port_in_use_is_one_sentence_with_exit_code_5() -> None:
    listener = bind("127.0.0.1", 0)
    try:
        with pytest.raises(PortInUseError, match=f"port {listener.port} on 127.0.0.1 is in use") as caught:
            bind("127.0.0.1", listener.port)
        assert caught.value.exit_code is ExitCode.NETWORK
    finally:
        listener.close()


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_no_machine_has_is_wrong_usage(port: int) -> None:
    with pytest.raises(WrongPortError) as caught:
        bind("127.0.0.1", port)
    assert caught.value.exit_code is ExitCode.USAGE


@pytest.mark.parametrize("text", ["", "http", "-1", "8000x", "1e3", "\u0663", "999999"])
def test_what_is_typed_for_a_port_must_be_a_number(text: str) -> None:
    assert port_of("0") == 0
    with pytest.raises(WrongPortError, match="is no port"):
        port_of(text)


class Route(socket.socket):
    """A socket that tells the address `way` for a datagram's way out, and none when there is no way."""

    way: str | None = None

    def connect(self, address: Any) -> None:
        """Connect on this machine only."""
        if self.type != socket.SOCK_DGRAM:
            super().connect(address)
        elif self.way is None:
            raise OSError(errno.ENETUNREACH, "no way")

    def getsockname(self) -> Any:
        """Return the way out of a datagram."""
        return super().getsockname() if self.type != socket.SOCK_DGRAM else (self.way, 40000)


@pytest.mark.parametrize("host", ["", "*"])
def test_every_address_without_a_way_out_is_named_as_this_machine_reaches_it(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "socket", Route)
    listener = bind(host, 0)
    try:
        assert set(listener.addresses) <= {"0.0.0.0", "::"}  # noqa: S104  what is compared was bound on purpose
        assert listener.base_url in {f"http://127.0.0.1:{listener.port}", f"http://[::1]:{listener.port}"}
        assert listener.local_url == listener.base_url
        parts = urlsplit(listener.base_url)
        socket.create_connection((parts.hostname or "", listener.port), timeout=5).close()
    finally:
        listener.close()


@pytest.mark.parametrize(
    ("wildcard", "way", "url"),
    [
        ("0.0.0.0", "192.168.1.5", "http://192.168.1.5:8000"),  # noqa: S104  binds nothing
        ("0.0.0.0", "127.0.0.1", "http://127.0.0.1:8000"),  # noqa: S104  binds nothing
        ("0.0.0.0", "169.254.7.7", "http://127.0.0.1:8000"),  # noqa: S104  binds nothing
        ("::", "2001:db8::5", "http://[2001:db8::5]:8000"),
        ("::", "fe80::5%eth0", "http://[::1]:8000"),
    ],
)
def test_every_address_is_named_by_the_one_that_leads_out(
    wildcard: str, way: str, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "socket", Route)
    monkeypatch.setattr(Route, "way", way)
    listener = Listener(host="0", port=8000, addresses=(wildcard,), sockets=())
    assert listener.base_url == url
    assert listener.local_url in {"http://127.0.0.1:8000", "http://[::1]:8000"}


def test_one_address_is_named_as_it_was_written_and_no_other() -> None:
    listener = bind("127.0.0.1", 0)
    listener.close()
    assert (listener.base_url, listener.local_url) == (f"http://127.0.0.1:{listener.port}", None)


def test_an_address_of_another_machine_is_wrong_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(socket.AF_INET, 1, 6, "", ("192.0.2.1", 0))])
    with pytest.raises(UnknownHostError, match=r"cannot listen on 192\.0\.2\.1") as caught:
        bind("192.0.2.1", 0)
    assert caught.value.exit_code is ExitCode.USAGE


def test_a_host_without_an_address_is_wrong_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*_: object, **__: object) -> None:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", nothing)
    with pytest.raises(UnknownHostError, match="it has no address"):
        bind("nowhere.example", 0)


def test_a_port_that_is_not_for_this_user_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> None:
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr(socket.socket, "bind", forbidden)
    with pytest.raises(ForbiddenPortError, match="may not listen on port 80"):
        bind("127.0.0.1", 80)


def test_an_address_that_this_machine_lacks_is_left_out_when_there_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    places = [(socket.AF_INET, 1, 6, "", ("192.0.2.1", 0)), (socket.AF_INET, 1, 6, "", ("127.0.0.1", 0))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: places)
    listener = bind("localhost", 0)
    listener.close()
    assert listener.addresses == ("127.0.0.1",)
