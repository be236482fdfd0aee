import asyncio
import json
import time
from contextlib import suppress

import pytest
from starlette.types import Receive, Scope, Send

from tests.proxy.raw import CLOSE, HOST, POST, SHORT, asked, error_of
from tests.proxy.served import Echo, answer, body_of, serving
from tokencli.proxy.protocol import ABORT


def test_a_request_within_limits_is_answered_without_headers_of_ours() -> None:
    answered, bodies = asked(POST + CLOSE + b"Content-Length: 5\r\n\r\nhello")
    assert answered == b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\nconnection: close\r\n\r\n5"
    assert bodies == [b"hello"]


def test_a_body_that_is_announced_too_large_is_refused_at_once_and_never_reaches_the_app() -> None:
    answered, bodies = asked(POST + b"Expect: 100-continue\r\nContent-Length: 1001\r\n\r\n")
    assert error_of(answered) == (413, "tokencli_body_too_large")
    assert bodies == []


def test_a_chunked_body_above_the_limit_is_refused_and_the_app_sees_its_client_gone() -> None:
    chunk = b"1F4\r\n" + b"x" * 500 + b"\r\n"
    answered, bodies = asked(
        b"POST /v1/messages HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 3 + b"0\r\n\r\n"
    )
    assert answered.startswith(b"HTTP/1.1 413 ")
    assert json.loads(answered.partition(b"\r\n\r\n")[2])["error"]["type"] == "request_too_large"
    assert bodies == [None]


def test_a_body_of_exactly_the_limit_passes() -> None:
    assert asked(POST + CLOSE + b"Content-Length: 1000\r\n\r\n" + b"x" * 1000)[1] == [b"x" * 1000]


def test_a_client_that_goes_on_sending_still_reads_the_413() -> None:
    async def run() -> None:
        async with serving(Echo(), SHORT) as served, await served.opened() as talk:
            talk.writer.write(POST + b"Content-Length: 50000000\r\n\r\n")
            for _ in range(40):
                talk.writer.write(b"x" * 65536)
                await asyncio.wait_for(talk.writer.drain(), 5)
            assert error_of(await talk.rest()) == (413, "tokencli_body_too_large")

    asyncio.run(run())


@pytest.mark.parametrize(
    "headers",
    [
        b"X-Long: " + b"a" * 3000 + b"\r\n\r\n",
        b"X-Endless: " + b"a" * 5000,
        b"".join(b"X-%d: y\r\n" % n for n in range(400)),
    ],
)
def test_headers_above_the_limit_are_refused(headers: bytes) -> None:
    answered, bodies = asked(POST + headers)
    assert error_of(answered) == (431, "tokencli_headers_too_large")
    assert bodies == []


def test_headers_that_do_not_end_are_refused_at_the_deadline_however_they_trickle() -> None:
    async def run() -> float:
        begun = time.monotonic()
        async with serving(Echo(), SHORT) as served, await served.opened() as talk:
            talk.writer.write(POST)
            answered = b""
            while not talk.reader.at_eof() and time.monotonic() - begun < 5:
                talk.writer.write(b"x")
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.05):
                        answered += await talk.reader.read(65_536)  # unlike a read to the end, it loses nothing then
            assert error_of(answered) == (408, "tokencli_slow_request")
        return time.monotonic() - begun

    assert 0.15 < asyncio.run(run()) < 3


def test_a_silent_connection_is_let_go_without_a_word() -> None:
    assert asked(b"") == (b"", [])


def test_a_body_that_stands_still_is_refused_and_the_app_sees_its_client_gone() -> None:
    answered, bodies = asked(POST + b"Content-Length: 10\r\n\r\nhel")
    assert error_of(answered) == (408, "tokencli_slow_request")
    assert bodies == [None]


def test_a_slow_body_that_moves_is_read_to_its_end() -> None:
    async def run() -> None:
        echo = Echo()
        async with serving(echo, SHORT) as served, await served.opened() as talk:
            talk.writer.write(POST + CLOSE + b"Content-Length: 8\r\n\r\n")
            for _ in range(8):
                talk.writer.write(b"x")
                await talk.writer.drain()
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.07):
                        await asyncio.Event().wait()
            assert (await talk.rest()).endswith(b"8")
        assert echo.bodies == [b"x" * 8]

    asyncio.run(run())


def test_500_slow_sockets_are_released_at_the_deadline() -> None:
    async def run() -> None:
        async with serving(Echo(), SHORT) as served:
            talks = []
            for number in range(500):
                talks.append(await served.opened())
                talks[-1].writer.write((b"", POST, POST + b"Content-Length: 9\r\n\r\n1")[number % 3])
            async with asyncio.timeout(10):
                answers = [await talk.rest() for talk in talks]
            assert {answered[9:12] for answered in answers} == {b"", b"408"}
            for talk in talks:
                await talk.__aexit__()
        assert served.stopped is not None
        assert served.stopping == [0]

    asyncio.run(run())


