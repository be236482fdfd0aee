"""The official Anthropic library through the proxy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.async_runs import async_test
from tests.e2e import anthropic_shapes as shapes
from tests.e2e.clients import KINDS, PICTURE, asked, done, each, needs, opened
from tests.e2e.libraries import anthropic_client as client
from tests.e2e.world import CLIENT_KEY

if TYPE_CHECKING:
    from tests.e2e.world import World

pytestmark = needs("anthropic")

MESSAGES = "/v1/messages"
CALL = {
    "provider_name": "anthropic",
    "client": "anthropic-python",
    "basis": "reported",
    "finish": "ok",
    "error_type": None,
}
SAID: list[Any] = [
    {
        "role": "user",
        "content": [
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PICTURE}},
            {"type": "text", "text": "What is it? „Grüße“", "cache_control": {"type": "ephemeral"}},
        ],
    }
]
TOOLS: list[Any] = [
    {"name": "get_weather", "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}}}
]
ASKING: dict[str, Any] = {
    "model": "claude-sonnet-4-6",
    "max_tokens": 2048,
    "messages": SAID,
    "tools": TOOLS,
    "thinking": {"type": "enabled", "budget_tokens": 1024},
}


@KINDS
@async_test
async def test_a_message_with_a_picture_and_tools_is_the_providers_and_is_counted(kind: str, world: World) -> None:
    world.play("anthropic", MESSAGES, shapes.answer(shapes.message()))

    async def call(base_url: str) -> Any:
        async with opened(client(kind, base_url)) as anthropic:
            answer = await done(anthropic.messages.create(**ASKING))
            return answer.model_dump(), answer._request_id

    outcome = await world.same("anthropic", call)
    seen, request_id = outcome.seen
    assert request_id == "req_011CVL5tYh"
    assert [block["type"] for block in seen["content"]] == ["thinking", "text", "tool_use"]
    assert seen["content"][2]["input"] == {"city": "Zürich"}
    assert seen["usage"]["cache_read_input_tokens"] == 1024
    assert asked(outcome.request)["messages"] == SAID
    outcome.row.says(**CALL, **shapes.COUNTS, operation_name="chat", response_id="msg_01XFDUDYJg")
    outcome.row.says(request_model="claude-sonnet-4-6", response_model=shapes.MODEL)
    assert outcome.row.list_cost_pico


@KINDS
@async_test
async def test_a_streamed_message_is_the_providers_event_by_event_and_is_counted(kind: str, world: World) -> None:
    world.play("anthropic", MESSAGES, shapes.stream())

    async def call(base_url: str) -> Any:
        async with (
            opened(client(kind, base_url)) as anthropic,
            opened(await done(anthropic.messages.create(**ASKING, stream=True))) as stream,
        ):
            return [event.model_dump() for event in await each(stream)]

    outcome = await world.same("anthropic", call)
    assert outcome.seen[-1]["type"] == "message_stop"
    outcome.row.says(**CALL, **shapes.COUNTS, response_id="msg_01XFDUDYJg")


@KINDS
@async_test
async def test_the_librarys_own_reader_of_streams_puts_the_same_message_together(kind: str, world: World) -> None:
    world.play("anthropic", MESSAGES, shapes.stream())

    async def call(base_url: str) -> Any:
        async with opened(client(kind, base_url)) as anthropic, opened(anthropic.messages.stream(**ASKING)) as stream:
            texts = await each(stream.text_stream)
            return texts, (await done(stream.get_final_message())).model_dump()

    outcome = await world.same("anthropic", call)
    texts, final = outcome.seen
    assert "".join(texts) == "It is a red dot. \U0001f534"
    assert final["content"][2]["input"] == {"city": "Zürich"}
    assert final["usage"]["output_tokens"] == 97
    outcome.row.says(**CALL, **shapes.COUNTS)


@KINDS
@async_test
async def test_a_packed_stream_is_unpacked_by_the_library_and_measured(kind: str, world: World) -> None:
    world.play("anthropic", MESSAGES, shapes.stream().zipped(50))

    async def call(base_url: str) -> Any:
        async with (
            opened(client(kind, base_url)) as anthropic,
            opened(await done(anthropic.messages.create(**ASKING, stream=True))) as stream,
        ):
            return [event.type for event in await each(stream)]

    outcome = await world.same("anthropic", call)
    outcome.row.says(**CALL, **shapes.COUNTS)


@KINDS
@async_test
async def test_a_beta_query_and_its_header_pass(kind: str, world: World) -> None:
    world.play("anthropic", MESSAGES, shapes.answer(shapes.message()))

    async def call(base_url: str) -> Any:
        async with opened(client(kind, base_url)) as anthropic:
            asking = anthropic.beta.messages.create(
                **ASKING, betas=["context-1m-2025-08-07"], extra_query={"beta": "true"}
            )
            return (await done(asking)).model_dump()

    outcome = await world.same("anthropic", call)
    assert outcome.request.target == "/v1/messages?beta=true"
    assert outcome.request.one(b"anthropic-beta") == b"context-1m-2025-08-07"
    outcome.row.says(**CALL, **shapes.COUNTS)


@KINDS
@async_test
async def test_counting_tokens_costs_nothing_and_has_a_row(kind: str, world: World) -> None:
    world.play("anthropic", f"{MESSAGES}/count_tokens", shapes.answer({"input_tokens": 2095}))

    async def call(base_url: str) -> Any:
        async with opened(client(kind, base_url)) as anthropic:
            asking = anthropic.messages.count_tokens(model="claude-sonnet-4-6", messages=SAID)
            return (await done(asking)).input_tokens

    outcome = await world.same("anthropic", call)
    assert outcome.seen == 2095
    outcome.row.says(**CALL, operation_name="count_tokens", input_tokens=0, output_tokens=0, list_cost_pico=0)


@KINDS
@async_test
async def test_the_event_id_is_told_and_a_client_may_name_its_conversation(kind: str, world: World) -> None:
    world.play("anthropic", MESSAGES, shapes.answer(shapes.message()), shapes.stream())
    headers = {"x-claude-code-session-id": "6f1c-22"}
    async with opened(client(kind, world.url, default_headers=headers)) as anthropic:
        raw = await done(anthropic.messages.with_raw_response.create(**ASKING))
        assert raw.headers["anthropic-ratelimit-requests-remaining"] == "3999"
        async with opened(anthropic.messages.stream(**ASKING)) as stream:
            told = stream.response.headers["x-tokencli-event-id"]
            await done(stream.until_done())
    assert [row.event_id for row in world.rows] == [raw.headers["x-tokencli-event-id"], told]
    assert {row.conversation_id for row in world.rows} == {"6f1c-22"}


@KINDS
@async_test
async def test_a_bearer_token_of_the_clients_own_is_replaced_too(kind: str, world: World) -> None:
    world.play("anthropic", MESSAGES, shapes.answer(shapes.message()))
    async with opened(client(kind, world.url, api_key=None, auth_token=CLIENT_KEY)) as anthropic:
        await done(anthropic.messages.create(**ASKING))
    world.row.says(**CALL, **shapes.COUNTS)
