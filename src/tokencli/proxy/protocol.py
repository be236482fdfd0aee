"""The HTTP protocol of a connection: uvicorn's on httptools, with deadlines and limits of our own.

A client that is slow to finish its request is let go at the deadline, one that sends too much is told so and not
read to the end. Timers exist only while a request is incomplete, so a request that comes in one piece costs none.
An answer can be broken off: the client then sees a broken connection and never a clean end.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, cast

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from tokencli.proxy.refusals import (
    BodyTooLargeError,
    BrokenRequestError,
    HeadersTooLargeError,
    Refusal,
    SlowRequestError,
    family_of,
    refusal_body,
    refusal_headers,
)

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from uvicorn.config import Config
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
    from uvicorn.server import ServerState

_WEBSOCKET = b"websocket"
_LIVE_PATH = b"/ws"
_OFFER = {b"connection", b"upgrade", b"http2-settings"}
_VERSIONS = {"1.0", "1.1"}
ABORT = "tokencli.abort"
GONE = "tokencli.gone"
_LINGER_S = 2.0
_BETWEEN_NAME_AND_VALUE = 4
# Sent one byte a chunk, a body takes six times its size. What is beyond that is chunk extensions or trailers without
# an end, which no limit of the parser holds; the rest is one reading's worth, and the headers in it.
_WIRE_FACTOR = 8
_WIRE_SPARE_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a client may take: seconds and bytes.

    `header_timeout_s` runs from the connection, or from a later request's first byte, to the end of the headers;
    `body_timeout_s` between two pieces of a body; `keep_alive_s` from an answer's end to the next request.
    """

    header_timeout_s: float = 10.0
    body_timeout_s: float = 30.0
    keep_alive_s: float = 75.0
    max_request_bytes: int = 64 * 1024 * 1024
    max_header_bytes: int = 64 * 1024


class _Part(Enum):
    """Which part of a request is awaited; OFFERED is a request that may as well be spoken in another protocol."""

    NONE = auto()
    HEADERS = auto()
    BODY = auto()
    OFFERED = auto()
    REFUSED = auto()


