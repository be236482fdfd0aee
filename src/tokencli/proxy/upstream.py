"""Upstream: the one door to providers. Bytes leave as planned and come back as they came.

The HTTP client is told to leave everything alone: no headers of its own but Host and Content-Length, no redirects,
no cookies, no unpacking, no rewriting of URLs, no second try of a request that a provider may have seen.
"""

from __future__ import annotations

import ssl
import urllib.request
from http import HTTPStatus
from typing import TYPE_CHECKING, Self, cast
from urllib.parse import urlsplit

import aiohttp
from aiohttp import hdrs
from aiohttp.payload import BytesPayload, Payload
from multidict import CIMultiDict
from yarl import URL

from tokencli.proxy.faults import (
    CutAnswerError,
    NoAnswerError,
    ProviderFault,
    SilentProviderError,
    SlowConnectError,
    UnreachableError,
    UnsendableRequestError,
)
from tokencli.proxy.headers import first
from tokencli.proxy.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp.client_proto import ResponseHandler

Headers = list[tuple[bytes, bytes]]

CONNECT_S = 10.0
_IDLE_S = 30.0
_DNS_S = 60
_PROBE_S = 2.0
_BUFFER_BYTES = 64 * 1024
_LONGEST_HEADER_BYTES = 256 * 1024
_MOST_HEADERS = 1000
_INVENTED = ("Accept", "Accept-Encoding", "User-Agent", "Content-Type")
_FINAL_STATUSES = range(200, 600)
_LENGTH = b"content-length"
_INSTANCE = b"x-tokencli-instance"
_CUT, _TIMEOUT = "cut", "timeout"


class _Body(BytesPayload):
    """A request's body; unlike aiohttp's own it does not warn of large ones, which are in memory already."""

    def __init__(self, body: bytes) -> None:
        Payload.__init__(self, body, content_type="application/octet-stream")
        self._size = len(body)


_NOT_CONNECTED = (
    aiohttp.ClientConnectorError,
    aiohttp.ClientConnectorCertificateError,
    aiohttp.ClientHttpProxyError,
)


class Answer:
    """A provider's answer: status and raw headers are there, the body comes by `read`.

    `length` is the announced length of the body, None where its end is told otherwise. `is_by_close` says that the
    end of the connection is the end of the body, so that a cut cannot always be told from an end.
    """

    __slots__ = (
        "_content",
        "_cut",
        "_host",
        "_peeked",
        "_protocol",
        "_response",
        "headers",
        "is_by_close",
        "length",
        "status",
    )

    def __init__(self, response: aiohttp.ClientResponse, host: str, *, is_head: bool) -> None:
        """Take over a response whose headers have come."""
        self.status = response.status
        self.headers: Headers = list(response.raw_headers)
        self._response = response
        self._content = response.content
        self._host = host
        self._peeked = b""
        self._cut: CutAnswerError | None = None
        told = response.headers.get(hdrs.CONTENT_LENGTH)
        has_body = not is_head and self.status not in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}
        coding = response.headers.get(hdrs.TRANSFER_ENCODING)
        is_chunked = coding is not None and "chunked" in coding.lower()
        self.length = (int(told) if told and not is_chunked else None) if has_body else 0
        self.is_by_close = self.length is None and not is_chunked
        connection = response.connection
        self._protocol: ResponseHandler | None = connection.protocol if connection and self.is_by_close else None

    @property
    def is_whole(self) -> bool:
        """Tell whether all of the body has come."""
        return self._content.is_eof()

    async def read(self) -> bytes:
        """Return the next bytes of the body as soon as there are any; empty at its regular end.

        Raises:
            CutAnswerError: the body ended before its end, or the provider fell silent.
        """
        if self._peeked:
            chunk, self._peeked = self._peeked, b""
            return chunk
        if self._cut is not None:
            raise self._cut
        content = self._content
        try:
            chunk = await content.readany()
        except (aiohttp.ClientError, OSError) as fault:
            left = _left_behind(content)
            if left:
                return left
            raise self._broken(_TIMEOUT if isinstance(fault, TimeoutError) else _CUT) from fault
        if not chunk and self._protocol is not None and _was_reset(self._protocol):
            raise self._broken(_CUT)
        return chunk

    async def peek(self, limit: int) -> bytes:
        """Return the beginning of the body, all of it or at least `limit` bytes; `read` gives it again."""
        pieces: list[bytes] = []
        size = 0
        try:
            while size < limit and (chunk := await self.read()):
                pieces.append(chunk)
                size += len(chunk)
        except CutAnswerError as cut:
            self._cut = cut
        self._peeked = b"".join(pieces)
        return self._peeked

    def _broken(self, kind: str) -> CutAnswerError:
        self.close()
        self._cut = CutAnswerError(self._host, kind)
        return self._cut

    def close(self) -> None:
        """Let go: a connection whose body was read to its end is kept for the next call, any other is closed."""
        self._response.close()


