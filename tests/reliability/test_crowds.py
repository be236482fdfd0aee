"""Many at once: a thousand open streams, and five hundred clients that never finish what they began to send."""

from __future__ import annotations

import asyncio
import resource
import sys
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest

from tests.async_runs import async_test
from tests.e2e.serving import serving
from tests.proxy.fake_provider import FakeProvider, Received, Scripted
from tests.reliability.protocols import INPUT, OUTPUT, SPEECHES, whole_answer
from tests.reliability.rig import (
    CALL,
    call,
    call_of,
    calls_at,
    check_whole,
    client_of,
    config,
    memory_kib,
    place_of,
    rows_of,
    until,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.serving import Proxy

STREAMS = 1000
SLOW = 500
AT_ONCE = 50
MOST_KIB = 300 * 1024
FEW_FILES = "this process may not open 4,096 files: raise 'ulimit -n' to try a thousand streams"
HALF_HEAD = b"POST /p/chat/v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Half"
HALF_BODY = HALF_HEAD.removesuffix(b"\r\nX-Half") + b"\r\nContent-Length: 100\r\n\r\n" + b'{"model": '


def allow_many_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 4 * STREAMS:
        pytest.skip(FEW_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 4 * STREAMS), hard))


@async_test
async def test_a_thousand_open_streams_are_all_served_and_settled(tmp_path: Path) -> None:
    allow_many_files()
    release = asyncio.Event()

    def choose(request: Received) -> Scripted:
        name = call_of(request)
        return SPEECHES["chat"](name).held(3, release) if request.method == "POST" else whole_answer("")

    async with FakeProvider() as provider, AsyncExitStack() as stack:
        provider.choose = choose
        speech = SPEECHES["chat"]("")
        with serving(tmp_path, config([("chat", "openai", f"{provider.url}/v1")])) as proxy:
            idle_kib = memory_kib(proxy.process.pid, "Pss")
            clients = []
            for start in range(0, STREAMS, AT_ONCE):
                for number in range(start, start + AT_ONCE):
                    client = await stack.enter_async_context(client_of(proxy.url))
                    client.ask(f"/p/chat{speech.path}", speech.body, "POST", CALL + f": {number}".encode())
                    clients.append(client)
                for client in clients[start:]:
                    assert (await client.head()).status == 200
                    assert b"assistant" in await client.piece()
            open_kib, peak_kib = memory_kib(proxy.process.pid, "Pss"), memory_kib(proxy.process.pid)
            release.set()
            for client in clients:
                pieces = []
                while piece := await client.piece():
                    pieces.append(piece)
                assert pieces[-1].endswith(b"data: [DONE]\n\n")
            assert proxy.stop() == 0
    told = f"memory: {idle_kib // 1024} MB idle, {open_kib // 1024} MB with {STREAMS} open streams (aim: 150 MB)"
    sys.stdout.write(f"{told}, at most {peak_kib // 1024} MB\n")
    assert peak_kib < MOST_KIB, told
    rows = rows_of(tmp_path / "ledger.db")
    assert sorted(row.call or "" for row in rows) == sorted(map(str, range(STREAMS)))
    assert {(row.finish, row.basis, row.input_tokens, row.output_tokens) for row in rows} == {
        ("ok", "reported", INPUT, OUTPUT)
    }
    check_whole(tmp_path / "ledger.db")


async def dawdle(proxy: Proxy, begun: bytes, opened: list[int]) -> bytes:
    """Send the beginning of a request, and return what comes before the connection is closed."""
    reader, writer = await asyncio.open_connection(*place_of(proxy.url))
    try:
        writer.write(begun)
        await writer.drain()
        opened.append(1)
        return await reader.read()
    finally:
        writer.transport.abort()


@async_test
async def test_slow_clients_are_let_go_at_the_deadline_while_others_are_served(tmp_path: Path) -> None:
    allow_many_files()

    async with FakeProvider() as provider:
        provider.choose = lambda request: whole_answer(call_of(request))
        speech = SPEECHES["chat"]("")
        setting = config([("chat", "openai", f"{provider.url}/v1")], server="header_timeout_s = 2\nbody_timeout_s = 2")
        with serving(tmp_path, setting) as proxy:
            async with asyncio.TaskGroup() as group:
                opened: list[int] = []
                slow = [
                    group.create_task(dawdle(proxy, HALF_BODY if number % 2 else HALF_HEAD, opened))
                    for number in range(SLOW)
                ]
                await until(lambda: len(opened) == SLOW, "the slow clients")
                served: list[str] = []
                while not all(task.done() for task in slow):
                    name = f"normal-{len(served)}"
                    reply = await call(proxy, f"/p/chat{speech.path}", speech.body, name)
                    assert reply.status == 200
                    served.append(name)
            answers = [task.result() for task in slow]
            assert all(answer.startswith(b"HTTP/1.1 408 ") for answer in answers)
            assert served
            assert calls_at(provider) == served
            assert proxy.stop() == 0
    assert [row.call for row in rows_of(tmp_path / "ledger.db")] == served
    check_whole(tmp_path / "ledger.db")
