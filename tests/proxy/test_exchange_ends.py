from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.async_runs import async_test
from tests.proxy.answers import ANSWER, DELTA, MESSAGE_START, STREAM, WORDS
from tests.proxy.calls import CHAT, MESSAGES, house
from tests.proxy.fake_provider import SSE, Ending, Framing, Scripted, json_answer, split, stream_answer
from tokencli.domain.event import Finish
from tokencli.domain.usage import Basis, Estimate

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from tokencli.domain.event import UsageEvent


@pytest.mark.parametrize("ending", [Ending.FIN, Ending.RESET])
@pytest.mark.parametrize("framing", [Framing.LENGTH, Framing.CHUNKED, Framing.CLOSE])
@async_test
async def test_a_cut_stream_breaks_the_clients_connection_and_keeps_what_was_measured(
    framing: Framing, ending: Ending
) -> None:
    pieces = (MESSAGE_START, DELTA, DELTA)
    async with house() as place:
        whole = Scripted(headers=SSE, pieces=pieces, framing=framing, pause_s=0.005)
        place.provider.script(MESSAGES, whole.cut(len(MESSAGE_START) + 30, ending))
        reply = await place.call(MESSAGES)
        assert not reply.is_whole
        row = await place.ledger.row()
        assert (row.finish, row.error_type, row.basis) == (Finish.TRUNCATED, "cut", Basis.PARTIAL)
        assert row.usage is not None
        assert row.usage.input_tokens == 25
        assert row.response_id == "msg_1"


@async_test
async def test_a_cut_stream_without_any_count_is_estimated_from_what_came() -> None:
    async with house() as place:
        place.provider.script(CHAT, stream_answer(*WORDS, pause_s=0.005).cut(len(WORDS[0] + WORDS[1])))
        reply = await place.call()
        assert (reply.body, reply.is_whole) == (WORDS[0] + WORDS[1], False)
        row = await place.ledger.row()
        assert (row.finish, row.basis) == (Finish.TRUNCATED, Basis.ESTIMATED)
        assert row.usage is not None
        assert (row.usage.input_tokens, row.usage.output_tokens) == (7, 2)
        assert row.estimate == Estimate(input_tokens=7, output_tokens=2)


@async_test
async def test_a_body_cut_before_its_announced_length_breaks_the_clients_connection() -> None:
    async with house() as place:
        place.provider.script(CHAT, replace(json_answer(ANSWER), pause_s=0.01).cut(20))
        reply = await place.call()
        assert not reply.is_whole
        assert (await place.ledger.row()).finish is Finish.TRUNCATED


@async_test
async def test_silence_in_the_middle_of_a_stream_breaks_it_off() -> None:
    async with house(timeout_s=1) as place:
        place.provider.script(CHAT, stream_answer(*STREAM).cut(len(WORDS[0]), Ending.STALL))
        reply = await place.call()
        assert (reply.body, reply.is_whole) == (WORDS[0], False)
        row = await place.ledger.row()
        assert (row.finish, row.error_type, row.basis) == (Finish.TRUNCATED, "timeout", Basis.ESTIMATED)
        await place.provider.requests[0].gone.wait()


@async_test
async def test_silence_before_the_headers_is_a_504_and_may_have_been_billed() -> None:
    async with house(timeout_s=1) as place:
        place.provider.script(CHAT, Scripted(ending=Ending.STALL, cut_after=-1))
        reply = await place.call()
        assert reply.status == 504
        assert json.loads(reply.body)["error"]["code"] == "tokencli_provider_silent"
        row = place.ledger.settled[0]
        assert reply.one(b"x-tokencli-event-id") == row.event_id.encode()
        assert (row.finish, row.error_type, row.basis) == (Finish.ERROR, "timeout", Basis.ESTIMATED)
        assert row.usage is not None
        assert (row.usage.input_tokens, row.usage.output_tokens) == (7, 0)


@async_test
async def test_a_refused_connection_is_a_502_and_an_error_row() -> None:
    async with house(base_url="http://127.0.0.1:1") as place:
        reply = await place.call()
        assert reply.status == 502
        row = place.ledger.settled[0]
        assert (row.finish, row.error_type, row.usage, row.basis) == (Finish.ERROR, "connection", None, Basis.MISSING)


@async_test
async def test_a_provider_that_hangs_up_without_an_answer_is_asked_once() -> None:
    async with house() as place:
        place.provider.script(CHAT, Scripted(ending=Ending.RESET, cut_after=-1))
        reply = await place.call()
        assert (reply.status, len(place.provider.requests)) == (502, 1)
        row = place.ledger.settled[0]
        assert (row.error_type, row.basis) == ("no_answer", Basis.ESTIMATED)


@async_test
async def test_a_time_that_ran_out_elsewhere_is_not_put_down_to_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    async def late(*_: object, **__: object) -> None:
        raise TimeoutError

    async with house() as place:
        monkeypatch.setattr(type(place.tools.upstream), "send", late)
        reply = await place.call()
        assert reply.status == 500
        row = place.ledger.settled[0]
        assert (row.finish, row.error_type) == (Finish.UNKNOWN, "internal")
        assert [type(bug) for bug in place.served.bugs] == [TimeoutError]
        place.served.bugs.clear()


@async_test
async def test_a_client_that_leaves_before_the_answer_cancels_the_call() -> None:
    async with house() as place:
        place.provider.script(CHAT, Scripted(ending=Ending.STALL, cut_after=-1))
        client = await place.client()
        client.ask()
        asked = await place.provider.received()
        client.leave()
        await asked.gone.wait()
        row = await place.ledger.row()
        assert (row.finish, row.error_type) == (Finish.CANCELLED, "client_gone")


