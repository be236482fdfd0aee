from __future__ import annotations

import socket
import ssl
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
import trustme

from tests.async_runs import async_test
from tests.proxy.fake_provider import Ending, FakeProvider, Framing, Scripted, json_answer, split, stream_answer
from tokencli.proxy.faults import (
    CutAnswerError,
    NoAnswerError,
    ProviderFault,
    SilentProviderError,
    SlowConnectError,
    UnreachableError,
    UnsendableRequestError,
)
from tokencli.proxy.upstream import Upstream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tokencli.proxy.line import Answer

Headers = list[tuple[bytes, bytes]]
PATH = "/v1/chat/completions"
BODY = b'{"model": "m"}'
EVENTS = tuple(b'data: {"n": %d}\n\n' % number for number in range(5))


@asynccontextmanager
async def both(environ: dict[str, str] | None = None) -> AsyncIterator[tuple[FakeProvider, Upstream]]:
    async with FakeProvider() as provider, Upstream(environ or {}, connect_s=0.5) as upstream:
        yield provider, upstream


async def post(upstream: Upstream, base: str, *, headers: Headers | None = None, wait_s: float = 20) -> Answer:
    return await upstream.send("POST", base + PATH, headers or [], BODY, wait_s=wait_s)


async def drained(answer: Answer) -> bytes:
    pieces: list[bytes] = []
    while piece := await answer.read():
        pieces.append(piece)
    return b"".join(pieces)


async def until_cut(answer: Answer) -> tuple[bytes, str]:
    pieces: list[bytes] = []
    try:
        while piece := await answer.read():
            pieces.append(piece)
    except CutAnswerError as cut:
        return b"".join(pieces), cut.error_type
    return b"".join(pieces), "whole"


@async_test
async def test_the_provider_receives_exactly_the_bytes_that_were_planned() -> None:
    headers = [
        (b"authorization", b"Bearer key"),
        (b"x-twice", b"1"),
        (b"accept-language", "français".encode()),
        (b"x-twice", b"2"),
        (b"anthropic-beta", b"a,b"),
    ]
    async with both() as (provider, upstream):
        provider.script_all(json_answer({}))
        await drained(await upstream.send("POST", f"{provider.url}/v1/x%2Fy//z?b=%20&a=+~é", headers, BODY, wait_s=9))
        lines = [
            b"POST /v1/x%2Fy//z?b=%20&a=+~\xc3\xa9 HTTP/1.1",
            b"Host: 127.0.0.1:%d" % provider.port,
            b"authorization: Bearer key",
            b"x-twice: 1",
            b"accept-language: fran\xc3\xa7ais",
            b"x-twice: 2",
            b"anthropic-beta: a,b",
            b"Content-Length: 14",
        ]
        assert provider.requests[0].raw == b"\r\n".join(lines) + b"\r\n\r\n" + BODY


@async_test
async def test_a_get_leaves_without_a_body_and_without_invented_headers() -> None:
    async with both() as (provider, upstream):
        provider.script_all(json_answer({}))
        await drained(await upstream.send("GET", f"{provider.url}/v1/models", [], b"", wait_s=9))
        assert provider.requests[0].raw == b"GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % provider.port


@async_test
async def test_an_empty_post_says_its_length() -> None:
    async with both() as (provider, upstream):
        provider.script_all(json_answer({}))
        await drained(await upstream.send("POST", f"{provider.url}/x", [], b"", wait_s=9))
        assert provider.requests[0].raw.endswith(b"\r\nContent-Length: 0\r\n\r\n")


@async_test
async def test_a_planned_length_gives_way_to_that_of_the_body() -> None:
    async with both() as (provider, upstream):
        provider.script_all(json_answer({}))
        await drained(await post(upstream, provider.url, headers=[(b"content-length", b"3")]))
        assert provider.requests[0].all(b"content-length") == [b"14"]
        assert provider.requests[0].body == BODY


