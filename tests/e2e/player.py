"""A provider that plays recorded answers byte for byte, cut into pieces that no network would spare us."""

from __future__ import annotations

import asyncio
import gzip
import random
import threading
import zlib
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import zstandard

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

brotli: Any = import_module("brotli")  # it has no type hints
_ENCODE = {
    "gzip": partial(gzip.compress, mtime=0),
    "br": brotli.compress,
    "zstd": zstandard.compress,
    "deflate": zlib.compress,
}
_SMALL = 600


def body_of(record: dict[str, Any]) -> bytes:
    """Return an answer's body as it went over the wire, compressed where it was."""
    body = (record["response_body"] or "").encode()
    encode = _ENCODE.get(record["response_encoding_original"] or "")
    return encode(body) if encode else body


def pieces(body: bytes, seed: str) -> list[bytes]:
    """Return the body cut at places that the seed decides: whole, byte by byte, or anywhere."""
    chance = random.Random(seed)  # noqa: S311 - the same cuts on every run are wanted, not secrets
    kind = chance.randrange(3)
    if kind == 0 or not body:
        return [body] if body else []
    if kind == 1 and len(body) <= _SMALL:
        return [body[at : at + 1] for at in range(len(body))]
    edges = sorted({0, len(body), *(chance.randrange(len(body)) for _ in range(min(40, len(body))))})
    return [body[start:end] for start, end in pairwise(edges)]


class Player:
    """The provider; `seen` keeps (method, path with query, headers in lower case, body) of each request."""

    def __init__(self, records: Mapping[str, dict[str, Any]]) -> None:
        self.port = 0
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []
        self._records = records

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                await self._answer_one(head, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer_one(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first, *lines = head.decode("latin-1").rstrip().split("\r\n")
        method, path, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.seen.append((method, path, headers, body))
        record = self._records.get(parse_qs(urlsplit(path).query).get("record", [""])[0])
        if record is None:
            writer.write(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")
            return
        answer = body_of(record)
        told = [f"HTTP/1.1 {record['status'] or 200} Recorded", f"content-type: {record['response_content_type']}"]
        if record["response_encoding_original"] in _ENCODE:
            told.append(f"content-encoding: {record['response_encoding_original']}")
        is_chunked = bool(record["streaming"]) or len(answer) % 2 == 0
        told.append("transfer-encoding: chunked" if is_chunked else f"content-length: {len(answer)}")
        writer.write(("\r\n".join(told) + "\r\n\r\n").encode("latin-1"))
        for piece in pieces(answer, record["id"]):
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece) if is_chunked else piece)
            await writer.drain()
            await asyncio.sleep(0)
        if is_chunked:
            writer.write(b"0\r\n\r\n")
        await writer.drain()


@contextmanager
def playing(records: Mapping[str, dict[str, Any]]) -> Generator[Player]:
    """Run a player on a free port of 127.0.0.1, in a thread of its own."""
    player = Player(records)
    loop = asyncio.new_event_loop()
    stopping = asyncio.Event()
    started = threading.Event()

    async def run() -> None:
        server = await asyncio.start_server(player.answer, "127.0.0.1", 0)
        async with server:
            player.port = server.sockets[0].getsockname()[1]
            started.set()
            await stopping.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),))
    thread.start()
    try:
        assert started.wait(10)
        yield player
    finally:
        loop.call_soon_threadsafe(stopping.set)
        thread.join()
        loop.close()