@async_test
async def test_a_client_that_leaves_in_mid_stream_cancels_it_and_what_came_is_estimated() -> None:
    async with house() as place:
        place.provider.script(CHAT, stream_answer(*STREAM).cut(len(WORDS[0] + WORDS[1]), Ending.STALL))
        client = await place.client()
        client.ask()
        await client.head()
        came = b""
        while len(came) < len(WORDS[0] + WORDS[1]):
            came += await client.piece()
        client.leave()
        await (await place.provider.received()).gone.wait()
        row = await place.ledger.row()
        assert (row.finish, row.basis) == (Finish.CANCELLED, Basis.ESTIMATED)
        assert row.usage is not None
        assert (row.usage.input_tokens, row.usage.output_tokens) == (7, 2)


@async_test
async def test_a_cancelled_stream_keeps_what_the_provider_had_reported() -> None:
    async with house() as place:
        answer = Scripted(headers=SSE, pieces=(MESSAGE_START, DELTA), framing=Framing.CHUNKED)
        place.provider.script(MESSAGES, answer.cut(len(answer.body), Ending.STALL))
        client = await place.client()
        client.ask(MESSAGES)
        await client.head()
        came = b""
        while len(came) < len(answer.body):
            came += await client.piece()
        client.leave()
        row = await place.ledger.row()
        assert (row.finish, row.basis) == (Finish.CANCELLED, Basis.PARTIAL)
        assert row.usage is not None
        assert row.usage.input_tokens == 25


@async_test
async def test_drain_reads_on_when_the_client_has_left_and_settles_what_was_reported() -> None:
    async with house(on_disconnect="drain") as place:
        place.provider.script(CHAT, stream_answer(*STREAM, pause_s=0.02))
        client = await place.client()
        client.ask()
        await client.head()
        client.leave()
        row = await place.ledger.row()
        assert (row.finish, row.basis) == (Finish.OK, Basis.REPORTED)
        assert row.usage is not None
        assert row.usage.total_tokens == 16


@async_test
async def test_drain_ends_at_its_deadline() -> None:
    async with house(on_disconnect="drain", drain_max_s=1) as place:
        place.provider.script(CHAT, stream_answer(*STREAM).cut(20, Ending.STALL))
        client = await place.client()
        client.ask()
        await client.head()
        client.leave()
        row = await place.ledger.row()
        assert row.finish is Finish.CANCELLED
        await place.provider.requests[0].gone.wait()


@async_test
async def test_a_shutdown_settles_what_is_under_way() -> None:
    async with house(drain_s=0.05) as place:
        place.provider.script(CHAT, stream_answer(*STREAM).cut(len(WORDS[0]), Ending.STALL))
        client = await place.client()
        client.ask()
        await client.head()
        place.served.server.stop()
        row = await place.ledger.row()
        assert (row.finish, row.error_type) == (Finish.CANCELLED, "shutdown")


@async_test
async def test_an_answer_passes_whole_to_a_client_that_reads_slowly() -> None:
    body = bytes(range(256)) * 40_000
    async with house() as place:
        place.provider.script(CHAT, Scripted(headers=(), pieces=split(body, 1 << 20), framing=Framing.CHUNKED))
        client = await place.client()
        client.ask()
        await asyncio.sleep(0.1)
        assert (await client.reply()).body == body


@async_test
async def test_a_client_that_leaves_while_a_shutdown_settles_its_call_raises_nothing() -> None:
    errors: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, told: errors.append(told))
    async with house(drain_s=0.05) as place:
        place.provider.script(CHAT, stream_answer(*STREAM).cut(len(WORDS[0]), Ending.STALL))
        place.ledger.gate.clear()
        client = await place.client()
        client.ask()
        await client.head()
        place.served.server.stop()
        await place.ledger.asked.wait()
        client.leave()
        await asyncio.sleep(0.1)
        place.ledger.gate.set()
        row = await place.ledger.row()
        assert (row.finish, row.error_type) == (Finish.CANCELLED, "shutdown")
    assert errors == []


@async_test
async def test_a_client_that_leaves_while_its_row_is_settled_takes_no_row_of_a_call_beside_it_along() -> None:
    usage = {
        "input_tokens": 10,
        "output_tokens": 2,
        "iterations": [
            {"type": "message", "input_tokens": 10, "output_tokens": 2},
            {"type": "advisor_message", "model": "claude-other", "input_tokens": 100, "output_tokens": 20},
        ],
    }
    async with house() as place:
        told: list[UsageEvent] = []
        place.ledger.settle = _handed_over(told, place.ledger.settle)  # type: ignore[assignment, method-assign]
        place.provider.script_all(json_answer({"type": "message", "id": "msg_1", "model": "claude", "usage": usage}))
        place.ledger.gate.clear()
        client = await place.client()
        client.ask(MESSAGES)
        await place.ledger.asked.wait()
        client.leave()
        await asyncio.sleep(0.1)
        place.ledger.gate.set()
        await asyncio.sleep(0.1)
        place.ledger.settled[:] = told
        assert [row.request_model for row in told] == ["m", "claude-other"]


def _handed_over(
    told: list[UsageEvent], settle: Callable[[UsageEvent], Coroutine[Any, Any, None]]
) -> Callable[[UsageEvent], Coroutine[Any, Any, None]]:
    """Return `settle` as the recorder has it: what is handed over is written, even when nobody waits any more."""

    async def settled(event: UsageEvent) -> None:
        told.append(event)
        await settle(event)

    return settled
