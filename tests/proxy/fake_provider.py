"""A provider on a loopback port that answers from a script and can misbehave: cut, reset, stall, dawdle, zip.

It speaks HTTP/1.1 over bare sockets, so that every byte of its answers is the test's, and it logs every byte it got.
Run it in the test's own event loop (`async with FakeProvider() as provider`) or in a thread (`with in_thread()`).
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import socket
import struct
import threading
from collections import deque
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

Headers = tuple[tuple[bytes, bytes], ...]

_BACKLOG = 4096
_LARGEST_HEAD = 1 << 20
_LINGER_OFF = struct.pack("ii", 1, 0)
JSON = ((b"Content-Type", b"application/json"),)
SSE = ((b"Content-Type", b"text/event-stream"),)


class Framing(Enum):
    """How the end of a body is told."""

    LENGTH = "content-length"
    CHUNKED = "chunked"
    CLOSE = "close"
    NONE = "none"


class Ending(Enum):
    """What happens after the last piece, or at `cut_after`."""

    WHOLE = "whole"
    FIN = "fin"
    RESET = "reset"
    STALL = "stall"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scripted:
    """One answer. Each piece is written by itself, `pause_s` apart, in a chunk of its own where bodies are chunked.

    `cut_after` bytes of the body are sent before a FIN, a RESET or a STALL; with -1 not even the head is. Behind
    `held_after` pieces, 0 for the head alone, the rest waits for `release`.
    """

    status: int = 200
    reason: bytes = b"OK"
    headers: Headers = JSON
    pieces: tuple[bytes, ...] = ()
    framing: Framing = Framing.LENGTH
    ending: Ending = Ending.WHOLE
    cut_after: int | None = None
    delay_s: float = 0.0
    pause_s: float = 0.0
    before: bytes = b""
    keeps_open: bool = True
    held_after: int | None = None
    release: asyncio.Event | None = None

    @property
    def body(self) -> bytes:
        """Return the body in one piece."""
        return b"".join(self.pieces)

    def cut(self, after: int, ending: Ending = Ending.FIN) -> Scripted:
        """Return the same answer, cut off after so many bytes of its body."""
        return replace(self, cut_after=after, ending=ending)

    def zipped(self, size: int = 0) -> Scripted:
        """Return the same answer gzipped, in pieces of `size` bytes, or in one."""
        packed = gzip.compress(self.body)
        headers = (*self.headers, (b"Content-Encoding", b"gzip"))
        return replace(self, pieces=split(packed, size) if size else (packed,), headers=headers)


def json_answer(value: object, status: int = 200, reason: bytes = b"OK") -> Scripted:
    """Return an answer that is one JSON body."""
    return Scripted(status=status, reason=reason, pieces=(json.dumps(value).encode(),))


def stream_answer(*events: bytes, pause_s: float = 0.0) -> Scripted:
    """Return an answer that is a chunked stream of events, one piece each."""
    return Scripted(headers=SSE, pieces=events, framing=Framing.CHUNKED, pause_s=pause_s)


def split(body: bytes, size: int) -> tuple[bytes, ...]:
    """Return a body in pieces of `size` bytes."""
    return tuple(body[at : at + size] for at in range(0, len(body), size))


@dataclass(slots=True)
class Received:
    """One request as it came; `raw` is every byte of it."""

    method: str
    target: str
    headers: list[tuple[bytes, bytes]]
    body: bytes
    raw: bytes
    connection: int
    answered: bool = False
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def path(self) -> str:
        """Return the target without its query."""
        return self.target.partition("?")[0]

    async def gone_or(self, wait_s: float) -> bool:
        """Wait until the caller has gone, so many seconds at most; return whether it has."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self.gone.wait()
        return self.gone.is_set()

    def all(self, name: bytes) -> list[bytes]:
        """Return every value of a header."""
        return [value for key, value in self.headers if key.lower() == name]

    def one(self, name: bytes) -> bytes | None:
        """Return a header's value, None when it is not there."""
        found = self.all(name)
        return found[0] if found else None


