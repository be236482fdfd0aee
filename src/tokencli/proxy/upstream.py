"""Upstream: the one door to providers. Bytes leave as planned and come back as they came.

Nothing is added to a request but Host and Content-Length, and nothing is done behind anybody's back: no redirects,
no cookies, no unpacking, no rewriting of URLs, no second try of a request that a provider may have seen.
"""

from __future__ import annotations

import asyncio
import ssl
import urllib.request
from functools import partial
from typing import TYPE_CHECKING, Final, Self

from tokencli.proxy.address import address_of
from tokencli.proxy.dial import dialled
from tokencli.proxy.faults import SlowConnectError, UnreachableError, UnsendableRequestError
from tokencli.proxy.headers import first
from tokencli.proxy.line import Line
from tokencli.proxy.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tokencli.proxy.address import Address, Origin
    from tokencli.proxy.headers import Headers
    from tokencli.proxy.line import Answer

CONNECT_S: Final = 10.0
_IDLE_S: Final = 30.0
_PROBE_S: Final = 2.0
_CLOSE_S: Final = 1.0
_INSTANCE: Final = b"x-tokencli-instance"
_LENGTH, _LOGIN = b"content-length", b"authorization"
_WITHOUT_BODY: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_BROKEN_LINE: Final = "a line end in a header, or a space in its URL"


class Upstream:
    """The connections to all providers; one for a process, inside a running event loop."""

    def __init__(self, environ: Mapping[str, str], *, connect_s: float = CONNECT_S) -> None:
        """Take the environment, which may name forward proxies, and the patience for a connection in seconds.

        Certificates are checked against the system's own.
        """
        self._environ = environ
        self._connect_s = connect_s
        self._tls = ssl.create_default_context()
        self._ways: dict[Origin, str | None] = {}
        self._free: dict[Origin, list[Line]] = {}
        self._lines: set[Line] = set()
        self._sweep: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        """Do nothing yet: connections are made when they are wanted, and kept."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close every connection."""
        if self._sweep is not None:
            self._sweep.cancel()
        lines = list(self._lines)
        for line in lines:
            line.close()
        if lines:
            await asyncio.wait([line.gone for line in lines], timeout=_CLOSE_S)

    async def send(self, method: str, url: str, headers: Headers, body: bytes, *, wait_s: float) -> Answer:
        """Send a request; return when the answer's headers have come. `wait_s` is the longest silence in seconds.

        A connection that was refused is tried once more; whatever may have reached the provider is sent once.

        Raises:
            ProviderFault: no answer came.
            UnsendableRequestError: the request cannot be put on the wire as it stands.
        """
        address = address_of(url)
        head = _head(method, address, headers, len(body))
        line = self._idle(address.origin) or await self._new(address)
        return await line.ask(head, body, wait_s=wait_s, is_head=method == "HEAD")

    async def probe(self, url: str) -> str | None:
        """Fetch a URL without any key; return the x-tokencli-instance header of its answer, None without one."""
        try:
            answer = await self.send("GET", url, [], b"", wait_s=_PROBE_S)
        except Refusal:
            return None
        answer.close()
        return first(answer.headers, _INSTANCE)

    def _idle(self, origin: Origin) -> Line | None:
        """Return a connection that is open and waits for a request, the one that was used last."""
        free = self._free.get(origin)
        while free:
            line = free.pop()
            if line.is_open:
                return line
        return None

    async def _new(self, address: Address) -> Line:
        try:
            async with asyncio.timeout(self._connect_s):
                try:
                    return await self._dialled(address)
                except ConnectionError:
                    return await self._dialled(address)
        except TimeoutError as fault:
            raise SlowConnectError(address.shown, self._connect_s) from fault
        except (OSError, UnicodeError) as fault:
            raise UnreachableError(address.shown, _why(fault)) from fault

    async def _dialled(self, address: Address) -> Line:
        origin = address.origin
        make = partial(Line, address.shown, partial(self._take_back, origin))
        line = await dialled(origin, self._tls, make, way=self._way(origin))
        self._lines.add(line)
        line.gone.add_done_callback(lambda _: self._lines.discard(line))
        return line

    def _take_back(self, origin: Origin, line: Line) -> None:
        """Keep a line for the next request."""
        self._free.setdefault(origin, []).append(line)
        if self._sweep is None:
            self._sweep = asyncio.get_running_loop().call_later(_IDLE_S, self._sweep_out)

    def _sweep_out(self) -> None:
        """Close the connections that nobody has used for a while."""
        loop = asyncio.get_running_loop()
        oldest = loop.time() - _IDLE_S
        for origin, free in list(self._free.items()):
            for line in free:
                if line.idle_since <= oldest:
                    line.close()
            self._free[origin] = kept = [line for line in free if line.is_open]
            if not kept:
                del self._free[origin]
        self._sweep = loop.call_later(_IDLE_S / 2, self._sweep_out) if self._free else None

    def _way(self, origin: Origin) -> str | None:
        """Return the forward proxy that the environment names for a host, as other programs read it.

        None without TLS: a forward proxy would see the key of a call that it only has to pass on.
        """
        if not origin.is_tls:
            return None
        if origin not in self._ways:
            self._ways[origin] = _forward_proxy(origin, self._environ)
        return self._ways[origin]


def _head(method: str, address: Address, headers: Headers, size: int) -> bytes:
    """Return the request line and headers as they go over the wire; the length is said by the body itself.

    Raises:
        UnsendableRequestError: a line end stands where none may.
    """
    lines = [b"%b %b HTTP/1.1\r\nHost: %b\r\n" % (method.encode(), address.target, address.host)]
    lines += [b"%b: %b\r\n" % pair for pair in headers if pair[0] != _LENGTH]
    if address.login and all(name != _LOGIN for name, _ in headers):
        lines.append(b"Authorization: %b\r\n" % address.login)
    if size or method not in _WITHOUT_BODY:
        lines.append(b"Content-Length: %d\r\n" % size)
    lines.append(b"\r\n")
    head = b"".join(lines)
    n_lines = len(lines) + 1
    if not head.count(b"\r") == head.count(b"\n") == n_lines or b"\0" in head or b" " in address.target:
        raise UnsendableRequestError(_BROKEN_LINE)
    return head


def _forward_proxy(origin: Origin, environ: Mapping[str, str]) -> str | None:
    found = environ.get("https_proxy") or environ.get("HTTPS_PROXY")
    exempt = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    netloc = f"[{origin.host}]:{origin.port}" if ":" in origin.host else f"{origin.host}:{origin.port}"
    if not found or urllib.request.proxy_bypass_environment(netloc, {"no": exempt}):  # type: ignore[attr-defined]
        return None
    return found


def _why(fault: BaseException) -> str:
    """Return what happened, in the system's words where it has any."""
    return getattr(fault, "strerror", None) or str(fault) or type(fault).__name__
