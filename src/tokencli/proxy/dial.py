"""Dial: a new connection to a provider, straight or through a forward proxy, which sees no more than the host's name.

All addresses of a host are tried, the next one a quarter of a second after the one before it (RFC 8305).
"""

from __future__ import annotations

import asyncio
import re
import socket
from base64 import b64encode
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import unquote_to_bytes, urlsplit

import aiohappyeyeballs

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from tokencli.proxy.address import Origin
    from tokencli.proxy.line import Line

_NEXT_ADDRESS_S: Final = 0.25
_LONGEST_GREETING: Final = 64 * 1024
_PORTS: Final = {"http": 80, "https": 443}
_STATUS: Final = re.compile(rb"HTTP/1\.[01] (\d{3})")
_CONNECTED: Final = range(200, 300)


class ForwardProxyError(OSError):
    """A forward proxy that does not let a connection through."""

    def __init__(self, why: str) -> None:
        """Say what it answered."""
        super().__init__(f"the forward proxy {why}")


async def dialled(origin: Origin, tls: ssl.SSLContext, line: Callable[[], Line], *, way: str | None = None) -> Line:
    """Return a new line to an origin; `way` is the URL of a forward proxy.

    Raises:
        OSError: no connection came about, or its certificate is not good.
    """
    loop = asyncio.get_running_loop()
    if way is not None:
        return await _tunnelled(origin, tls, line(), way)
    bound = await _connected(origin.host, origin.port)
    name = origin.host if origin.is_tls else None
    _, made = await loop.create_connection(line, sock=bound, ssl=tls if origin.is_tls else None, server_hostname=name)
    return made


async def _connected(host: str, port: int) -> socket.socket:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return await aiohappyeyeballs.start_connection(  # pyright: ignore[reportUnknownMemberType] - a bare tuple in it
        found, happy_eyeballs_delay=_NEXT_ADDRESS_S, interleave=1
    )


async def _tunnelled(origin: Origin, tls: ssl.SSLContext, line: Line, way: str) -> Line:
    loop = asyncio.get_running_loop()
    parts = urlsplit(way if "://" in way else f"http://{way}")
    host, is_tls = parts.hostname or "", parts.scheme == "https"
    bound = await _connected(host, parts.port or _PORTS.get(parts.scheme, 0))
    transport, greeter = await loop.create_connection(
        _Greeter, sock=bound, ssl=tls if is_tls else None, server_hostname=host if is_tls else None
    )
    is_through = False
    try:
        named = f"[{origin.host}]" if ":" in origin.host else origin.host
        place = f"{named}:{origin.port}".encode("ascii")
        transport.write(b"CONNECT %b HTTP/1.1\r\nHost: %b\r\n%b\r\n" % (place, place, _login(parts.netloc)))
        await greeter.greeted
        made = await loop.start_tls(transport, line, tls, server_hostname=origin.host)
        line.connection_made(cast("asyncio.Transport", made))
        is_through = True
    finally:
        if not is_through:
            transport.abort()
    return line


def _login(netloc: str) -> bytes:
    """Return the header for a forward proxy that wants a name and a password, which stand in its URL."""
    login, _, _ = netloc.rpartition("@")
    return b"Proxy-Authorization: Basic %b\r\n" % b64encode(unquote_to_bytes(login)) if login else b""


class _Greeter(asyncio.Protocol):
    """Waits for a forward proxy to say that the connection stands."""

    def __init__(self) -> None:
        self.greeted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._came = b""

    def data_received(self, data: bytes) -> None:
        """Take in what the proxy says, to the end of its headers."""
        self._came += data
        is_all = b"\r\n\r\n" in self._came or len(self._came) > _LONGEST_GREETING
        if not is_all or self.greeted.done():
            return
        status = _STATUS.match(self._came)
        if status is not None and int(status[1]) in _CONNECTED:
            self.greeted.set_result(None)
        else:
            self.greeted.set_exception(
                ForwardProxyError("does not speak HTTP" if status is None else f"answered {int(status[1])}")
            )

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        if not self.greeted.done():
            self.greeted.set_exception(exc or ForwardProxyError("closed the connection"))
