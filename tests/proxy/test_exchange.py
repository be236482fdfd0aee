from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from tests.async_runs import async_test
from tests.proxy.answers import ANSWER, DONE, STREAM, USAGE, WORDS
from tests.proxy.calls import CHAT, MESSAGES, NOON, house
from tests.proxy.fake_provider import SSE, Ending, Framing, Scripted, json_answer, split, stream_answer
from tokencli.domain.errors import LedgerFullError
from tokencli.domain.event import Finish
from tokencli.domain.usage import Basis, Estimate


@async_test
async def test_a_whole_answer_passes_and_its_row_says_what_the_provider_reported() -> None:
    async with house() as place:
        place.planning.is_stream = False
        place.provider.script(CHAT, json_answer(ANSWER))
        reply = await place.call()
        assert (reply.status, json.loads(reply.body)) == (200, ANSWER)
        row = place.ledger.settled[0]
        assert reply.one(b"x-tokencli-event-id") == row.event_id.encode()
        assert row.usage is not None
        assert (row.usage.input_tokens, row.usage.output_tokens, row.basis) == (11, 5, Basis.REPORTED)
        assert (row.finish, row.error_type, row.source, row.occurred_at) == (Finish.OK, None, "proxy", NOON)
        assert (row.response_id, row.response_model, row.request_model) == ("chatcmpl-1", "m-2026", "m")
        assert (row.session_id, row.client, row.provider_name) == ("s1", "pytest", "p")
        assert json.loads(row.raw_usage or "") == USAGE
        assert row.estimate == Estimate(input_tokens=7, output_tokens=0)
        assert row.duration_s is not None
        assert row.time_to_first_token_s is None


@async_test
async def test_estimator_learns_from_each_reported_count() -> None:
    async with house() as place:
        place.provider.script(CHAT, stream_answer(*STREAM))
        await place.call()
        row = place.ledger.settled[0]
        assert place.estimator.lessons == [(row.estimate, row.usage)]


@pytest.mark.parametrize("size", [1, 7, 100, 10_000])
@pytest.mark.parametrize("framing", [Framing.LENGTH, Framing.CHUNKED, Framing.CLOSE])
@async_test
async def test_a_stream_cut_into_any_pieces_arrives_byte_for_byte_and_is_counted(framing: Framing, size: int) -> None:
    body = b"".join(STREAM)
    async with house() as place:
        place.provider.script(CHAT, Scripted(headers=SSE, pieces=split(body, size), framing=framing))
        reply = await place.call()
        assert (reply.body, reply.is_whole) == (body, True)
        row = place.ledger.settled[0]
        assert (row.basis, row.finish) == (Basis.REPORTED, Finish.OK)
        assert row.usage is not None
        assert row.usage.total_tokens == 16
        assert row.time_to_first_token_s is not None


@async_test
async def test_status_and_headers_pass_and_those_of_one_connection_do_not() -> None:
    headers = (
        (b"Content-Type", b"application/json"),
        (b"Set-Cookie", b"a=1"),
        (b"Set-Cookie", b"b=2"),
        (b"X-Request-Id", "é".encode("latin-1")),
        (b"Keep-Alive", b"timeout=5"),
        (b"Connection", b"keep-alive, X-Private"),
        (b"X-Private", b"secret"),
        (b"X-Tokencli-Event-Id", b"forged"),
    )
    async with house() as place:
        place.provider.script(CHAT, Scripted(status=201, headers=headers, pieces=(b"{}",)))
        reply = await place.call()
        assert reply.status == 201
        assert reply.headers == [
            (b"content-type", b"application/json"),
            (b"set-cookie", b"a=1"),
            (b"set-cookie", b"b=2"),
            (b"x-request-id", "é".encode("latin-1")),
            (b"content-length", b"2"),
            (b"x-tokencli-event-id", b"run.1"),
        ]


@pytest.mark.parametrize("framing", [Framing.LENGTH, Framing.CHUNKED])
@async_test
async def test_a_packed_answer_passes_packed_and_is_counted(framing: Framing) -> None:
    plain = replace(stream_answer(*STREAM), framing=framing)
    packed = plain.zipped(size=20)
    async with house() as place:
        place.provider.script(CHAT, packed)
        reply = await place.call()
        assert reply.body == packed.body
        assert reply.one(b"content-encoding") == b"gzip"
        assert place.ledger.settled[0].basis is Basis.REPORTED


