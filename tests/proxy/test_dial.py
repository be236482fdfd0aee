from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
import trustme

from tests.async_runs import async_test
from tests.proxy.fake_provider import FakeProvider, json_answer
from tokencli.proxy.address import Origin
from tokencli.proxy.dial import ForwardProxyError, dialled
from tokencli.proxy.line import Line

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

KEY = b"sk-test-canary"


def new_line() -> Line:
    return Line("api.test", lambda _: None)


async def asked(line: Line) -> int:
    head = b"GET /x HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %b\r\n\r\n" % KEY
    answer = await line.ask(head, b"", wait_s=5, is_head=False)
    while await answer.read():
        pass
    line.close()
    await line.gone
    return answer.status


def certified(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return context


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@dataclass
class ForwardProxy:
    """A forward proxy that connects where it is told to, and keeps all bytes that clients sent through it."""

    port: int = 0
    heads: list[bytes] = field(default_factory=list[bytes])
    passed: bytearray = field(default_factory=bytearray)
    calls: list[asyncio.Task[None] | None] = field(default_factory=list["asyncio.Task[None] | None"])

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.calls.append(asyncio.current_task())
        head = await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head)
        host, _, port = head.split()[1].decode().rpartition(":")
        far_reader, far_writer = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n")
        async with asyncio.TaskGroup() as group:
            group.create_task(self.pass_on(reader, far_writer, self.passed))
            group.create_task(self.pass_on(far_reader, writer, bytearray()))

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, log: bytearray) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                log += data
                writer.write(data)
        writer.close()


@asynccontextmanager
async def forward_proxy(tls: ssl.SSLContext | None = None) -> AsyncIterator[ForwardProxy]:
    proxy = ForwardProxy()
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0, ssl=tls)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        await asyncio.wait([call for call in proxy.calls if call], timeout=5)


@async_test
async def test_a_host_is_reached_at_the_address_that_answers() -> None:
    async with FakeProvider() as provider:
        provider.script_all(json_answer({}))
        line = await dialled(
            Origin(is_tls=False, host="localhost", port=provider.port), trusting(trustme.CA()), new_line
        )
        assert await asked(line) == 200


@pytest.mark.parametrize("is_trusted", [True, False])
@async_test
async def test_a_certificate_has_to_be_one_that_is_trusted(*, is_trusted: bool) -> None:
    authority = trustme.CA()
    tls = trusting(authority if is_trusted else trustme.CA())
    async with FakeProvider(tls=certified(authority)) as provider:
        provider.script_all(json_answer({}))
        origin = Origin(is_tls=True, host="127.0.0.1", port=provider.port)
        if is_trusted:
            assert await asked(await dialled(origin, tls, new_line)) == 200
        else:
            with pytest.raises(ssl.SSLCertVerificationError):
                await dialled(origin, tls, new_line)


@pytest.mark.parametrize("is_tls", [False, True])
@async_test
async def test_a_forward_proxy_sees_the_hosts_name_and_its_own_login_and_nothing_else(*, is_tls: bool) -> None:
    authority = trustme.CA()
    async with (
        FakeProvider(tls=certified(authority)) as provider,
        forward_proxy(certified(authority) if is_tls else None) as proxy,
    ):
        provider.script_all(json_answer({}))
        way = f"{'https' if is_tls else 'http'}://me:p%40ss@127.0.0.1:{proxy.port}/"
        origin = Origin(is_tls=True, host="127.0.0.1", port=provider.port)
        assert await asked(await dialled(origin, trusting(authority), new_line, way=way)) == 200
        place = b"127.0.0.1:%d" % provider.port
        login = b"Proxy-Authorization: Basic bWU6cEBzcw==\r\n"
        assert proxy.heads == [b"CONNECT %b HTTP/1.1\r\nHost: %b\r\n%b\r\n" % (place, place, login)]
        assert KEY not in proxy.passed
        assert provider.requests[0].all(b"proxy-authorization") == []


@async_test
async def test_a_certificate_is_checked_behind_a_forward_proxy_too() -> None:
    async with FakeProvider(tls=certified(trustme.CA())) as provider, forward_proxy() as proxy:
        origin = Origin(is_tls=True, host="127.0.0.1", port=provider.port)
        with pytest.raises(ssl.SSLCertVerificationError):
            await dialled(origin, trusting(trustme.CA()), new_line, way=f"127.0.0.1:{proxy.port}")
        assert provider.requests == []


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (b"HTTP/1.1 407 Who are you\r\n\r\n", "answered 407"),
        (b"+OK POP3\r\n\r\n", "does not speak HTTP"),
        (b"x" * (1 << 17), "does not speak HTTP"),
        (b"HTTP/1.1 200", "closed the connection"),
    ],
)
@async_test
async def test_a_forward_proxy_that_does_not_connect_is_named(reply: bytes, words: str) -> None:
    is_over = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(reply)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        is_over.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        way = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        origin = Origin(is_tls=True, host="api.test", port=443)
        with pytest.raises(ForwardProxyError, match=words):
            await dialled(origin, trusting(trustme.CA()), new_line, way=way)
        await is_over.wait()


@async_test
async def test_a_refused_connection_is_an_error_of_the_system() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(ConnectionRefusedError):
            await dialled(
                Origin(is_tls=False, host="127.0.0.1", port=taken.getsockname()[1]), trusting(trustme.CA()), new_line
            )