class Upstream:
    """The connections to all providers; one for a process, inside a running event loop."""

    def __init__(self, environ: Mapping[str, str], *, connect_s: float = CONNECT_S) -> None:
        """Take the environment, which may name forward proxies, and the patience for a connection in seconds."""
        self._environ = environ
        self._connect_s = connect_s
        self._timeouts: dict[float, aiohttp.ClientTimeout] = {}
        self._ways: dict[str, str | None] = {}
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open the session; certificates are checked against the system's own."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0, keepalive_timeout=_IDLE_S, ttl_dns_cache=_DNS_S, ssl=ssl.create_default_context()
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=_INVENTED,
            read_bufsize=_BUFFER_BYTES,
            max_line_size=_LONGEST_HEADER_BYTES,
            max_field_size=_LONGEST_HEADER_BYTES,
            max_headers=_MOST_HEADERS,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close every connection."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def send(self, method: str, url: str, headers: Headers, body: bytes, *, wait_s: float) -> Answer:
        """Send a request; return when the answer's headers have come. `wait_s` is the longest silence in seconds.

        A connection that was refused is tried once more; whatever may have reached the provider is sent once.

        Raises:
            ProviderFault: no answer came.
            UnsendableRequestError: the request cannot be put on the wire as it stands.
        """
        host = urlsplit(url).netloc.rpartition("@")[2]
        try:
            named = _named(headers)
            try:
                response = await self._send(method, url, named, body, wait_s)
            except aiohttp.ClientConnectorError as fault:
                if not isinstance(fault.os_error, ConnectionError):
                    raise
                response = await self._send(method, url, named, body, wait_s)
        except (aiohttp.ClientError, OSError, ValueError) as fault:
            raise self._told(fault, host, wait_s) from fault
        if response.status not in _FINAL_STATUSES:
            response.close()
            raise NoAnswerError(host, f"status {response.status}")
        return Answer(response, host, is_head=method == "HEAD")

    def _told(self, fault: Exception, host: str, wait_s: float) -> ProviderFault:
        """Return what went wrong in our words."""
        if isinstance(fault, aiohttp.ConnectionTimeoutError):
            return SlowConnectError(host, self._connect_s)
        if isinstance(fault, _NOT_CONNECTED):
            return UnreachableError(host, _why(fault))
        if isinstance(fault, TimeoutError):
            return SilentProviderError(host, wait_s)
        if isinstance(fault, ValueError):
            return UnsendableRequestError(str(fault))
        return NoAnswerError(host, _why(fault))

    async def probe(self, url: str) -> str | None:
        """Fetch a URL without any key; return the x-tokencli-instance header of its answer, None without one."""
        try:
            answer = await self.send("GET", url, [], b"", wait_s=_PROBE_S)
        except Refusal:
            return None
        answer.close()
        return first(answer.headers, _INSTANCE)

    async def _send(
        self, method: str, url: str, headers: CIMultiDict[str], body: bytes, wait_s: float
    ) -> aiohttp.ClientResponse:
        session = cast("aiohttp.ClientSession", self._session)
        return await session.request(
            method,
            URL(url, encoded=True),
            headers=headers,
            data=_Body(body) if body else None,
            allow_redirects=False,
            timeout=self._timeout(wait_s),
            proxy=self._way(url),
        )

    def _timeout(self, wait_s: float) -> aiohttp.ClientTimeout:
        found = self._timeouts.get(wait_s)
        if found is None:
            found = aiohttp.ClientTimeout(total=None, connect=self._connect_s, sock_read=wait_s)
            self._timeouts[wait_s] = found
        return found

    def _way(self, url: str) -> str | None:
        """Return the forward proxy that the environment names for a URL's host, as other programs read it.

        None for a URL without TLS: a forward proxy would see the key of a call that it only has to pass on.
        """
        scheme, _, rest = url.partition("://")
        origin = f"{scheme}://{rest.partition('/')[0]}"
        if origin not in self._ways:
            self._ways[origin] = _forward_proxy(origin, self._environ)
        return self._ways[origin]


def _forward_proxy(origin: str, environ: Mapping[str, str]) -> str | None:
    parts = urlsplit(origin)
    if parts.scheme != "https":
        return None
    name = f"{parts.scheme}_proxy"
    found = environ.get(name) or environ.get(name.upper())
    exempt = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    if not found or urllib.request.proxy_bypass_environment(parts.netloc, {"no": exempt}):  # type: ignore[attr-defined]
        return None
    return found


def _named(headers: Headers) -> CIMultiDict[str]:
    """Return the headers, whose names are lower case, as aiohttp takes them, which writes text as UTF-8.

    The length is said by the body itself.
    """
    return CIMultiDict((name.decode(), value.decode()) for name, value in headers if name != _LENGTH)


def _why(fault: BaseException) -> str:
    """Return what happened, in the system's words where it has any."""
    cause = getattr(fault, "os_error", None) or fault
    return getattr(cause, "strerror", None) or str(cause) or type(cause).__name__


def _was_reset(protocol: ResponseHandler) -> bool:
    fault = protocol.exception()
    return isinstance(fault, OSError) and not isinstance(fault, aiohttp.ServerDisconnectedError)


def _left_behind(content: aiohttp.StreamReader) -> bytes:
    """Return bytes that had come before an error: aiohttp tells the error first and would lose them."""
    fault = content.exception()
    content.set_exception(cast("BaseException", None))
    left = content.read_nowait()
    if fault is not None:
        content.set_exception(fault)
    return left