@async_test
async def test_a_body_of_some_megabytes_arrives_whole() -> None:
    body = bytes(range(256)) * 20_000
    async with both() as (provider, upstream):
        provider.script_all(json_answer({}))
        await drained(await upstream.send("POST", f"{provider.url}/x", [], body, wait_s=9))
        assert provider.requests[0].body == body


@async_test
async def test_status_headers_and_body_come_back_as_they_were_sent() -> None:
    headers = ((b"Content-Type", b"text/PLAIN"), (b"Set-Cookie", b"a=1"), (b"Set-Cookie", b"b=2"), (b"X-Empty", b""))
    async with both() as (provider, upstream):
        provider.script(PATH, Scripted(status=429, reason=b"Slow", headers=headers, pieces=(b"wait",)))
        answer = await post(upstream, provider.url)
        assert answer.status == 429
        assert answer.headers == [*headers, (b"Content-Length", b"4")]
        assert (answer.length, answer.is_by_close) == (4, False)
        assert await drained(answer) == b"wait"


@async_test
async def test_cookies_are_not_kept_between_calls() -> None:
    async with both() as (provider, upstream):
        provider.script(PATH, Scripted(headers=((b"Set-Cookie", b"a=1; Path=/"),)))
        for _ in range(2):
            await drained(await post(upstream, provider.url))
        assert provider.requests[1].all(b"cookie") == []


@async_test
async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    async with both() as (provider, upstream):
        provider.script(PATH, Scripted(status=307, headers=((b"Location", provider.url.encode() + b"/elsewhere"),)))
        answer = await post(upstream, provider.url)
        assert answer.status == 307
        assert len(provider.requests) == 1


@async_test
async def test_a_packed_body_is_not_unpacked() -> None:
    plain = json_answer({"text": "x" * 1000})
    async with both() as (provider, upstream):
        provider.script(PATH, plain.zipped())
        answer = await post(upstream, provider.url)
        assert await drained(answer) == plain.zipped().body


@pytest.mark.parametrize("framing", [Framing.LENGTH, Framing.CHUNKED, Framing.CLOSE])
@async_test
async def test_a_body_in_small_pieces_arrives_whole(framing: Framing) -> None:
    body = b"".join(EVENTS)
    async with both() as (provider, upstream):
        provider.script(PATH, Scripted(pieces=split(body, 3), framing=framing, pause_s=0.001))
        answer = await post(upstream, provider.url)
        assert await until_cut(answer) == (body, "whole")


@async_test
async def test_connections_are_used_again() -> None:
    async with both() as (provider, upstream):
        provider.script_all(stream_answer(*EVENTS))
        for _ in range(3):
            await drained(await post(upstream, provider.url))
        assert provider.connections == 1


@pytest.mark.parametrize("ending", [Ending.FIN, Ending.RESET])
@pytest.mark.parametrize("framing", [Framing.LENGTH, Framing.CHUNKED])
@async_test
async def test_a_cut_body_gives_all_that_came_and_then_says_so(framing: Framing, ending: Ending) -> None:
    body = b"".join(EVENTS)
    async with both() as (provider, upstream):
        whole = Scripted(pieces=EVENTS, framing=framing, pause_s=0.002)
        provider.script(PATH, whole.cut(len(EVENTS[0]) + 4, ending))
        came, kind = await until_cut(await post(upstream, provider.url))
        assert (body[: len(came)], kind) == (came, "cut")
        if ending is Ending.FIN:
            assert len(came) == len(EVENTS[0]) + 4


@async_test
async def test_bytes_that_came_before_a_cut_are_read_even_when_the_cut_was_noticed_first() -> None:
    async with both() as (provider, upstream):
        provider.script(PATH, Scripted(pieces=EVENTS).cut(40))
        answer = await post(upstream, provider.url)
        await (await provider.received()).gone_or(0.05)
        assert await until_cut(answer) == (b"".join(EVENTS)[:40], "cut")