def test_a_kept_connection_gets_the_header_deadline_for_each_request_and_none_while_it_rests() -> None:
    async def run() -> None:
        async with serving(Echo(), SHORT) as served, await served.opened() as talk:
            for _ in range(2):
                talk.writer.write(POST + b"Content-Length: 2\r\n\r\nhi")
                assert (await talk.reader.readuntil(b"\r\n\r\n2")).startswith(b"HTTP/1.1 200")
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.3):
                        await talk.reader.read(1)
            talk.writer.write(b"POST /v1/mess")
            assert error_of(await talk.rest()) == (408, "tokencli_slow_request")

    asyncio.run(run())


def test_a_client_that_waits_for_leave_to_send_gets_it() -> None:
    async def run() -> None:
        async with serving(Echo(), SHORT) as served, await served.opened() as talk:
            talk.writer.write(POST + CLOSE + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")
            assert await talk.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
            talk.writer.write(b"hi")
            assert (await talk.rest()).endswith(b"2")

    asyncio.run(run())


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"hello\r\n\r\n",
        b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"GET /\xff HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_bytes_that_are_no_http_get_one_sentence_and_no_traceback(sent: bytes) -> None:
    assert error_of(asked(sent)[0]) == (400, "tokencli_broken_request")


def test_an_offer_of_http_2_is_left_unanswered() -> None:
    upgrade = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"

    async def run() -> None:
        async with serving(Echo(), SHORT) as served, await served.opened() as talk:
            for _ in range(2):
                talk.writer.write(POST + upgrade + b"Content-Length: 2\r\n\r\nhi")
                assert (await talk.reader.readuntil(b"\r\n\r\n2")).startswith(b"HTTP/1.1 200")

    asyncio.run(run())


@pytest.mark.parametrize("is_split", [True, False])
def test_the_body_of_a_websocket_handshake_is_not_taken_for_another_request(*, is_split: bool) -> None:
    handshake = POST + b"Connection: Upgrade\r\nUpgrade: WebSocket\r\nContent-Length: %d\r\n\r\n"
    inner = b"POST /v1/embeddings HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"
    seen: list[Scope] = []
    echo = Echo()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)
        await echo(scope, receive, send)

    async def run() -> None:
        async with serving(app, SHORT) as served, await served.opened() as talk:
            talk.writer.write(handshake % len(inner) + (b"" if is_split else inner))
            if is_split:
                while not seen:
                    await asyncio.to_thread(lambda: None)
                talk.writer.write(inner)
            await talk.reader.readuntil(b"\r\n\r\n%d" % len(inner))
            talk.writer.write(POST + b"Content-Length: 2\r\n\r\nhi")
            await talk.reader.readuntil(b"\r\n\r\n2")

    asyncio.run(run())
    assert echo.bodies == [inner, b"hi"]
    assert [(b"upgrade", b"websocket") in scope["headers"] for scope in seen] == [True, False]


@pytest.mark.parametrize("headers", [[], [(b"content-length", b"100")]])
def test_an_answer_that_is_broken_off_delivers_what_was_sent_and_has_no_clean_end(
    headers: list[tuple[bytes, bytes]],
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await body_of(receive)
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"the first part", "more_body": True})
        scope["extensions"][ABORT]()

    async def run() -> bytes:
        async with serving(app) as served:
            answered = await served.asked(POST + b"Content-Length: 2\r\n\r\nhi")
        assert served.bugs == []
        return answered

    answered = asyncio.run(run())
    assert b"the first part" in answered
    assert not answered.endswith(b"0\r\n\r\n")


def test_breaking_off_after_the_end_changes_nothing() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await body_of(receive)
        await answer(send)
        scope["extensions"][ABORT]()

    async def run() -> None:
        async with serving(app) as served, await served.opened() as talk:
            for _ in range(2):
                talk.writer.write(POST + b"Content-Length: 2\r\n\r\nhi")
                await talk.reader.readuntil(b"\r\n\r\nfine")

    asyncio.run(run())


def test_an_answer_before_the_body_s_end_leaves_the_connection_in_step() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        await answer(send)

    async def run() -> None:
        async with serving(app, SHORT) as served, await served.opened() as talk:
            talk.writer.write(POST + b"Content-Length: 4\r\n\r\nab")
            await talk.reader.readuntil(b"\r\n\r\nfine")
            talk.writer.write(b"cd" + POST + b"Content-Length: 0\r\n\r\n")
            await talk.reader.readuntil(b"\r\n\r\nfine")

    asyncio.run(run())