@async_test
async def test_the_row_is_settled_before_the_last_byte_of_a_body() -> None:
    async with house() as place:
        place.ledger.gate.clear()
        place.provider.script(CHAT, json_answer(ANSWER))
        client = await place.client()
        client.ask()
        await place.ledger.asked.wait()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.reader.read(1), 0.05)
        place.ledger.gate.set()
        assert json.loads((await client.reply()).body) == ANSWER


@async_test
async def test_a_stream_flows_and_only_the_chunk_with_its_end_mark_waits_for_the_row() -> None:
    async with house() as place:
        place.ledger.gate.clear()
        place.provider.script(CHAT, stream_answer(*STREAM, pause_s=0.01).cut(len(b"".join(STREAM)), Ending.STALL))
        client = await place.client()
        client.ask()
        await client.head()
        came = b""
        while len(came) < len(b"".join(STREAM[:-1])):
            came += await client.piece()
        assert came == b"".join(STREAM[:-1])
        await place.ledger.asked.wait()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.reader.read(1), 0.05)
        place.ledger.gate.set()
        assert await client.piece() == DONE


@async_test
async def test_an_end_mark_cut_in_two_is_held_as_well() -> None:
    async with house() as place:
        place.ledger.gate.clear()
        pieces = (*STREAM[:-1], DONE[:9], DONE[9:])
        place.provider.script(CHAT, stream_answer(*pieces, pause_s=0.01).cut(len(b"".join(pieces)), Ending.STALL))
        client = await place.client()
        client.ask()
        await client.head()
        came = b""
        while len(came) < len(b"".join(pieces[:-1])):
            came += await client.piece()
        await place.ledger.asked.wait()
        place.ledger.gate.set()
        assert await client.piece() == DONE[9:]


@async_test
async def test_an_error_status_passes_as_it_is_and_makes_an_error_row() -> None:
    told = {"error": {"message": "slow down", "type": "rate_limit_error", "code": None}}
    async with house() as place:
        place.provider.script(CHAT, json_answer(told, 429, b"Too Many Requests"))
        reply = await place.call()
        assert (reply.status, json.loads(reply.body)) == (429, told)
        row = place.ledger.settled[0]
        assert (row.finish, row.error_type, row.usage) == (Finish.ERROR, "rate_limit_error", None)


@async_test
async def test_a_redirect_passes_unfollowed_and_its_call_was_not_answered() -> None:
    async with house() as place:
        elsewhere = ((b"Location", place.provider.url.encode() + b"/elsewhere"),)
        place.provider.script(CHAT, Scripted(status=302, headers=elsewhere, pieces=(b"moved",)))
        reply = await place.call()
        assert (reply.status, reply.body, len(place.provider.requests)) == (302, b"moved", 1)
        row = place.ledger.settled[0]
        assert (row.finish, row.error_type, row.basis, row.usage) == (Finish.ERROR, "http_302", Basis.MISSING, None)


@async_test
async def test_an_error_status_without_words_is_named_by_its_number() -> None:
    async with house() as place:
        place.provider.script(CHAT, Scripted(status=503, headers=(), pieces=(b"<html>",)))
        assert (await place.call()).body == b"<html>"
        assert place.ledger.settled[0].error_type == "http_503"


@async_test
async def test_a_stream_without_usage_that_is_billed_is_estimated() -> None:
    async with house() as place:
        place.provider.script(CHAT, stream_answer(*WORDS, DONE))
        await place.call()
        row = place.ledger.settled[0]
        assert (row.finish, row.basis) == (Finish.OK, Basis.ESTIMATED)
        assert row.usage is not None
        assert (row.usage.input_tokens, row.usage.output_tokens) == (7, 2)


@async_test
async def test_counting_tokens_makes_a_row_that_costs_nothing() -> None:
    async with house() as place:
        place.provider.script_all(json_answer({"input_tokens": 2095}))
        await place.call(f"{MESSAGES}/count_tokens")
        row = place.ledger.settled[0]
        assert (row.operation_name, row.basis, row.finish) == ("count_tokens", Basis.REPORTED, Finish.OK)
        assert row.usage is not None
        assert row.usage.total_tokens == 0


