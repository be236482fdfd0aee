from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tests.async_runs import async_test
from tokencli.proxy.faults import CutAnswerError, NoAnswerError, SilentProviderError
from tokencli.proxy.line import LONGEST_HEAD_BYTES, Answer, Line

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

ASK = b"POST /x HTTP/1.1\r\nHost: a\r\n\r\n"
WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
BY_CLOSE = b"HTTP/1.1 200 OK\r\n\r\n"


@dataclass
class Place:
    """A line to a peer whose every byte is the test's; `free` tells when it may carry another request."""

    line: Line
    free: list[Line] = field(default_factory=list[Line])

    async def ask(self, *, wait_s: float = 5, body: bytes = b"", is_head: bool = False) -> Answer:
        return await self.line.ask(ASK, body, wait_s=wait_s, is_head=is_head)


def saying(*replies: bytes) -> Talk:
    """Return a peer that answers each request with the next reply, and then closes the connection."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for reply in replies:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(reply)

    return talk


def staying(talk: Talk) -> Talk:
    """Return a peer that talks and then waits until the other side closes."""

    async def stay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await talk(reader, writer)
        await reader.read()

    return stay


@asynccontextmanager
async def line_to(talk: Talk) -> AsyncIterator[Place]:
    talks: list[asyncio.Task[None] | None] = []

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.append(asyncio.current_task())
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await talk(reader, writer)
        writer.close()

    server = await asyncio.start_server(meet, "127.0.0.1", 0)
    try:
        free: list[Line] = []
        port = server.sockets[0].getsockname()[1]
        _, line = await asyncio.get_running_loop().create_connection(
            lambda: Line("api.test", free.append), "127.0.0.1", port
        )
        yield Place(line, free)
        line.close()
        await line.gone
        await asyncio.wait([talk for talk in talks if talk], timeout=5)
    finally:
        server.close()


async def body_of(answer: Answer) -> bytes:
    pieces: list[bytes] = []
    while piece := await answer.read():
        pieces.append(piece)
    return b"".join(pieces)


@pytest.mark.parametrize(
    "reply",
    [
        WHOLE,
        b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + WHOLE,
        CHUNKED + b"2\r\nok\r\n0\r\nX-Trailer: later\r\n\r\n",
    ],
)
@async_test
async def test_a_line_carries_one_answer_after_the_other(reply: bytes) -> None:
    async with line_to(staying(saying(reply, reply))) as place:
        for count in (1, 2):
            answer = await place.ask()
            assert (answer.status, len(answer.headers), await body_of(answer)) == (200, 1, b"ok")
            assert place.free == [place.line] * count


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        BY_CLOSE + b"ok",
    ],
)
@async_test
async def test_a_line_that_ends_with_its_answer_is_not_kept(reply: bytes) -> None:
    async with line_to(saying(reply)) as place:
        assert await body_of(await place.ask()) == b"ok"
        await place.line.gone
        assert (place.free, place.line.is_open) == ([], False)


@async_test
async def test_the_length_of_an_answer_to_head_announces_no_body() -> None:
    async with line_to(staying(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"))) as place:
        answer = await place.ask(is_head=True)
        assert (answer.length, answer.is_whole, await answer.read()) == (0, True, b"")
        assert not place.line.is_open


@async_test
async def test_an_answer_that_nobody_asked_for_is_given_to_nobody() -> None:
    async with line_to(staying(saying(WHOLE + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"))) as place:
        assert await body_of(await place.ask()) == b"ok"
        await place.line.gone
        assert not place.line.is_open


@async_test
async def test_words_between_two_requests_end_the_line() -> None:
    said = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await saying(WHOLE)(reader, writer)
        await said.wait()
        writer.write(b"HTTP/1.1 408 Request Timeout\r\n\r\n")
        await reader.read()

    async with line_to(talk) as place:
        await body_of(await place.ask())
        said.set()
        await place.line.gone


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"+OK POP3 ready\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 999 What\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * LONGEST_HEAD_BYTES,
    ],
)
@async_test
async def test_what_is_no_answer_is_a_fault_that_says_that_the_request_was_sent(reply: bytes) -> None:
    async with line_to(saying(reply)) as place:
        with pytest.raises(NoAnswerError) as told:
            await place.ask()
        assert told.value.was_sent
        assert (place.free, place.line.is_open) == ([], False)


@pytest.mark.parametrize("reply", [CHUNKED + b"5\r\nhel", CHUNKED + b"5\r\nhello\r\nnonsense\r\n"])
@async_test
async def test_a_body_that_breaks_off_or_breaks_the_protocol_is_cut_behind_what_came(reply: bytes) -> None:
    async with line_to(saying(reply)) as place:
        answer = await place.ask()
        assert b"hello".startswith(await answer.read())
        with pytest.raises(CutAnswerError) as told:
            await body_of(answer)
        assert told.value.error_type == "cut"
        assert not answer.is_whole


@async_test
async def test_silence_is_told_before_and_within_an_answer() -> None:
    async with line_to(staying(saying(b""))) as place:
        with pytest.raises(SilentProviderError, match=r"within 0\.05 s"):
            await place.ask(wait_s=0.05)
    async with line_to(staying(saying(CHUNKED + b"2\r\nok\r\n"))) as place:
        answer = await place.ask(wait_s=0.05)
        assert await answer.read() == b"ok"
        with pytest.raises(CutAnswerError) as told:
            await answer.read()
        assert told.value.error_type == "timeout"
        await place.line.gone


@async_test
async def test_a_shorter_patience_holds_on_a_line_that_knew_a_longer_one() -> None:
    async with line_to(staying(saying(WHOLE, b""))) as place:
        await body_of(await place.ask(wait_s=1000))
        with pytest.raises(SilentProviderError):
            await place.ask(wait_s=0.05)


@async_test
async def test_a_provider_whose_words_nobody_reads_is_not_silent() -> None:
    async with line_to(staying(saying(CHUNKED + b"2\r\nok\r\n"))) as place:
        answer = await place.ask(wait_s=0.05)
        with suppress(TimeoutError):
            async with asyncio.timeout(0.2):
                await asyncio.Event().wait()
        assert await answer.read() == b"ok"


@async_test
async def test_a_provider_that_takes_a_long_request_in_is_not_silent() -> None:
    size = 64 << 20

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for part in range(8):
            await reader.readexactly(size // 8)
            with suppress(TimeoutError):
                async with asyncio.timeout(0.1 if part < 7 else 0):
                    await asyncio.Event().wait()
        writer.write(WHOLE)
        await reader.read()

    async with line_to(talk) as place:
        assert await body_of(await place.ask(wait_s=0.5, body=bytes(size))) == b"ok"


@async_test
async def test_a_provider_is_slowed_down_by_a_client_that_does_not_read() -> None:
    size = 32 << 20
    sent = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        for _ in range(size >> 16):
            writer.write(bytes(1 << 16))
            await writer.drain()
        sent.set()
        await reader.read()

    async with line_to(talk) as place:
        answer = await place.ask()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await sent.wait()
        assert len(await answer.read()) < size // 8
        await body_of(answer)
        assert place.free == [place.line]


@async_test
async def test_an_answer_that_is_let_go_closes_its_line() -> None:
    async with line_to(staying(saying(CHUNKED + b"2\r\nok\r\n"))) as place:
        (await place.ask()).close()
        await place.line.gone
        assert place.free == []


@async_test
async def test_a_whole_answer_that_is_let_go_takes_no_line_away_from_the_next_call() -> None:
    async with line_to(staying(saying(WHOLE, WHOLE))) as place:
        first = await place.ask()
        await body_of(first)
        second = await place.ask()
        first.close()
        assert await body_of(second) == b"ok"


@pytest.mark.parametrize(("reply", "is_kept"), [(WHOLE, True), (CHUNKED, False), (b"HTTP/1.1 200 OK\r\n", False)])
@async_test
async def test_an_asker_who_goes_away_leaves_no_call_open(*, reply: bytes, is_kept: bool) -> None:
    async with line_to(staying(saying(reply))) as place:
        hear = place.line.data_received
        async with asyncio.TaskGroup() as group:
            asking = group.create_task(place.ask())

            def leave(data: bytes) -> None:
                hear(data)
                asking.cancel()

            place.line.data_received = leave  # type: ignore[method-assign]
        assert asking.cancelled()
        assert (place.line.is_open, bool(place.free)) == (is_kept, is_kept)


@async_test
async def test_an_answer_that_comes_after_its_asker_has_gone_closes_the_line() -> None:
    async with line_to(staying(saying(WHOLE))) as place:
        hear = place.line.data_received
        async with asyncio.TaskGroup() as group:
            asking = group.create_task(place.ask())

            def leave(data: bytes) -> None:
                asking.cancel()
                hear(data)

            place.line.data_received = leave  # type: ignore[method-assign]
        assert (place.line.is_open, place.free) == (False, [])


@async_test
async def test_the_beginning_of_an_answer_can_be_read_twice() -> None:
    async with line_to(saying(CHUNKED + b"5\r\nhello\r\n")) as place:
        answer = await place.ask()
        assert await answer.peek(100) == b"hello"
        assert await answer.read() == b"hello"
        with pytest.raises(CutAnswerError):
            await answer.read()