class FakeProvider:
    """Answers from its script by path; the last answer of a path is given again and again."""

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Received] = []
        self.connections = 0
        self.port = 0
        self.choose: Callable[[Received], Scripted] | None = None
        self._tls = tls
        self._scripts: dict[str, deque[Scripted]] = {}
        self._default = json_answer({"error": {"message": "nothing is scripted here"}}, 404, b"Not Found")
        self._server: asyncio.Server | None = None
        self._lines: set[asyncio.Task[None]] = set()
        self._arrived = asyncio.Condition()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", 0, limit=_LARGEST_HEAD, backlog=_BACKLOG, ssl=self._tls
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        lines = list(self._lines)
        for line in lines:
            line.cancel()
        await asyncio.gather(*lines, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        """Return the base URL, without a slash at its end."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def script(self, path: str, *answers: Scripted) -> None:
        """Say how a path answers: one after the other, the last one again and again."""
        self._scripts[path] = deque(answers)

    def script_all(self, *answers: Scripted) -> None:
        """Say how every path without a script of its own answers."""
        self._scripts["*"] = deque(answers)

    async def received(self, count: int = 1) -> Received:
        """Wait until so many requests have come; return the newest of them."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: len(self.requests) >= count)
        return self.requests[count - 1]

    def _answer(self, request: Received) -> Scripted:
        if self.choose is not None:
            return self.choose(request)
        script = self._scripts.get(request.path) or self._scripts.get("*")
        if script is None:
            return self._default
        return script.popleft() if len(script) > 1 else script[0]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        line = asyncio.current_task()
        assert line is not None
        self._lines.add(line)
        sock: socket.socket = writer.get_extra_info("socket")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            while (request := await _read_request(reader, number)) is not None:
                self.requests.append(request)
                async with self._arrived:
                    self._arrived.notify_all()
                if not await _Line(reader, writer, request).give(self._answer(request)):
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._lines.discard(line)
            writer.transport.abort() if writer.is_closing() else writer.close()


class _Line:
    """The side of one connection that answers one request."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: Received) -> None:
        self._reader = reader
        self._writer = writer
        self._request = request

    async def give(self, answer: Scripted) -> bool:
        """Write an answer; return whether the connection takes another request."""
        if answer.delay_s:
            await asyncio.sleep(answer.delay_s)
        has_body = self._request.method != "HEAD" and answer.status not in {204, 304}
        if answer.cut_after is None or answer.cut_after >= 0:
            self._writer.write(answer.before + _head(answer))
            if has_body:
                await self._body(answer)
        if answer.ending is Ending.STALL:
            await self._until_gone()
            return False
        if answer.ending is Ending.RESET:
            await _settled(self._writer)
            sock: socket.socket = self._writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_OFF)
            self._writer.transport.abort()
            return False
        if answer.ending is Ending.FIN or answer.framing is Framing.CLOSE:
            self._request.answered = answer.ending is Ending.WHOLE
            await self._writer.drain()
            return False
        await self._writer.drain()
        self._request.answered = True
        return answer.keeps_open

    async def _body(self, answer: Scripted) -> None:
        left = len(answer.body) if answer.cut_after is None else answer.cut_after
        for number, piece in enumerate(answer.pieces):
            if number and answer.pause_s:
                await asyncio.sleep(answer.pause_s)
            if number == answer.held_after and answer.release is not None:
                await _settled(self._writer)
                await answer.release.wait()
            part = piece[:left]
            left -= len(part)
            if part:
                self._writer.write(b"%x\r\n%b\r\n" % (len(part), part) if answer.framing is Framing.CHUNKED else part)
                await _settled(self._writer)
            if left <= 0 and answer.cut_after is not None:
                return
        if answer.framing is Framing.CHUNKED and answer.ending is Ending.WHOLE:
            self._writer.write(b"0\r\n\r\n")

    async def _until_gone(self) -> None:
        with contextlib.suppress(ConnectionError):
            while await self._reader.read(1 << 16):
                pass
        self._request.gone.set()


async def _settled(writer: asyncio.StreamWriter) -> None:
    """Let written bytes leave by themselves, so that the next ones come as another piece."""
    if writer.is_closing():
        raise ConnectionResetError
    await writer.drain()
    await asyncio.sleep(0)


def _head(answer: Scripted) -> bytes:
    lines = [b"HTTP/1.1 %d %b" % (answer.status, answer.reason)]
    lines += [b"%b: %b" % pair for pair in answer.headers]
    if answer.framing is Framing.LENGTH and answer.status not in {204, 304}:
        lines.append(b"Content-Length: %d" % len(answer.body))
    elif answer.framing is Framing.CHUNKED:
        lines.append(b"Transfer-Encoding: chunked")
    elif answer.framing is Framing.CLOSE:
        lines.append(b"Connection: close")
    return b"\r\n".join(lines) + b"\r\n\r\n"


async def _read_request(reader: asyncio.StreamReader, connection: int) -> Received | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head[:-4].split(b"\r\n")
    method, target, _ = first.decode("latin-1").split(" ", 2)
    headers = [(name, value.strip()) for name, _, value in (line.partition(b":") for line in lines)]
    found = {name.lower(): value for name, value in headers}
    body, raw = b"", head
    if found.get(b"transfer-encoding", b"").lower() == b"chunked":
        body, more = await _read_chunks(reader)
        raw += more
    elif length := int(found.get(b"content-length", b"0")):
        body = await reader.readexactly(length)
        raw += body
    return Received(method=method, target=target, headers=headers, body=body, raw=raw, connection=connection)


async def _read_chunks(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    parts: list[bytes] = []
    raw: list[bytes] = []
    while True:
        line = await reader.readuntil(b"\r\n")
        size = int(line.partition(b";")[0], 16)
        chunk = await reader.readexactly(size + 2)
        raw += [line, chunk]
        if not size:
            return b"".join(parts), b"".join(raw)
        parts.append(chunk[:-2])


@contextlib.contextmanager
def in_thread(*, tls: ssl.SSLContext | None = None) -> Iterator[FakeProvider]:
    """Run a provider in a thread with an event loop of its own; `script` and `choose` may be set at any time."""
    ready, done = threading.Event(), threading.Event()
    providers: list[FakeProvider] = []
    loops: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def run() -> None:
        ending = asyncio.Event()
        async with FakeProvider(tls=tls) as provider:
            providers.append(provider)
            loops.append((asyncio.get_running_loop(), ending))
            ready.set()
            await ending.wait()

    def work() -> None:
        try:
            asyncio.run(run())
        finally:
            ready.set()
            done.set()

    thread = threading.Thread(target=work, name="fake provider", daemon=True)
    thread.start()
    ready.wait()
    try:
        yield providers[0]
    finally:
        loop, ending = loops[0]
        loop.call_soon_threadsafe(ending.set)
        thread.join()