@async_test
async def test_an_unknown_path_of_a_provider_makes_a_row_without_counts() -> None:
    async with house() as place:
        place.provider.script_all(json_answer({"any": 1}))
        assert (await place.call("/p/p/v1/audio/speech")).status == 200
        row = place.ledger.settled[0]
        assert (row.operation_name, row.basis, row.finish) == ("other", Basis.MISSING, Finish.OK)


@async_test
async def test_what_is_no_call_passes_without_a_row() -> None:
    async with house() as place:
        place.provider.script_all(json_answer({"data": []}))
        reply = await place.call("/p/p/v1/models", b"", "GET")
        assert reply.status == 200
        assert reply.one(b"x-tokencli-event-id") is None
        assert place.ledger.opened == {}


@async_test
async def test_a_head_answer_has_headers_and_no_body() -> None:
    async with house() as place:
        place.provider.script_all(json_answer(ANSWER))
        reply = await place.call("/p/p/v1/models", b"", "HEAD")
        assert (reply.status, reply.is_whole, reply.body) == (200, True, b"")


@pytest.mark.parametrize("status", [204, 304])
@async_test
async def test_an_answer_without_a_body_ends_at_once(status: int) -> None:
    async with house() as place:
        place.provider.script(CHAT, Scripted(status=status, headers=((b"Content-Length", b"5"),)))
        client = await place.client()
        for _ in range(2):
            client.ask()
            reply = await client.reply()
            assert (reply.status, reply.one(b"content-length")) == (status, None)


@async_test
async def test_an_empty_body_is_settled_and_passed() -> None:
    async with house() as place:
        place.provider.script(CHAT, Scripted())
        reply = await place.call()
        assert (reply.status, reply.body, reply.is_whole) == (200, b"", True)
        assert len(place.ledger.settled) == 1


@async_test
async def test_a_ledger_that_cannot_take_the_call_keeps_it_from_being_sent() -> None:
    async with house() as place:
        place.ledger.refuses = LedgerFullError("ledger.db", "nothing was recorded")
        reply = await place.call()
        assert reply.status == 503
        assert b"no space left" in reply.body
        assert place.provider.requests == []


@async_test
async def test_a_call_billed_beside_another_has_a_row_of_its_own() -> None:
    usage = {
        "input_tokens": 10,
        "output_tokens": 2,
        "iterations": [
            {"type": "message", "input_tokens": 10, "output_tokens": 2},
            {"type": "advisor_message", "model": "claude-other", "input_tokens": 100, "output_tokens": 20},
        ],
    }
    async with house() as place:
        place.provider.script_all(json_answer({"type": "message", "id": "msg_1", "model": "claude", "usage": usage}))
        await place.call(MESSAGES)
        first, second = place.ledger.settled
        assert first.usage is not None
        assert second.usage is not None
        assert (first.usage.total_tokens, second.usage.total_tokens) == (12, 120)
        assert (second.request_model, second.session_id) == ("claude-other", "s1")


@pytest.mark.parametrize(
    "headers",
    [
        ((b"X-Bad", b"a\x01b"),),
        ((b"X-Bad", b"a\x7fb"),),
        ((b"X Bad", b"a"),),
        ((b"X-Folded", b"a\r\n b"),),
        ((b"X-Nul", b"a\x00b"),),
        ((b"X-Long", b"a" * 50_000),),
        tuple((b"X-%d" % number, b"a") for number in range(300)),
        ((b"Content-Length", b"5"), (b"Content-Length", b"9")),
        ((b"Content-Length", b"-1"),),
        ((b"Content-Length", b"5"), (b"Transfer-Encoding", b"chunked")),
    ],
    ids=["control", "delete", "space", "folded", "nul", "long", "many", "lengths", "negative", "both"],
)
@async_test
async def test_headers_that_no_server_should_send_pass_or_are_no_answer(
    headers: tuple[tuple[bytes, bytes], ...],
) -> None:
    async with house() as place:
        place.provider.script(CHAT, Scripted(headers=headers, pieces=(b"12345",), framing=Framing.CLOSE))
        reply = await place.call()
        assert reply.status in {200, 502}
        await place.ledger.row()


@pytest.mark.parametrize("status", [101, 999])
@async_test
async def test_a_status_that_ends_nothing_is_no_answer(status: int) -> None:
    async with house() as place:
        place.provider.script(CHAT, Scripted(status=status, headers=((b"Upgrade", b"x"), (b"Connection", b"upgrade"))))
        assert (await place.call()).status == 502
        assert place.ledger.settled[0].error_type == "no_answer"