class GatedProtocol(HttpToolsProtocol):
    """One connection within limits.

    The scope's extension `tokencli.abort` breaks the answer off when called; `tokencli.gone` takes what is to be
    called when the client has gone.
    """

    limits = Limits()

    def __init__(self, config: Config, server_state: ServerState, app_state: dict[str, Any]) -> None:
        """Begin with nothing received."""
        super().__init__(config=config, server_state=server_state, app_state=app_state)
        self.url = b""
        self._part = _Part.HEADERS
        self._header_bytes = self._body_bytes = self._wire_bytes = 0
        self._since_s = self.loop.time()
        self._offer: list[tuple[bytes, bytes]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._on_gone: Callable[[], None] | None = None
        self._is_lost = False
        self._successor: asyncio.Protocol | None = None
        self._extensions: Any = {ABORT: self.break_off, GONE: self.tell_when_gone}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the first headers."""
        super().connection_made(cast("asyncio.Transport", transport))
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._unwatch()
        self._extensions = None
        self._is_lost = True
        super().connection_lost(exc)
        if self._on_gone is not None:
            self._on_gone()
            self._on_gone = None

    def data_received(self, data: bytes) -> None:
        """Read on; a request that is refused is read no more."""
        if self._part is _Part.REFUSED:
            return
        before = self._part
        rest = memoryview(data)
        while rest:
            rest = rest[self._feed(rest) :]
            if self._successor is not None:
                self._successor.data_received(bytes(rest))
                return
        self._received(len(data), is_further=self._part is not before)

    def _feed(self, data: bytes | memoryview) -> int:
        """Let the parser read, and return how far it came: to the end, or to that of headers that offer a protocol."""
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            if self._part is _Part.OFFERED:
                self._decline()
                return int(upgrade.args[0])
        except httptools.HttpParserError:
            self.send_400_response("")
        return len(data)

    def _received(self, n_bytes: int, *, is_further: bool) -> None:
        """See after a piece what is awaited now, and until when."""
        if self._part is _Part.REFUSED:
            return
        if is_further:
            self._unwatch()
        if self._part is _Part.BODY:
            self._since_s = self.loop.time()
            self._wire_bytes += n_bytes
            if self._wire_bytes > _WIRE_FACTOR * self._body_bytes + _WIRE_SPARE_BYTES:
                self._refuse(BrokenRequestError())
                return
        elif self._part is _Part.HEADERS:
            self._header_bytes += n_bytes
            if self._header_bytes > self.limits.max_header_bytes:
                self._refuse(HeadersTooLargeError(self.limits.max_header_bytes))
                return
        self._watch()

    def on_message_begin(self) -> None:
        """Begin a request."""
        if self._part is _Part.REFUSED:
            return
        self._unset_keepalive_if_required()
        super().on_message_begin()
        self._part = _Part.HEADERS
        self._header_bytes = self._body_bytes = self._wire_bytes = 0
        self._since_s = self.loop.time()

    def on_url(self, url: bytes) -> None:
        """Take a piece of the request's target."""
        if self._part is _Part.HEADERS:
            super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header, and count it."""
        if self._part is not _Part.HEADERS:
            return
        self._header_bytes += len(name) + len(value) + _BETWEEN_NAME_AND_VALUE
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Start the app, or refuse what is too large to be read."""
        if self._part is not _Part.HEADERS:
            return
        self._unset_keepalive_if_required()
        if not self._is_readable():
            self._refuse(BrokenRequestError())
        elif self.parser.should_upgrade():
            self._part = _Part.OFFERED
        elif self._header_bytes + len(self.url) > self.limits.max_header_bytes:
            self._refuse(HeadersTooLargeError(self.limits.max_header_bytes))
        elif self._announced_bytes() > self.limits.max_request_bytes:
            self._refuse(BodyTooLargeError(self.limits.max_request_bytes))
        else:
            self.scope["extensions"] = self._extensions
            self.headers += self._offer
            self._offer = []
            self._part = _Part.BODY
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body, and count it."""
        if self._part is not _Part.BODY:
            return
        self._body_bytes += len(body)
        if self._body_bytes > self.limits.max_request_bytes:
            self._refuse(BodyTooLargeError(self.limits.max_request_bytes))
            return
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request: nothing more is awaited."""
        if self._part is not _Part.BODY:
            return
        self._part = _Part.NONE
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer bytes that are no HTTP."""
        del msg
        if self._part is not _Part.REFUSED:
            self._refuse(BrokenRequestError())

    def _is_readable(self) -> bool:
        """Say whether version and target can be served; the host of a whole URL counts, whatever Host says."""
        version, url = self.parser.get_http_version(), self.url
        if version not in _VERSIONS:
            return False
        self.expect_100_continue = self.expect_100_continue and version != "1.0"
        if url.startswith(b"/") or url == b"*" or self.parser.get_method() == b"CONNECT":
            return True
        authority, slash, _ = url.partition(b"://")[2].partition(b"/")
        self.headers[:] = [(name, authority if name == b"host" else value) for name, value in self.headers]
        return bool(slash) and b"?" not in authority and b"#" not in authority

    def _decline(self) -> None:
        """Read headers again as if they offered no other protocol; the parser would take the body for another request.

        The app still sees that a WebSocket was asked for; an offer of HTTP/2 may be left unanswered.
        """
        method, version = self.parser.get_method(), self.parser.get_http_version()
        if method == b"CONNECT":
            self._refuse(BrokenRequestError())
            return
        if self._is_live_page(method):
            self._unwatch()
            self.scope["method"] = "GET"
            self.handle_websocket_upgrade()
            self._successor = cast("asyncio.Protocol", self.transport.get_protocol())
            return
        self._offer = [(b"upgrade", _WEBSOCKET)] if self._get_upgrade() == _WEBSOCKET else []
        kept = [b"%b: %b\r\n" % header for header in self.headers if header[0] not in _OFFER]
        if not self.parser.should_keep_alive():
            kept.append(b"connection: close\r\n")
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn's own: it reads no further
        self._feed(b"%b %b HTTP/%b\r\n%b\r\n" % (method, self.url, version.encode(), b"".join(kept)))

    def _is_live_page(self, method: bytes) -> bool:
        """Say whether this is the WebSocket of the live page, the only one there is; it comes alone and first."""
        path = self.url.partition(b"?")[0]
        is_alone = self._open_cycle() is None and not self.pipeline
        return is_alone and method == b"GET" and path == _LIVE_PATH and self._get_upgrade() == _WEBSOCKET

    def _announced_bytes(self) -> int:
        told = next((value for name, value in self.headers if name == b"content-length"), b"0")
        return int(told)

    @property
    def is_answering(self) -> bool:
        """Say whether a request is being answered."""
        return self._open_cycle() is not None

    def tell_when_gone(self, on_gone: Callable[[], None] | None) -> None:
        """Call this when the client is gone, at once if it is already; None calls nothing.

        It is cheaper than a task that waits for it.
        """
        self._on_gone = on_gone
        if on_gone is not None and self._is_lost:
            on_gone()

    def break_off(self) -> None:
        """Close the connection in the middle of an answer; what was sent so far is still delivered."""
        cycle = self._open_cycle()
        if cycle is None:
            return
        _let_go(cycle)
        self._part = _Part.REFUSED
        self._close_within(_LINGER_S)
        self.transport.close()

    def mute(self) -> None:
        """Write no more of an answer; the app that makes it is about to be cancelled."""
        cycle = self._open_cycle()
        if cycle is not None:
            cycle.disconnected = True

    def _refuse(self, refusal: Refusal) -> None:
        """Answer a request that is not read any further, and close. An answer under way is not mixed with it.

        What comes after whole requests, a body that no header announced say, takes no answer from those.
        """
        is_begun, self._part = self._part is _Part.BODY, _Part.REFUSED
        cycle = self._open_cycle()
        if cycle is not None and not is_begun:
            self._unwatch()
            cycle.keep_alive = False
            return
        if self.pipeline or (cycle is not None and cycle.response_started):
            self.transport.abort()
            return
        if cycle is not None:
            _let_go(cycle)
        elif is_begun:
            self.transport.close()
            return
        self.transport.write(_raw_answer(self.url, refusal))
        self._close_within(_LINGER_S)
        self.flow.resume_reading()
        self.transport.write_eof()

    def _open_cycle(self) -> RequestResponseCycle | None:
        """Return the request that is being answered, None between two requests and before the first."""
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return None if cycle is None or cycle.response_complete else cycle

    def _close_within(self, limit_s: float) -> None:
        """Give the client time to read what was written: closing on unread bytes would take the answer away."""
        self._unwatch()
        self._timer = self.loop.call_later(limit_s, self.transport.abort)

    def _watch(self) -> None:
        """See that a timer runs while something is awaited, and none else."""
        if self._part is _Part.NONE:
            self._unwatch()
        elif self._timer is None:
            self._timer = self.loop.call_later(self._limit_s, self._look)

    def _unwatch(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    @property
    def _limit_s(self) -> float:
        return self.limits.body_timeout_s if self._part is _Part.BODY else self.limits.header_timeout_s

    def _look(self) -> None:
        """Let a client go whose time is up; one that waits for us has time."""
        self._timer = None
        if self.flow.read_paused or (self._part is _Part.HEADERS and self._open_cycle() is not None):
            self._since_s = self.loop.time()
        left_s = self._since_s + self._limit_s - self.loop.time()
        if left_s > 0:
            self._timer = self.loop.call_later(left_s, self._look)
        elif self._part is _Part.HEADERS and not self._header_bytes:
            self.transport.close()
        else:
            part = "body" if self._part is _Part.BODY else "headers"
            self._refuse(SlowRequestError(part, self._limit_s))


def _let_go(cycle: RequestResponseCycle) -> None:
    """Let the app see that its client is gone, and tell that one no more."""
    cycle.disconnected = True
    cycle.waiting_for_100_continue = False
    cycle.message_event.set()


def _raw_answer(target: bytes, refusal: Refusal) -> bytes:
    body = refusal_body(family_of(target.decode("latin-1")), refusal)
    headers = [*refusal_headers(refusal, body), (b"connection", b"close")]
    lines = b"".join(b"%b: %b\r\n" % header for header in headers)
    return b"%b%b\r\n%b" % (STATUS_LINE[refusal.status], lines, body)


def protocol_class(limits: Limits) -> type[GatedProtocol]:
    """Return the protocol with limits of its own: uvicorn makes one object of it for each connection."""
    return type("BoundProtocol", (GatedProtocol,), {"limits": limits})
