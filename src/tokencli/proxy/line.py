"""Line: one HTTP/1.1 connection to a provider, and the answers that come over it, one after the other.

Bytes go out as they are given, and an answer's bytes are handed on as they came: nothing is unpacked, folded or
repeated. A line that nobody reads from is not read any further, so that a slow client slows its provider down.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, cast

import httptools

from tokencli.proxy.faults import CutAnswerError, NoAnswerError, SilentProviderError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tokencli.proxy.headers import Headers

LONGEST_HEAD_BYTES: Final = 256 * 1024
_BUFFER_BYTES: Final = 128 * 1024
_JOINED_BYTES: Final = 64 * 1024  # a larger body is not copied to stand behind its head
_INTERIM: Final = frozenset({100, *range(102, 200)})
_FINAL: Final = range(200, 600)
_BODYLESS: Final = frozenset({204, 304})
_LENGTH, _CODING = b"content-length", b"transfer-encoding"
_CUT, _TIMEOUT = "cut", "timeout"


class Answer:
    """A provider's answer: status and raw headers are there, the body comes by `read`.

    `length` is the announced length of the body, None where its end is told otherwise. `is_by_close` says that the
    end of the connection is the end of the body, so that a cut cannot always be told from an end.
    """

    __slots__ = (
        "_cut",
        "_line",
        "_peeked",
        "_pieces",
        "_size",
        "_waiter",
        "headers",
        "is_by_close",
        "is_whole",
        "length",
        "status",
    )

    def __init__(self, line: Line, status: int, headers: Headers, *, has_body: bool) -> None:
        """Begin with the head alone. `is_whole` tells whether all of the body has come."""
        self.status = status
        self.headers = headers
        self.is_whole = False
        length, is_chunked = _framing(headers)
        self.length = (None if is_chunked else length) if has_body else 0
        self.is_by_close = self.length is None and not is_chunked
        self._line: Line | None = line
        self._pieces: list[bytes] = []
        self._size = 0
        self._peeked = b""
        self._cut: CutAnswerError | None = None
        self._waiter: asyncio.Future[None] | None = None

    async def read(self) -> bytes:
        """Return the next bytes of the body as soon as there are any; empty at its regular end.

        Raises:
            CutAnswerError: the body ended before its end, or the provider fell silent.
        """
        if self._peeked:
            chunk, self._peeked = self._peeked, b""
            return chunk
        if not self._pieces and self._line is not None:
            self._waiter = self._line.awaited()
            try:
                await self._waiter
            finally:
                self._waiter = None
        if self._pieces:
            return self._taken()
        if self._cut is not None:
            raise self._cut
        return b""

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

    def close(self) -> None:
        """Let go: a connection whose body has come to its end is kept for the next call, any other is closed."""
        line, self._line = self._line, None
        if line is not None:
            line.close()

    def add(self, piece: bytes) -> bool:
        """Take a piece of the body in; say whether so much waits to be read that no more should come."""
        self._pieces.append(piece)
        self._size += len(piece)
        self._wake()
        return self._size > _BUFFER_BYTES

    @property
    def is_awaited(self) -> bool:
        """Tell whether somebody waits for more of the body."""
        return self._waiter is not None

    def end(self, cut: CutAnswerError | None = None) -> None:
        """Take the end of the body in, the regular one or the one that it should not have."""
        self._line = None
        self._cut = cut
        self.is_whole = cut is None
        self._wake()

    def _taken(self) -> bytes:
        pieces, self._pieces, self._size = self._pieces, [], 0
        if self._line is not None:
            self._line.resume()
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class Line(asyncio.Protocol):
    """A connection that carries one request at a time; `idle_since` is when its last answer ended."""

    def __init__(self, host: str, on_free: Callable[[Line], None]) -> None:
        """Take the provider's name for sentences, and who is told when the line may carry another request."""
        self.idle_since = 0.0
        self.is_open = False
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._host = host
        self._on_free = on_free
        self._loop = asyncio.get_running_loop()
        self._transport = cast("asyncio.Transport", None)
        self._parser = httptools.HttpResponseParser(self)
        self._parser.set_dangerous_leniencies(
            lenient_headers=True, lenient_optional_cr_before_lf=True, lenient_spaces_after_chunk_size=True
        )
        self._waiter: asyncio.Future[Answer] | None = None
        self._answer: Answer | None = None
        self._headers: Headers = []
        self._head_bytes = 0
        self._is_head = False
        self._is_paused = False
        self._wait_s = 0.0
        self._since = 0.0
        self._queued: int = 0
        self._timer: asyncio.TimerHandle | None = None

    async def ask(self, head: bytes, body: bytes, *, wait_s: float, is_head: bool) -> Answer:
        """Send a request; return when the head of its answer has come. `wait_s` is the longest silence in seconds.

        Raises:
            NoAnswerError: the connection ended, or what came was no answer.
            SilentProviderError: nothing came in time.
        """
        self._wait_s = wait_s
        self._is_head = is_head
        self._head_bytes = 0
        waiter: asyncio.Future[Answer] = self._loop.create_future()
        self._waiter = waiter
        if len(body) <= _JOINED_BYTES:
            self._transport.write(head + body)
        else:
            self._transport.writelines((head, body))
        self._expect()
        is_told = False
        try:
            answer = await waiter
            is_told = True
        finally:
            if not is_told:
                self._forget(waiter)
        return answer

    def awaited(self) -> asyncio.Future[None]:
        """Return what an answer waits with for more of its body; from now on silence is counted."""
        self._expect()
        return self._loop.create_future()

    def resume(self) -> None:
        """Read on after a pause."""
        if self._is_paused:
            self._is_paused = False
            self._transport.resume_reading()

    def close(self) -> None:
        """Close the connection at once."""
        if self.is_open:
            self.is_open = False
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin without a request."""
        self._transport = cast("asyncio.Transport", transport)
        self.is_open = True

    def data_received(self, data: bytes) -> None:
        """Read on; what nobody asked for ends the line."""
        if self._waiter is None and self._answer is None:
            self.close()
            return
        self._since = self._loop.time()
        if self._waiter is not None:
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.close()
        except httptools.HttpParserError as error:
            self._fail(str(error), _CUT)
        else:
            if self._waiter is not None and self._head_bytes > LONGEST_HEAD_BYTES:
                self._fail("its headers are too long", _CUT)

    def connection_lost(self, exc: Exception | None) -> None:
        """End the answer that was under way; the end of the connection may be its regular one."""
        self.is_open = False
        if self._timer is not None:
            self._timer.cancel()
        answer = self._answer
        if answer is not None and answer.is_by_close and exc is None:
            self._answer = None
            answer.end()
        self._fail("it closed the connection" if exc is None else str(exc) or type(exc).__name__, _CUT)
        if not self.gone.done():
            self.gone.set_result(None)

    def on_message_begin(self) -> None:
        """Begin an answer, or one that comes before it; one that nobody asked for ends the line."""
        self._headers = []
        if self._waiter is None:
            self.close()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header in; what comes behind a chunked body is left out."""
        if self._waiter is not None:
            self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Hand the answer over, its body to come; interim ones are passed over."""
        status = self._parser.get_status_code()
        waiter = self._waiter
        if waiter is None or status in _INTERIM:
            return
        if status not in _FINAL:
            self._fail(f"status {status}", _CUT)
            return
        if waiter.done():
            self.close()
            return
        self._waiter = None
        has_body = not self._is_head and status not in _BODYLESS
        self._answer = Answer(self, status, self._headers, has_body=has_body)
        waiter.set_result(self._answer)
        if self._is_head:
            self._end()

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body in; read no further while too much of it waits."""
        if self._answer is not None and self._answer.add(body) and not self._is_paused:
            self._is_paused = True
            self._transport.pause_reading()

    def on_message_complete(self) -> None:
        """End the answer."""
        if self._answer is not None:
            self._end()

    def _end(self) -> None:
        """End the answer regularly, and keep the connection where another request may follow on it."""
        answer, self._answer = self._answer, None
        if answer is not None:
            answer.end()
        self.resume()
        # The parser waits for the body of an answer to HEAD; a request that is still leaving was not wanted whole.
        if self._is_head or not self._parser.should_keep_alive() or self._transport.get_write_buffer_size():
            self.close()
        elif self.is_open:
            self.idle_since = self._loop.time()
            self._on_free(self)

    def _forget(self, waiter: asyncio.Future[Answer]) -> None:
        """Close the line whose asker went away, unless it carries another request already."""
        if self._waiter is waiter:
            self._waiter = None
            self.close()
        elif not waiter.cancelled() and waiter.exception() is None:
            waiter.result().close()

    def _fail(self, why: str, kind: str) -> None:
        """End what is under way in an error, and the line."""
        waiter, self._waiter = self._waiter, None
        answer, self._answer = self._answer, None
        if waiter is not None and not waiter.done():
            silent = SilentProviderError(self._host, self._wait_s)
            waiter.set_exception(silent if kind is _TIMEOUT else NoAnswerError(self._host, why))
        if answer is not None:
            answer.end(CutAnswerError(self._host, kind))
        self.close()

    def _expect(self) -> None:
        """Count silence from now on. One timer serves many waits: it looks again at its end."""
        self._since = self._loop.time()
        self._queued = self._transport.get_write_buffer_size()
        if self._timer is not None and self._timer.when() > self._since + self._wait_s:
            self._timer.cancel()
            self._timer = None
        if self._timer is None:
            self._timer = self._loop.call_later(self._wait_s, self._look)

    def _look(self) -> None:
        """Give up a provider that has been silent too long; one that still takes in the request is not silent."""
        self._timer = None
        if self._waiter is None and (self._answer is None or not self._answer.is_awaited):
            return
        queued = self._transport.get_write_buffer_size()
        if queued != self._queued:
            self._queued, self._since = queued, self._loop.time()
        left_s = self._since + self._wait_s - self._loop.time()
        if left_s <= 0:
            self._fail("", _TIMEOUT)
        else:
            self._timer = self._loop.call_later(left_s, self._look)


def _framing(headers: Headers) -> tuple[int | None, bool]:
    """Return the announced length of a body, None where none is, and whether the body comes in chunks."""
    length, is_chunked = None, False
    for name, value in headers:
        size = len(name)
        if size == len(_LENGTH) and name.lower() == _LENGTH:
            length = int(value)
        elif size == len(_CODING) and name.lower() == _CODING:
            is_chunked = is_chunked or b"chunked" in value.lower()
    return length, is_chunked
