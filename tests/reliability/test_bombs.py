"""Bodies that are small on the wire and huge unpacked, and requests that are simply too large: memory stays bounded."""

from __future__ import annotations

import asyncio
import json
import zlib
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
import zstandard

from tests.async_runs import async_test
from tests.e2e.serving import serving
from tests.proxy.fake_provider import JSON, FakeProvider, Scripted, split
from tests.reliability.protocols import SPEECHES, whole_answer
from tests.reliability.rig import (
    CALL,
    call,
    call_of,
    calls_at,
    check_whole,
    client_of,
    config,
    get,
    memory_kib,
    row_of,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.proxy.calls import Client

MB = 1 << 20
brotli: Any = import_module("brotli")  # it has no type hints
UNPACKED = 256 * MB
SLACK_KIB = 48 * 1024
ENCODINGS = ("gzip", "br", "zstd")


def bomb(encoding: str) -> bytes:
    """Return zeros, packed."""
    piece = bytes(MB)
    if encoding == "br":
        packer = brotli.Compressor(quality=3)
        return b"".join([*(packer.process(piece) for _ in range(UNPACKED // MB)), packer.finish()])
    if encoding == "zstd":
        stream = zstandard.ZstdCompressor().compressobj()
        return b"".join([*(stream.compress(piece) for _ in range(UNPACKED // MB)), stream.flush()])
    packing = zlib.compressobj(1, wbits=31)
    return b"".join([*(packing.compress(piece) for _ in range(UNPACKED // MB)), packing.flush()])


@pytest.mark.parametrize("encoding", ENCODINGS)
@async_test
async def test_a_bomb_as_an_answer_is_handed_on_as_it_came_and_fills_no_memory(tmp_path: Path, encoding: str) -> None:
    packed = bomb(encoding)
    headers = (*JSON, (b"Content-Encoding", encoding.encode()))
    speech = SPEECHES["chat"]("")
    async with FakeProvider() as provider:
        packs: list[bytes] = []
        provider.choose = lambda _: (
            Scripted(headers=headers, pieces=split(packs[0], 16384)) if packs else whole_answer("first")
        )
        setting = config([("chat", "openai", f"{provider.url}/v1")], server="max_measured_mb = 8")
        with serving(tmp_path, setting) as proxy:
            # The first call of a new home loads the price list, which takes more memory than any bomb may.
            first = await call(proxy, f"/p/chat{speech.path}", speech.body, "first")
            assert first.status == 200
            packs.append(packed)
            before_kib = memory_kib(proxy.process.pid)
            reply = await call(proxy, f"/p/chat{speech.path}", speech.body, "bomb")
            assert reply.is_whole
            assert reply.body == packed
            assert memory_kib(proxy.process.pid) - before_kib < SLACK_KIB
            row = await row_of(proxy.ledger, "bomb")
            assert row.basis in {"missing", "estimated"}
            assert proxy.stop() == 0
    check_whole(tmp_path / "ledger.db")


@pytest.mark.parametrize("encoding", ENCODINGS)
@async_test
async def test_a_bomb_as_a_request_is_handed_on_as_it_came_and_fills_no_memory(tmp_path: Path, encoding: str) -> None:
    packed = bomb(encoding)
    speech = SPEECHES["chat"]("")
    async with FakeProvider() as provider:
        provider.choose = lambda request: whole_answer(call_of(request))
        with serving(tmp_path, config([("chat", "openai", f"{provider.url}/v1")])) as proxy:
            assert (await get(proxy, "/health")).status == 200
            before_kib = memory_kib(proxy.process.pid)
            reply = await call(
                proxy, f"/p/chat{speech.path}", packed, "bomb", b"Content-Encoding: " + encoding.encode()
            )
            # Up to 32 MB of a request are unpacked, to see which model it asks for.
            assert memory_kib(proxy.process.pid) - before_kib < 3 * 32 * 1024 + SLACK_KIB
            assert reply.status == 200
            assert [request.body for request in provider.requests if request.method == "POST"] == [packed]
            assert (await row_of(proxy.ledger, "bomb")).finish == "ok"
            assert proxy.stop() == 0
    check_whole(tmp_path / "ledger.db")


async def _send_until_refused(client: Client, piece: bytes, most: int) -> int:
    """Send pieces until the proxy takes no more; return how many left."""
    for number in range(most):
        client.writer.write(piece)
        try:
            await asyncio.wait_for(client.writer.drain(), 2)
        except (TimeoutError, ConnectionError):
            return number
    return most


@pytest.mark.parametrize("is_chunked", [False, True])
@async_test
async def test_a_request_of_128_mb_is_refused_without_being_read(tmp_path: Path, is_chunked: bool) -> None:  # noqa: FBT001
    speech = SPEECHES["chat"]("")
    async with FakeProvider() as provider:
        setting = config([("chat", "openai", f"{provider.url}/v1")], server="max_request_mb = 4")
        with serving(tmp_path, setting) as proxy:
            assert (await get(proxy, "/health")).status == 200
            before_kib = memory_kib(proxy.process.pid)
            async with client_of(proxy.url) as client:
                length = b"Transfer-Encoding: chunked" if is_chunked else b"Content-Length: %d" % (128 * MB)
                client.ask(f"/p/chat{speech.path}", b"", "POST", length, CALL + b": large")
                piece = b"%x\r\n%b\r\n" % (MB, bytes(MB)) if is_chunked else bytes(MB)
                async with asyncio.TaskGroup() as group:
                    sending = group.create_task(_send_until_refused(client, piece, 128))
                    reply = await client.reply()
                    client.leave()
                assert reply.status == 413
                assert json.loads(reply.body)["error"]["message"]
                assert sending.result() < 64
            assert memory_kib(proxy.process.pid) - before_kib < SLACK_KIB
            assert calls_at(provider) == []
            assert (await get(proxy, "/health")).status == 200
            assert proxy.stop() == 0
    check_whole(tmp_path / "ledger.db")
