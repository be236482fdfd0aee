"""Bytes that two programs may read in two ways, and connections that would cost much or never end."""

import asyncio

import pytest
from starlette.types import Receive, Scope, Send

from tests.proxy.raw import CLOSE, HOST, POST, SHORT, asked, error_of
from tests.proxy.served import Echo, answer, serving
from tokencli.proxy.protocol import Limits


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("rest", [b'{"no": "length"}', b"GET / HTTP/1.1\r\nX-Long: " + b"x" * 5000])
def test_what_comes_behind_whole_requests_takes_no_answer_from_them(count: int, rest: bytes) -> None:
    answered, bodies = asked((POST + b"Content-Length: 2\r\n\r\nhi") * count + rest)
    assert answered.count(b"HTTP/1.1 ") == answered.count(b"HTTP/1.1 200 OK") == count
    assert answered.endswith(b"connection: close\r\n\r\n2")
    assert bodies == [b"hi"] * count


def test_a_client_that_waits_for_leave_and_breaks_its_body_is_answered_once() -> None:
    sent = POST + b"Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
    assert error_of(asked(sent)[0]) == (400, "tokencli_broken_request")


async def _early(scope: Scope, receive: Receive, send: Send) -> None:
    del scope, receive
    await answer(send)


@pytest.mark.parametrize("late", [b"cd", b"cd\r\n\r\n"])
def test_a_connection_whose_body_ends_after_its_answer_does_not_stay_open_for_ever(late: bytes) -> None:
    async def run() -> None:
        limits = Limits(keep_alive_s=1, body_timeout_s=5)
        async with serving(_early, limits) as served, await served.opened() as talk:
            talk.writer.write(POST + b"Content-Length: 4\r\n\r\nab")
            await talk.reader.readuntil(b"\r\n\r\nfine")
            talk.writer.write(late)
            async with asyncio.timeout(10):
                assert await talk.rest() == b""

    asyncio.run(run())


def test_empty_lines_do_not_keep_a_resting_connection_open() -> None:
    async def run() -> None:
        async with serving(Echo(), Limits(keep_alive_s=1)) as served, await served.opened() as talk:
            talk.writer.write(POST + b"Content-Length: 2\r\n\r\nhi")
            await talk.reader.readuntil(b"\r\n\r\n2")
            talk.writer.write(b"\r\n")
            async with asyncio.timeout(10):
                assert await talk.rest() == b""

    asyncio.run(run())


@pytest.mark.parametrize("tail", [b"0\r\nX-Endless: ", b"5;ext="])
def test_a_trailer_or_chunk_extension_without_an_end_is_refused(tail: bytes) -> None:
    async def run() -> None:
        async with serving(Echo(), SHORT) as served, await served.opened() as talk:
            talk.writer.write(POST + b"Transfer-Encoding: chunked\r\n\r\n" + tail)
            for _ in range(40):
                talk.writer.write(b"x" * 65536)
                await asyncio.wait_for(talk.writer.drain(), 5)
            assert error_of(await talk.rest()) == (400, "tokencli_broken_request")

    asyncio.run(run())


def test_a_body_in_chunks_of_one_byte_is_read_to_its_end() -> None:
    body = b"1\r\nx\r\n" * 300_000 + b"0\r\n\r\n"
    sent = POST + CLOSE + b"Transfer-Encoding: chunked\r\n\r\n" + body
    assert asked(sent, Limits())[0].endswith(b"\r\n\r\n300000")


def test_a_thousand_offers_of_another_protocol_in_one_piece_are_answered_one_by_one() -> None:
    offer = b"GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"
    last = b"GET / HTTP/1.1\r\n" + CLOSE + b"\r\n"
    assert asked(offer * 1000 + last, Limits())[0].count(b"HTTP/1.1 200 OK") == 1001


