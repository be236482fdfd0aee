"""A proxy between a raw client and the fake provider, with a ledger in memory: what the tests of whole calls share."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.proxy.fake_provider import FakeProvider
from tests.proxy.served import Served, serving
from tokencli.config.values import ProviderSettings
from tokencli.domain.event import EventId, UsageEvent
from tokencli.domain.intent import Intent
from tokencli.proxy.app import ProxyApp
from tokencli.proxy.exchange import Tools
from tokencli.proxy.pace import Pace
from tokencli.proxy.plan import Plan
from tokencli.proxy.relay import Slips
from tokencli.proxy.upstream import Upstream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import Receive, Scope, Send

    from tokencli.domain.errors import StoreError
    from tokencli.domain.usage import Estimate, TokenUsage
    from tokencli.proxy.headers import Headers
    from tokencli.proxy.paths import Target

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
CHAT = "/v1/chat/completions"
MESSAGES = "/v1/messages"


class Ledger:
    """Calls as they are opened and settled; a closed `gate` keeps settling waiting."""

    def __init__(self) -> None:
        self.opened: dict[EventId, Intent] = {}
        self.settled: list[UsageEvent] = []
        self.refuses: StoreError | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.asked = asyncio.Event()
        self.known: set[str | None] = set()
        self.looked: list[UsageEvent] = []
        self._change = asyncio.Condition()

    async def open(self, intent: Intent) -> EventId:
        if self.refuses is not None:
            raise self.refuses
        event_id = EventId(f"run.{len(self.opened) + 1}")
        self.opened[event_id] = intent
        return event_id

    async def settle(self, event: UsageEvent) -> None:
        self.asked.set()
        await self.gate.wait()
        self.settled.append(event)
        async with self._change:
            self._change.notify_all()

    async def look(self, event: UsageEvent) -> bool:
        self.looked.append(event)
        return event.response_id in self.known

    async def row(self) -> UsageEvent:
        """Wait for the first row; there is never a second one of the same call."""
        async with self._change:
            await self._change.wait_for(lambda: bool(self.settled))
        assert len({row.event_id for row in self.settled}) == len(self.settled)
        return self.settled[0]


class Tenth:
    """Estimates one token for ten bytes, and remembers its lessons."""

    def __init__(self) -> None:
        self.lessons: list[tuple[Estimate, TokenUsage]] = []

    def estimate_output(self, provider_name: str | None, model: str | None, output_bytes: int) -> int | None:
        del provider_name, model
        return output_bytes // 10

    def learn(self, provider_name: str | None, model: str | None, *, estimated: Estimate, real: TokenUsage) -> None:
        del provider_name, model
        self.lessons.append((estimated, real))


@dataclass(kw_only=True)
class Planning:
    """Plans every request for one provider, as it came."""

    provider: ProviderSettings
    is_stream: bool = True
    asked_body: bytes | None = None
    estimated_input_tokens: int | None = 7

    async def planned(self, target: Target, method: str, headers: Headers, body: bytes) -> Plan:
        intent = Intent(
            opened_at=NOON,
            provider_name=self.provider.name,
            request_model="m",
            operation_name=target.api.operation_name if target.api else "other",
            session_id="s1",
            client="pytest",
            estimated_input_tokens=self.estimated_input_tokens,
        )
        is_look = target.api is not None and not target.api.is_call
        return Plan(
            api=target.api,
            provider=self.provider,
            method=method,
            url=f"{self.provider.base_url}{target.rest}",
            headers=[pair for pair in headers if pair[0].startswith((b"content-t", b"content-e", b"x-"))],
            body=body if self.asked_body is None else self.asked_body,
            original_body=None if self.asked_body is None else body,
            withhold_usage=self.asked_body is not None,
            intent=intent if method == "POST" else None,
            look=intent if is_look else None,
            request_model="m",
            is_stream=self.is_stream,
        )


@dataclass(frozen=True, slots=True)
class Reply:
    """What a client got: `is_whole` says that the answer came to a clean end."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    is_whole: bool

    def one(self, name: bytes) -> bytes | None:
        """Return a header's value, None when it is not there."""
        return next((value for key, value in self.headers if key == name), None)


