from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from tests.async_runs import async_test
from tests.proxy.calls import CHAT, MESSAGES, house
from tests.proxy.fake_provider import Ending, Scripted, json_answer, stream_answer
from tokencli.domain.event import Finish
from tokencli.proxy.refusals import Refusal

if TYPE_CHECKING:
    from tokencli.proxy.headers import Headers
    from tokencli.proxy.paths import Target
    from tokencli.proxy.plan import Plan

ANSWER = {"id": "c1", "model": "m", "choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 1}}


class NotPlanned:
    """Refuses every request."""

    async def planned(self, target: Target, method: str, headers: Headers, body: bytes) -> Plan:
        del target, method, headers, body
        raise Refusal("this is not planned.")  # noqa: EM101, TRY003  the sentence is the test's


@async_test
async def test_a_path_of_no_provider_belongs_to_the_app_behind() -> None:
    async with house() as place:
        assert (await place.call("/health", b"", "GET")).body == b"behind"


@async_test
async def test_a_websocket_on_a_providers_path_is_answered_426() -> None:
    async with house() as place:
        headers = (b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Version: 13")
        for path in ("/v1/responses", "/responses", "/p/p/v1/responses"):
            assert (await place.call(path, b"", "GET", *headers)).status == 426
        assert (await place.call("/other", b"", "GET", *headers)).body == b"behind"
        assert place.provider.requests == []


@pytest.mark.parametrize("dest", [b"document", b"iframe", b"image", b"script", b"Empty, document"])
@async_test
async def test_a_browser_does_not_show_what_a_provider_answers_as_a_page_of_ours(dest: bytes) -> None:
    async with house() as place:
        reply = await place.call("/p/p/v1/files/f1/content", b"", "GET", b"Sec-Fetch-Dest: " + dest)
        assert (reply.status, reply.one(b"x-tokencli-error")) == (403, b"foreign_origin")
        assert place.provider.requests == []
        assert (await place.call("/health", b"", "GET", b"Sec-Fetch-Dest: " + dest)).body == b"behind"
        place.provider.script(CHAT, json_answer(ANSWER))
        assert (await place.call(CHAT, b"{}", "POST", b"Sec-Fetch-Dest: empty")).status == 200


@async_test
async def test_a_trace_would_show_the_provider_s_key_and_is_not_forwarded() -> None:
    async with house() as place:
        reply = await place.call("/p/p/v1/x", b"", "TRACE")
        assert (reply.status, reply.one(b"x-tokencli-error")) == (501, b"wrong_method")
        assert place.provider.requests == []


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        (CHAT, lambda told: told["error"]["code"]),
        (MESSAGES, lambda told: told["error"]["code"]),
        ("/v1beta/models/g:generateContent", lambda told: told["error"]["details"][0]["reason"]),
    ],
)
@async_test
async def test_a_refusal_has_the_shape_of_the_api(path: str, shape: object) -> None:
    async with house() as place:
        place.app._planner = NotPlanned()
        reply = await place.call(path)
        assert reply.status == 400
        assert callable(shape)
        assert shape(json.loads(reply.body)) == "tokencli_refused"
        assert reply.one(b"x-tokencli-event-id") is None


@async_test
async def test_calls_on_one_connection_follow_each_other() -> None:
    async with house() as place:
        place.provider.script_all(json_answer(ANSWER))
        client = await place.client()
        for number in range(1, 4):
            client.ask()
            reply = await client.reply()
            assert reply.one(b"x-tokencli-event-id") == b"run.%d" % number
        assert place.provider.connections == 1


@async_test
async def test_a_request_that_its_client_does_not_finish_is_not_sent() -> None:
    async with house() as place:
        client = await place.client()
        client.writer.write(b"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n{")
        await client.writer.drain()
        await asyncio.sleep(0.02)
        client.leave()
        await asyncio.sleep(0.02)
        assert place.provider.requests == []
        assert place.app.open_calls == 0


@async_test
async def test_a_chunked_request_is_sent_whole_with_its_length() -> None:
    async with house() as place:
        place.provider.script_all(json_answer(ANSWER))
        client = await place.client()
        client.writer.write(
            b"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"3\r\n{} \r\n2\r\n  \r\n0\r\n\r\n"
        )
        assert (await client.reply()).status == 200
        assert place.provider.requests[0].body == b"{}   "
        assert place.provider.requests[0].one(b"content-length") == b"5"


@async_test
async def test_many_streams_at_once_are_all_whole_and_all_counted() -> None:
    words = [b'data: {"id":"1","model":"m","choices":[{"delta":{"content":"word"}}]}\n\n'] * 5
    async with house() as place:
        place.provider.script(CHAT, stream_answer(*words, b"data: [DONE]\n\n", pause_s=0.01))
        async with asyncio.TaskGroup() as group:
            calls = [group.create_task(place.call()) for _ in range(100)]
        assert all(call.result().is_whole for call in calls)
        assert len(place.ledger.settled) == 100
        assert place.app.open_calls == 0


@async_test
async def test_open_calls_are_counted_while_they_last() -> None:
    async with house() as place:
        place.provider.script(CHAT, Scripted(ending=Ending.STALL, cut_after=-1))
        client = await place.client()
        client.ask()
        await place.provider.received()
        assert place.app.open_calls == 1
        client.leave()
        assert (await place.ledger.row()).finish is Finish.CANCELLED


@async_test
async def test_a_call_whose_client_left_while_it_was_planned_is_not_sent() -> None:
    async with house() as place:
        planning, left = place.planning, asyncio.Event()

        class Slow:
            async def planned(self, target: Target, method: str, headers: Headers, body: bytes) -> Plan:
                left.set()
                await asyncio.sleep(0.05)
                return await planning.planned(target, method, headers, body)

        place.app._planner = Slow()
        client = await place.client()
        client.ask()
        await left.wait()
        client.leave()
        await asyncio.sleep(0.1)
        assert (place.provider.requests, place.app.open_calls) == ([], 0)
