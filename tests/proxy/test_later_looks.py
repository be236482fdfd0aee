"""An answer that is fetched again by its id tells what a call used, and is no call itself."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

from tests.async_runs import async_test
from tests.proxy.calls import house
from tests.proxy.fake_provider import json_answer
from tokencli.domain.errors import LedgerFullError
from tokencli.domain.event import Finish
from tokencli.domain.usage import Basis

if TYPE_CHECKING:
    import pytest

RESPONSES, LOOK = "/v1/responses", "/v1/responses/resp_1"
QUEUED: dict[str, Any] = {
    "id": "resp_1",
    "object": "response",
    "status": "queued",
    "model": "m",
    "output": [],
    "usage": None,
}
DONE = QUEUED | {"status": "completed", "usage": {"input_tokens": 15, "output_tokens": 9, "total_tokens": 24}}


@async_test
async def test_a_call_that_goes_on_in_the_background_has_a_row_without_counts() -> None:
    async with house() as place:
        place.provider.script(RESPONSES, json_answer(QUEUED))
        await place.call(RESPONSES)
        row = place.ledger.settled[0]
        assert (row.usage, row.basis, row.finish, row.response_id) == (None, Basis.MISSING, Finish.UNKNOWN, "resp_1")


@async_test
async def test_a_later_look_at_a_known_call_tells_its_figures_and_makes_no_row() -> None:
    async with house() as place:
        place.ledger.known.add("resp_1")
        place.provider.script(LOOK, json_answer(DONE))
        reply = await place.call(LOOK, b"", "GET")
        assert (reply.status, json.loads(reply.body), reply.one(b"x-tokencli-event-id")) == (200, DONE, None)
        (told,) = place.ledger.looked
        assert told.usage is not None
        assert (told.usage.input_tokens, told.usage.output_tokens, told.basis) == (15, 9, Basis.REPORTED)
        assert (place.ledger.opened, place.ledger.settled) == ({}, [])


@async_test
async def test_a_later_look_at_a_call_that_nobody_saw_makes_its_row() -> None:
    async with house() as place:
        place.provider.script(LOOK, json_answer(DONE))
        await place.call(LOOK, b"", "GET")
        (row,) = place.ledger.settled
        assert list(place.ledger.opened) == [row.event_id]
        assert row.usage is not None
        assert (row.usage.total_tokens, row.response_id, row.finish) == (24, "resp_1", Finish.OK)


@async_test
async def test_a_look_at_a_call_that_is_not_done_tells_nothing() -> None:
    async with house() as place:
        place.provider.script(LOOK, json_answer(QUEUED))
        reply = await place.call(LOOK, b"", "GET")
        assert json.loads(reply.body) == QUEUED
        assert (place.ledger.looked, place.ledger.settled) == ([], [])


@async_test
async def test_a_ledger_that_is_full_keeps_nobody_from_looking(caplog: pytest.LogCaptureFixture) -> None:
    async with house() as place:
        place.ledger.refuses = LedgerFullError("ledger.db", "what was written before stays")
        place.provider.script(LOOK, json_answer(DONE))
        with caplog.at_level(logging.ERROR, "tokencli.proxy"):
            reply = await place.call(LOOK, b"", "GET")
        assert json.loads(reply.body) == DONE
        assert "could not be recorded" in caplog.text
