"""A provider that costs next to nothing: it answers OpenAI-style chat calls with the same bytes every time.

A plain answer has about 1 KB. A stream has 50 events, each written in a turn of the event loop of its own, so that a
proxy gets them one by one. A model called "held" begins its stream and never ends it. GET /count/X tells how many calls
have come whose path begins with /X/.
`python -m bench.proxy_provider CERTIFICATE KEY` prints two ports: one is plain, the other speaks TLS.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
from collections import Counter
from typing import TYPE_CHECKING, ClassVar, cast

import uvloop

if TYPE_CHECKING:
    from collections.abc import Sequence

EVENTS = 50
HELD = b'"held"'
_HEADERS_END = b"\r\n\r\n"
_LENGTH = b"\r\ncontent-length:"
_LAST_CHUNK = b"0\r\n\r\n"
_STREAMED = (b'"stream":true', b'"stream": true')
_USAGE = {"prompt_tokens": 12, "completion_tokens": 50, "total_tokens": 62}


def answer() -> bytes:
    """Return a plain answer, its headers included."""
    message = {"role": "assistant", "content": "x" * 700}
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "gpt-4o-mini",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": _USAGE,
    }
    return _whole("application/json", _json(body))


def stream(events: int = EVENTS) -> list[bytes]:
    """Return the pieces of a streamed answer, one an event, the headers with the first; the last two tell its end."""
    words = _event(choices=[_choice("some words ", None)])
    stop = _event(choices=[_choice("", "stop")])
    pieces = [*[words] * (events - 3), stop, _event(choices=[], usage=_USAGE)]
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    return [head + pieces[0], *pieces[1:], _chunk(b"data: [DONE]\n\n") + _LAST_CHUNK]


def _choice(content: str, reason: str | None) -> dict[str, object]:
    return {"index": 0, "delta": {"content": content}, "finish_reason": reason}


def _event(**told: object) -> bytes:
    about = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o-mini"}
    return _chunk(b"data: %b\n\n" % _json({**about, **told}))


def _json(value: object) -> bytes:
    """Return JSON without spaces, as most providers write it."""
    return json.dumps(value, separators=(",", ":")).encode()


def _chunk(event: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(event), event)


def _whole(kind: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


class Provider(asyncio.Protocol):
    """One connection to the provider."""

    calls: ClassVar[Counter[bytes]] = Counter()
    _answer, _stream = answer(), stream()

    def __init__(self) -> None:
        """Begin with nothing received."""
        self._received = b""
        self._transport: asyncio.Transport | None = None
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what answers are written to."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Write no more."""
        del exc
        self._transport = None

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        self._received += data
        while request := self._taken():
            self._reply(*request)

    def _taken(self) -> tuple[bytes, bytes] | None:
        """Return the first complete request's headers and body, None when there is none."""
        end = self._received.find(_HEADERS_END)
        if end < 0:
            return None
        head, start = self._received[:end], end + len(_HEADERS_END)
        lower = head.lower()
        if b"transfer-encoding: chunked" in lower:
            last = self._received.find(_LAST_CHUNK, start)
            stop = last + len(_LAST_CHUNK) if last >= 0 else sys.maxsize
        else:
            told = lower.partition(_LENGTH)[2].partition(b"\r\n")[0]
            stop = start + int(told or 0)
        if len(self._received) < stop:
            return None
        body, self._received = self._received[start:stop], self._received[stop:]
        return head, body

    def _reply(self, head: bytes, body: bytes) -> None:
        path = head.split(b" ", 2)[1].split(b"/")
        if head.startswith(b"GET "):
            self._write(_whole("application/json", b"%d" % self.calls[path[-1]]))
            return
        self.calls[path[1]] += 1
        if not any(each in body for each in _STREAMED):
            self._write(self._answer)
        elif HELD in body:
            self._write(self._stream[0])
        else:
            self._play(self._stream, 0)

    def _play(self, pieces: Sequence[bytes], at: int) -> None:
        self._write(pieces[at])
        if self._transport is not None and at + 1 < len(pieces):
            self._loop.call_soon(self._play, pieces, at + 1)

    def _write(self, piece: bytes) -> None:
        if self._transport is not None:
            self._transport.write(piece)


async def _serve(certificate: str, key: str) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    loop = asyncio.get_running_loop()
    plain = await loop.create_server(Provider, "127.0.0.1", 0, backlog=4096)
    packed = await loop.create_server(Provider, "127.0.0.1", 0, backlog=4096, ssl=context)
    print(*(server.sockets[0].getsockname()[1] for server in (plain, packed)), flush=True)
    await asyncio.gather(plain.serve_forever(), packed.serve_forever())


if __name__ == "__main__":
    uvloop.run(_serve(*sys.argv[1:]))