@pytest.mark.parametrize(
    "start", [b"POST / HTTP/1.0\r\nConnection: Upgrade\r\n", b"POST / HTTP/1.1\r\nConnection: close, Upgrade\r\n"]
)
def test_a_client_that_offers_a_protocol_and_wants_the_end_of_its_connection_sees_it(start: bytes) -> None:
    sent = start + b"Upgrade: h2c\r\nContent-Length: 2\r\n\r\nhi"
    assert asked(sent)[0] == b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\nconnection: close\r\n\r\n2"


@pytest.mark.parametrize(
    ("target", "hosts", "path"),
    [
        (b"http://evil.example/v1/models", [b"evil.example"], b"/v1/models"),
        (b"HTTPS://evil.example:8000/", [b"evil.example:8000"], b"/"),
        (b"http://me:pw@localhost/x", [b"me:pw@localhost"], b"/x"),
        (b"//evil.example/x", [b"localhost"], b"//evil.example/x"),
    ],
)
def test_the_host_of_a_whole_url_counts_and_not_the_host_header(target: bytes, hosts: list[bytes], path: bytes) -> None:
    seen: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)
        await _early(scope, receive, send)

    async def run() -> None:
        async with serving(app, SHORT) as served:
            await served.asked(b"GET " + target + b" HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n")

    asyncio.run(run())
    assert [value for name, value in seen[0]["headers"] if name == b"host"] == hosts
    assert seen[0]["raw_path"] == path


@pytest.mark.parametrize(
    "line",
    [
        b"GET http://evil.example HTTP/1.1",
        b"GET http://evil.example?x/y HTTP/1.1",
        b"GET / HTTP/2.0",
        b"GET / HTTP/0.9",
    ],
)
def test_a_target_without_a_path_and_another_version_of_http_are_refused_with_a_sentence(line: bytes) -> None:
    assert error_of(asked(line + b"\r\n" + HOST + b"\r\n")[0]) == (400, "tokencli_broken_request")


def test_a_client_of_http_1_0_is_not_told_to_continue() -> None:
    sent = b"POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi"
    assert asked(sent)[0].startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: 2\r\nContent-Length: 2\r\n",
        b"Content-Length: 2, 2\r\n",
        b"Content-Length: +2\r\n",
        b"Content-Length : 2\r\n",
        b"Content-Length: 1\r\n 0\r\n",
        b"Content-Length: 2\r\nTransfer-Encoding: identity\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Transfer-Encoding : chunked\r\n",
        b"Transfer-Encoding: \x0bchunked\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding:\r\n chunked\r\n",
        b"X: y\nContent-Length: 2\r\n",
        b"X: y\rContent-Length: 2\r\n",
        b"X: y\0z\r\n",
        b"X\0: y\r\n",
        b"(X): y\r\n",
        b": y\r\n",
        b" X: y\r\n",
    ],
)
def test_headers_that_two_programs_may_read_in_two_ways_are_refused_and_nothing_after_them_is_read(
    headers: bytes,
) -> None:
    answered, bodies = asked(POST + headers + b"\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n")
    assert error_of(answered) == (400, "tokencli_broken_request")
    assert bodies in ([], [None])


@pytest.mark.parametrize(
    "body",
    [
        b"2\nhi\n0\n\n",
        b"2;x\nhi\r\n0\r\n\r\n",
        b"0x2\r\nhi\r\n0\r\n\r\n",
        b"-2\r\nhi\r\n",
        b"2 \r\nhi\r\n0\r\n\r\n",
        b"2\r\nhiXX0\r\n\r\n",
        b"10000000000000002\r\nhi\r\n0\r\n\r\n",
        b"0\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
)
def test_chunks_that_two_programs_may_read_in_two_ways_reach_no_app(body: bytes) -> None:
    answered, bodies = asked(POST + b"Transfer-Encoding: chunked\r\n\r\n" + body + b"GET / HTTP/1.1\r\n\r\n")
    assert error_of(answered) == (400, "tokencli_broken_request")
    assert bodies == [None]
