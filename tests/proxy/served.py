"""An app served on a free port of this machine, and raw conversations with it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Self

from starlette.types import ASGIApp, Receive, Scope, Send

from tokencli.proxy.listener import Listener, bind
from tokencli.proxy.protocol import Limits
from tokencli.proxy.server import Observer, Server, Stopped


@dataclass
class Served:
    """A running server, and what it told."""

    listener: Listener
    server: Server
    bugs: list[BaseException] = field(default_factory=list[BaseException])
    stopping: list[int] = field(default_factory=list[int])
    stopped: Stopped | None = None

    async def opened(self) -> "Conversation":
        """Open a connection."""
        return Conversation(*await asyncio.open_connection("127.0.0.1", self.listener.port))

    async def asked(self, sent: bytes) -> bytes:
        """Send bytes on a connection of their own; return everything that comes until the server closes it."""
        async with await self.opened() as talk:
            talk.writer.write(sent)
            return await talk.rest()


@dataclass
class Conversation:
    """One connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()
        with suppress(ConnectionError):
            await self.writer.wait_closed()

    async def rest(self) -> bytes:
        """Return what comes until the server closes the connection, cleanly or not."""
        got = bytearray()
        with suppress(ConnectionError):
            while piece := await self.reader.read(65536):
                got += piece
        return bytes(got)


@asynccontextmanager
async def serving(app: ASGIApp, limits: Limits | None = None, drain_s: float = 5.0) -> AsyncGenerator[Served]:
    """Serve an app until the block ends, and then stop as a signal would."""
    listener = bind("127.0.0.1", 0)
    served = Served(listener, Server(app, listener, limits or Limits(), drain_s=drain_s))
    ready = asyncio.Event()

    async def run() -> None:
        served.stopped = await served.server.run(
            Observer(on_ready=ready.set, on_stopping=served.stopping.append, on_bug=served.bugs.append)
        )

    async with asyncio.TaskGroup() as group:
        running = group.create_task(run())
        await ready.wait()
        try:
            yield served
        finally:
            if not running.done():
                served.server.stop()


async def body_of(receive: Receive) -> bytes | None:
    """Read a whole request body; None when its client left before its end."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message["body"]
        if not message["more_body"]:
            return bytes(body)


async def answer(send: Send, body: bytes = b"fine", *headers: tuple[bytes, bytes]) -> None:
    """Answer with a body of known length."""
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [length, *headers]})
    await send({"type": "http.response.body", "body": body})


class Echo:
    """Answers with the length of what it was sent, and remembers how each request ended."""

    def __init__(self) -> None:
        """Begin with none."""
        self.bodies: list[bytes | None] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        del scope
        body = await body_of(receive)
        self.bodies.append(body)
        if body is not None:
            await answer(send, str(len(body)).encode())