@async_test
async def test_a_reset_is_told_from_the_end_of_a_body_that_ends_with_its_connection() -> None:
    async with both() as (provider, upstream):
        provider.script(PATH, Scripted(pieces=EVENTS, framing=Framing.CLOSE, pause_s=0.002).cut(20, Ending.RESET))
        answer = await post(upstream, provider.url)
        assert answer.is_by_close
        assert (await until_cut(answer))[1] == "cut"


@async_test
async def test_silence_in_the_middle_is_a_cut_of_its_own_kind() -> None:
    async with both() as (provider, upstream):
        provider.script(PATH, Scripted(pieces=EVENTS, framing=Framing.CHUNKED).cut(20, Ending.STALL))
        answer = await post(upstream, provider.url, wait_s=0.2)
        assert await until_cut(answer) == (b"".join(EVENTS)[:20], "timeout")


@async_test
async def test_silence_before_the_headers_is_a_refusal() -> None:
    async with both() as (provider, upstream):
        provider.script(PATH, Scripted(ending=Ending.STALL, cut_after=-1))
        with pytest.raises(SilentProviderError, match=r"within 0.2 s"):
            await post(upstream, provider.url, wait_s=0.2)
        await provider.requests[0].gone.wait()


@pytest.mark.parametrize("ending", [Ending.FIN, Ending.RESET])
@async_test
async def test_a_post_without_an_answer_is_sent_once(ending: Ending) -> None:
    async with both() as (provider, upstream):
        provider.script(PATH, json_answer({}), Scripted(ending=ending, cut_after=-1))
        await drained(await post(upstream, provider.url))
        with pytest.raises(NoAnswerError):
            await post(upstream, provider.url)
        assert len(provider.requests) == 2


@async_test
async def test_an_answer_that_is_no_http_is_no_answer() -> None:
    async with both() as (provider, upstream):
        provider.script(PATH, Scripted(before=b"+OK POP3 ready\r\n"))
        with pytest.raises(NoAnswerError):
            await post(upstream, provider.url)