class Client:
    """One connection to the proxy, read piece by piece."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self._is_head = False

    def ask(self, path: str = CHAT, body: bytes = b"{}", method: str = "POST", *headers: bytes) -> None:
        """Send a request."""
        self._is_head = method == "HEAD"
        lines = [b"%b %b HTTP/1.1" % (method.encode(), path.encode()), b"Host: 127.0.0.1", *headers]
        if body:
            lines.append(b"Content-Length: %d" % len(body))
        self.writer.write(b"\r\n".join(lines) + b"\r\n\r\n" + body)

    async def head(self) -> Reply:
        """Read status and headers."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        first, *lines = head[:-4].split(b"\r\n")
        headers = [(name, value.strip()) for name, _, value in (line.partition(b":") for line in lines)]
        return Reply(int(first.split(b" ")[1]), headers, b"", is_whole=False)

    async def piece(self) -> bytes:
        """Read one chunk of a chunked answer; empty at its end."""
        size = int(await self.reader.readuntil(b"\r\n"), 16)
        return (await self.reader.readexactly(size + 2))[:-2]

    async def reply(self) -> Reply:
        """Read a whole answer, or as much of it as comes."""
        begun = await self.head()
        length = begun.one(b"content-length")
        pieces: list[bytes] = []
        is_whole = False
        try:
            if self._is_head or begun.status in {204, 304}:
                is_whole = True
            elif length is not None:
                pieces.append(await self.reader.readexactly(int(length)))
                is_whole = True
            else:
                while piece := await self.piece():
                    pieces.append(piece)
                is_whole = True
        except asyncio.IncompleteReadError as cut:
            pieces.append(cut.partial)
        except ConnectionError:
            pass
        return Reply(begun.status, begun.headers, b"".join(pieces), is_whole=is_whole)

    def leave(self) -> None:
        """Break the connection off."""
        self.writer.transport.abort()


@dataclass(kw_only=True)
class House:
    """Everything one test needs."""

    provider: FakeProvider
    planning: Planning
    ledger: Ledger
    tools: Tools
    app: ProxyApp
    served: Served
    estimator: Tenth
    clients: list[Client] = field(default_factory=list[Client])

    async def client(self) -> Client:
        """Open a connection."""
        client = Client(*await asyncio.open_connection("127.0.0.1", self.served.listener.port))
        self.clients.append(client)
        return client

    async def call(self, path: str = CHAT, body: bytes = b"{}", method: str = "POST", *headers: bytes) -> Reply:
        """Make one call on a connection of its own."""
        client = await self.client()
        client.ask(path, body, method, *headers)
        return await client.reply()


async def _nowhere(scope: Scope, receive: Receive, send: Send) -> None:
    del scope, receive
    await send({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"6")]})
    await send({"type": "http.response.body", "body": b"behind"})


async def _no_loop(base_url: str) -> None:
    del base_url


@asynccontextmanager
async def house(*, drain_s: float = 5.0, **settings: object) -> AsyncIterator[House]:
    """Run provider and proxy; `settings` are those of the provider in config.toml."""
    ledger, estimator = Ledger(), Tenth()
    loop = asyncio.get_running_loop()
    async with FakeProvider() as provider, Upstream({}) as upstream:
        named = ProviderSettings(**{"name": "p", "base_url": provider.url, "rpm": 0, **settings})  # type: ignore[arg-type]
        planning = Planning(provider=named)
        tools = Tools(
            upstream=upstream,
            recorder=ledger,
            pace=Pace(loop.time, lambda _: None),
            loops=_no_loop,
            estimator=estimator,
            monotonic=loop.time,
            slips=Slips(),
            measured_bytes=1 << 20,
        )
        app = ProxyApp(planning, tools, _nowhere)
        async with serving(app, drain_s=drain_s) as served:
            made = House(
                provider=provider,
                planning=planning,
                ledger=ledger,
                tools=tools,
                app=app,
                served=served,
                estimator=estimator,
            )
            try:
                yield made
            finally:
                for client in made.clients:
                    client.leave()
        assert served.bugs == []
        assert set(ledger.opened) == {row.event_id for row in ledger.settled}
