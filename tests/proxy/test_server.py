import asyncio
import gc
import os
import signal

import httptools
import pytest
from starlette.types import Receive, Scope, Send

from tests.proxy.served import Echo, answer, body_of, serving
from tokencli.proxy.server import UnfinishedAnswerError

GET = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Slow:
    """Answers when it is told to, and remembers whether it was cancelled."""

    def __init__(self) -> None:
        """Begin with nothing asked."""
        self.is_asked = asyncio.Event()
        self.is_free = asyncio.Event()
        self.settled: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the first half, and the second when it is free."""
        del scope
        await body_of(receive)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
        self.is_asked.set()
        try:
            await self.is_free.wait()
            await send({"type": "http.response.body", "body": b"second"})
            self.settled.append("whole")
        except asyncio.CancelledError:
            await asyncio.wait_for(asyncio.shield(asyncio.to_thread(self.settled.append, "cut")), 5)
            raise


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_lets_open_answers_end_and_takes_no_new_connection(number: signal.Signals) -> None:
    async def run() -> None:
        app = Slow()
        async with serving(app) as served, await served.opened() as talk:
            talk.writer.write(GET)
            await app.is_asked.wait()
            os.kill(os.getpid(), number)
            while not served.stopping:
                await asyncio.to_thread(lambda: None)
            with pytest.raises(ConnectionError):
                await served.opened()
            app.is_free.set()
            assert (await talk.rest()).endswith(b"6\r\nsecond\r\n0\r\n\r\n")
        assert served.stopped is not None
        assert (served.stopped.open_answers, served.stopped.broken_off) == (1, 0)
        assert app.settled == ["whole"]

    # Under nohup SIGHUP is ignored, and then the server does not listen to it either.
    before = signal.signal(number, signal.SIG_DFL)
    try:
        asyncio.run(run())
    finally:
        signal.signal(number, before)


def test_answers_that_do_not_end_in_time_are_broken_off_and_still_settled() -> None:
    async def run() -> None:
        app = Slow()
        async with serving(app, drain_s=0.1) as served, await served.opened() as talk:
            talk.writer.write(GET)
            await app.is_asked.wait()
            served.server.stop()
            answered = await talk.rest()
        assert b"first" in answered
        assert not answered.endswith(b"0\r\n\r\n")
        assert served.stopped is not None
        assert served.stopped.broken_off == 1
        assert app.settled == ["cut"]
        assert served.bugs == []

    asyncio.run(run())


@pytest.mark.parametrize("wait_between", [True, False])
def test_a_second_signal_ends_the_wait_at_once(*, wait_between: bool) -> None:
    async def run() -> None:
        app = Slow()
        async with serving(app, drain_s=1000) as served, await served.opened() as talk:
            talk.writer.write(GET)
            await app.is_asked.wait()
            served.server.stop()
            while wait_between and not served.stopping:
                await asyncio.to_thread(lambda: None)
            served.server.stop()
            await asyncio.wait_for(talk.rest(), 5)
        assert app.settled == ["cut"]

    asyncio.run(run())


def test_resting_connections_are_closed_and_do_not_hold_the_end_up() -> None:
    async def run() -> None:
        async with (
            serving(Echo(), drain_s=1000) as served,
            await served.opened() as silent,
            await served.opened() as one,
        ):
            one.writer.write(GET)
            await one.reader.readuntil(b"\r\n\r\n0")
            served.server.stop()
            assert await one.rest() == b""
            assert await silent.rest() == b""
        assert served.stopping == [0]

    asyncio.run(run())


def test_an_error_nothing_foresaw_is_told_and_answered_500() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, send
        await receive()
        raise ZeroDivisionError

    async def run() -> None:
        async with serving(app) as served:
            assert (await served.asked(GET)).startswith(b"HTTP/1.1 500 ")
        assert [type(bug) for bug in served.bugs] == [ZeroDivisionError]

    asyncio.run(run())


def test_an_answer_without_an_end_is_told_and_broken_off() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        del scope
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def run() -> None:
        async with serving(app) as served:
            assert not (await served.asked(GET)).endswith(b"0\r\n\r\n")
        assert [type(bug) for bug in served.bugs] == [UnfinishedAnswerError]

    asyncio.run(run())


def test_the_provider_s_own_date_and_server_headers_are_the_only_ones() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        del scope
        await receive()
        await answer(send, b"x", (b"date", b"Fri, 20 Nov 2026 10:00:00 GMT"), (b"server", b"theirs"))

    async def run() -> None:
        async with serving(app) as served, await served.opened() as talk:
            talk.writer.write(GET)
            head = await talk.reader.readuntil(b"\r\n\r\n")
        assert head.count(b"date:") == head.count(b"server:") == 1

    asyncio.run(run())


def test_the_signals_are_given_back() -> None:
    before = signal.getsignal(signal.SIGTERM)

    async def run() -> None:
        async with serving(Echo()):
            pass

    asyncio.run(run())
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_connection_leaves_no_circle_that_keeps_its_parser() -> None:
    async def run() -> None:
        async with serving(Echo()) as served:
            await served.asked(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))

    asyncio.run(run())
    gc.collect()
    assert not [thing for thing in gc.get_objects() if isinstance(thing, httptools.HttpRequestParser)]