@async_test
async def test_interim_answers_are_passed_over() -> None:
    async with both() as (provider, upstream):
        provider.script(PATH, Scripted(before=b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n", pieces=(b"ok",)))
        answer = await post(upstream, provider.url)
        assert (answer.status, await drained(answer)) == (200, b"ok")


@async_test
async def test_a_refused_connection_says_that_nothing_was_sent() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        async with both() as (_, upstream):
            with pytest.raises(UnreachableError, match="nothing was sent"):
                await post(upstream, f"http://127.0.0.1:{taken.getsockname()[1]}")


@async_test
async def test_a_connection_that_does_not_come_about_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as deaf:
        waiting = []
        for _ in range(3):
            caller = socket.socket()
            caller.settimeout(0)
            caller.connect_ex(deaf.getsockname())
            waiting.append(caller)
        async with both() as (_, upstream):
            with pytest.raises(SlowConnectError):
                await post(upstream, f"http://127.0.0.1:{deaf.getsockname()[1]}")
        for caller in waiting:
            caller.close()


@async_test
async def test_a_header_in_any_encoding_arrives_as_it_came() -> None:
    async with both() as (provider, upstream):
        provider.script_all(json_answer({}))
        await drained(await post(upstream, provider.url, headers=[(b"x-name", b"\xe9\xff")]))
        assert provider.requests[0].all(b"x-name") == [b"\xe9\xff"]


@pytest.mark.parametrize("value", [b"a\r\nb: c", b"a\nb", b"a\rb", b"a\0b"])
@async_test
async def test_a_header_that_would_be_two_is_refused_and_nothing_is_sent(value: bytes) -> None:
    async with both() as (provider, upstream):
        with pytest.raises(UnsendableRequestError):
            await post(upstream, provider.url, headers=[(b"x-name", value)])
        assert provider.connections == 0


@async_test
async def test_a_space_in_a_path_never_makes_another_request_line() -> None:
    async with both() as (provider, upstream):
        with pytest.raises(UnsendableRequestError):
            await upstream.send("GET", f"{provider.url}/v1 HTTP/1.1", [], b"", wait_s=1)
        assert provider.connections == 0


@async_test
async def test_a_login_in_a_url_is_sent_as_one_and_shown_nowhere() -> None:
    async with both() as (provider, upstream):
        provider.script_all(json_answer({}))
        url = provider.url.replace("http://", "http://me:p%40ss@")
        await drained(await post(upstream, url))
        assert provider.requests[0].all(b"authorization") == [b"Basic bWU6cEBzcw=="]
        await drained(await post(upstream, url, headers=[(b"authorization", b"Bearer key")]))
        assert provider.requests[1].all(b"authorization") == [b"Bearer key"]
        provider.script_all(Scripted(before=b"no HTTP\r\n"))
        with pytest.raises(NoAnswerError) as told:
            await post(upstream, url)
        assert "p%40ss" not in str(told.value)


@async_test
async def test_a_connection_that_nobody_used_for_a_while_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tokencli.proxy.upstream._IDLE_S", 0.05)
    async with both() as (provider, upstream):
        provider.script_all(json_answer({}))
        await drained(await post(upstream, provider.url))
        await provider.requests[0].gone_or(0.3)
        await drained(await post(upstream, provider.url))
        assert provider.connections == 2


@pytest.mark.parametrize("status", [204, 304])
@async_test
async def test_answers_without_a_body_end_at_once(status: int) -> None:
    async with both() as (provider, upstream):
        provider.script(PATH, Scripted(status=status, headers=((b"Content-Length", b"10"),)))
        answer = await post(upstream, provider.url)
        assert (answer.length, await drained(answer)) == (0, b"")


@async_test
async def test_a_head_answer_keeps_the_announced_length_and_has_no_body() -> None:
    async with both() as (provider, upstream):
        provider.script_all(Scripted(pieces=(b"0123456789",)))
        answer = await upstream.send("HEAD", f"{provider.url}/x", [], b"", wait_s=9)
        assert (b"Content-Length", b"10") in answer.headers
        assert (answer.length, await drained(answer)) == (0, b"")


@async_test
async def test_letting_go_closes_the_providers_connection() -> None:
    async with both() as (provider, upstream):
        provider.script(PATH, Scripted(pieces=EVENTS, framing=Framing.CHUNKED).cut(20, Ending.STALL))
        answer = await post(upstream, provider.url)
        await answer.read()
        answer.close()
        await provider.requests[0].gone.wait()


@async_test
async def test_certificates_are_checked() -> None:
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    async with FakeProvider(tls=context) as provider, Upstream({}) as upstream:
        with pytest.raises(UnreachableError, match="certificate"):
            await post(upstream, provider.url)
        assert provider.requests == []


@async_test
async def test_a_forward_proxy_of_the_environment_only_passes_on_what_it_cannot_read() -> None:
    async with FakeProvider() as proxy, Upstream({"https_proxy": proxy.url}, connect_s=0.5) as upstream:
        proxy.script_all(Scripted(status=403))
        with pytest.raises(UnreachableError):
            await post(upstream, "https://provider.test", headers=[(b"authorization", b"Bearer sk-test-canary")])
        (asked,) = proxy.requests
        assert (asked.method, asked.target) == ("CONNECT", "provider.test:443")
        assert b"sk-test-canary" not in b"".join(value for _, value in asked.headers) + asked.body


@async_test
async def test_a_call_without_tls_and_a_host_that_is_exempt_go_past_a_forward_proxy() -> None:
    async with FakeProvider() as proxy:
        async with both({"http_proxy": proxy.url, "HTTP_PROXY": proxy.url}) as (provider, upstream):
            provider.script_all(json_answer({}))
            await drained(await post(upstream, provider.url))
            assert len(provider.requests) == 1
        async with both({"HTTPS_PROXY": proxy.url, "no_proxy": "127.0.0.1"}) as (provider, upstream):
            with pytest.raises(ProviderFault):
                await post(upstream, provider.url.replace("http:", "https:"))
        assert proxy.requests == []
