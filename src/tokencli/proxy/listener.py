"""The listener: the sockets that `serve` waits on, bound before anything else is started."""

from __future__ import annotations

import errno
import socket
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING

from tokencli.domain.errors import NetworkError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

_BACKLOG = 2048
_LARGEST_PORT = 65535
_ATTEMPTS = 5
_NOT_HERE = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}
_FORBIDDEN = {errno.EACCES, errno.EPERM}


class WrongPortError(UsageError):
    """A port that no machine has."""

    def __init__(self, port: int | str) -> None:
        """Name it and the range there is."""
        super().__init__(f"{port} is no port: choose one from 1 to {_LARGEST_PORT}, or 0 for a free one.")


class UnknownHostError(UsageError):
    """A host that is no name or address of this machine."""

    def __init__(self, host: str, why: str) -> None:
        """Name it and the reason."""
        super().__init__(f"cannot listen on {host} ({why}): use 127.0.0.1, or an address of this machine.")


class PortInUseError(NetworkError):
    """A port that another program listens on."""

    def __init__(self, host: str, port: int) -> None:
        """Name both, and what to do."""
        super().__init__(
            f"port {port} on {host} is in use, perhaps by another 'tokencli serve': stop it, or choose with --port."
        )


class ForbiddenPortError(NetworkError):
    """A port that this user may not listen on."""

    def __init__(self, host: str, port: int) -> None:
        """Name both, and what to do."""
        super().__init__(f"this user may not listen on port {port} of {host}: choose one above 1023 with --port.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Bound sockets, all on one port; `addresses` are the IP addresses of them, `host` what the user wrote."""

    host: str
    port: int
    addresses: tuple[str, ...]
    sockets: tuple[socket.socket, ...]

    @property
    def base_url(self) -> str:
        """Return the URL that clients use, without a slash at its end: other machines' too where they can connect."""
        wildcard = self._wildcard
        return self._url(self.host if wildcard is None else _outward(wildcard) or _LOCAL[wildcard])

    @property
    def local_url(self) -> str | None:
        """Return the URL for this machine where every address of it is listened on; None where it is one alone."""
        return None if self._wildcard is None else self._url(_LOCAL[self._wildcard])

    @property
    def _wildcard(self) -> str | None:
        return next((address for address in self.addresses if address in _LOCAL), None)

    def _url(self, host: str) -> str:
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def close(self) -> None:
        """Let go of the port; twice does no harm."""
        for bound in self.sockets:
            bound.close()


_EVERYWHERE = {"", "*"}
_LOCAL = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  names what others bind, binds nothing
_FAR = {"0.0.0.0": "192.0.2.1", "::": "2001:db8::1"}  # noqa: S104  addresses that nobody has (RFC 5737, RFC 3849)
_DISCARD_PORT = 9


def port_of(text: str) -> int:
    """Return the port that somebody typed; raise WrongPortError when it is none."""
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(_LARGEST_PORT))):
        raise WrongPortError(text)
    return int(text)


def bind(host: str, port: int) -> Listener:
    """Bind every address of a host to a port; 0 takes one that is free.

    Raises:
        WrongPortError, UnknownHostError: they cannot be meant.
        PortInUseError, ForbiddenPortError: they cannot be had.
    """
    if not 0 <= port <= _LARGEST_PORT:
        raise WrongPortError(port)
    for _ in range(_ATTEMPTS - 1 if port == 0 else 0):
        with suppress(PortInUseError):
            return _bind_all(host, port)
    return _bind_all(host, port)


def _outward(wildcard: str) -> str | None:
    """Return the address with which this machine leaves for others; None where it has none that others could use."""
    family = socket.AF_INET6 if ":" in wildcard else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as nobody:
            nobody.connect((_FAR[wildcard], _DISCARD_PORT))  # a datagram socket sends nothing when it connects
            address = str(nobody.getsockname()[0])
    except OSError:
        return None
    plain = ip_address(address.partition("%")[0])
    return None if plain.is_loopback or plain.is_link_local or plain.is_unspecified else address


def _bind_all(host: str, port: int) -> Listener:
    bound: list[socket.socket] = []
    missing: OSError | None = None
    for family, address in _places(host, port):
        try:
            bound.append(_bind_one(family, address, bound[0].getsockname()[1] if bound else port))
        except OSError as error:
            if error.errno not in _NOT_HERE:
                _close_all(bound)
                raise _told(error, host, port) from error
            missing = error
    if missing is not None and not bound:
        raise _told(missing, host, port)
    places = [one.getsockname() for one in bound]
    return Listener(
        host=host, port=places[0][1], addresses=tuple(str(place[0]) for place in places), sockets=tuple(bound)
    )


def _close_all(bound: list[socket.socket]) -> None:
    for each in bound:
        each.close()


def _bind_one(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    one = socket.socket(family, socket.SOCK_STREAM)
    try:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        one.bind((address, port))
        one.listen(_BACKLOG)
    except OSError:
        one.close()
        raise
    return one


def _places(host: str, port: int) -> Iterator[tuple[socket.AddressFamily, str]]:
    try:
        found = socket.getaddrinfo(
            None if host in _EVERYWHERE else host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except (OSError, UnicodeError) as error:
        raise UnknownHostError(host, "it has no address") from error
    return iter(dict.fromkeys((family, str(place[0])) for family, _, _, _, place in found))


def _told(error: OSError, host: str, port: int) -> NetworkError | UsageError:
    if error.errno == errno.EADDRINUSE:
        return PortInUseError(host, port)
    if error.errno in _FORBIDDEN:
        return ForbiddenPortError(host, port)
    return UnknownHostError(host, error.strerror or str(error))
