from __future__ import annotations

from dataclasses import replace

import pytest

from tests.async_runs import async_test
from tests.proxy.answers import DONE, STREAM, WORDS
from tests.proxy.calls import CHAT, House, house
from tests.proxy.fake_provider import Framing, Scripted, json_answer, stream_answer
from tokencli.domain.usage import Basis


async def answer_after_asking(place: House, *answers: Scripted) -> bytes:
    place.planning.asked_body = b'{"stream_options":{"include_usage":true}}'
    place.provider.script(CHAT, *answers)
    return (await place.call(body=b'{"stream":true}')).body


@async_test
async def test_the_usage_that_only_we_asked_for_is_counted_and_withheld() -> None:
    async with house() as place:
        assert await answer_after_asking(place, stream_answer(*STREAM)) == b"".join((*WORDS, DONE))
        assert place.ledger.settled[0].basis is Basis.REPORTED


@async_test
async def test_a_withheld_piece_does_not_count_in_an_announced_length() -> None:
    async with house() as place:
        answer = replace(stream_answer(*STREAM), framing=Framing.LENGTH)
        assert await answer_after_asking(place, answer) == b"".join((*WORDS, DONE))


@async_test
async def test_a_packed_stream_passes_whole_although_usage_was_asked_for() -> None:
    async with house() as place:
        packed = stream_answer(*STREAM).zipped()
        assert await answer_after_asking(place, packed) == packed.body


@pytest.mark.parametrize("status", [400, 422])
@async_test
async def test_a_provider_that_refuses_the_wish_for_usage_gets_the_original_once(status: int) -> None:
    refusal = json_answer({"error": {"message": "Unknown field: stream_options.include_usage"}}, status)
    async with house() as place:
        assert await answer_after_asking(place, refusal, stream_answer(*STREAM)) == b"".join(STREAM)
        assert [request.body for request in place.provider.requests] == [place.planning.asked_body, b'{"stream":true}']
        assert len(place.ledger.settled) == 1
        await place.call(body=b'{"stream":true}')
        assert [request.body for request in place.provider.requests][2:] == [b'{"stream":true}']


@async_test
async def test_a_packed_refusal_of_the_wish_is_understood() -> None:
    refusal = json_answer({"error": {"message": "stream_options is not supported"}}, 400).zipped()
    async with house() as place:
        assert await answer_after_asking(place, refusal, stream_answer(*STREAM)) == b"".join(STREAM)


@async_test
async def test_another_refusal_passes_as_it_came() -> None:
    refusal = json_answer({"error": {"message": "no such model", "pad": "x" * 200_000}}, 400)
    async with house() as place:
        assert await answer_after_asking(place, refusal, stream_answer(*STREAM)) == refusal.body
        assert len(place.provider.requests) == 1
