"""The official Cerebras library through the proxy: it knocks before it calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.async_runs import async_test
from tests.e2e import openai_shapes as shapes
from tests.e2e.clients import KINDS, done, each, needs, opened
from tests.e2e.libraries import cerebras_client as client

if TYPE_CHECKING:
    from tests.e2e.world import World

pytestmark = needs("cerebras.cloud.sdk")

CHAT, KNOCK = "/v1/chat/completions", "/v1/tcp_warming"
MODEL = "gpt-oss-120b"
USAGE = {
    "prompt_tokens": 79,
    "completion_tokens": 31,
    "total_tokens": 110,
    "prompt_tokens_details": {"cached_tokens": 64},
    "completion_tokens_details": {"reasoning_tokens": 12},
}
TIMES = {"queue_time": 0.0001, "prompt_time": 0.002, "completion_time": 0.02, "total_time": 0.03, "created": 1795219200}
CALL = {
    "provider_name": "cerebras",
    "client": "cerebras-python",
    "basis": "reported",
    "finish": "ok",
    "error_type": None,
    "input_tokens": 79,
    "cache_read_tokens": 64,
    "output_tokens": 31,
    "reasoning_tokens": 12,
}
MESSAGES: list[Any] = [{"role": "user", "content": "What is it? „Grüße“"}]


@KINDS
@async_test
async def test_a_completion_with_tools_is_the_providers_and_is_counted(kind: str, world: World) -> None:
    world.play("cerebras", CHAT, shapes.told(shapes.completion(MODEL, usage=USAGE, time_info=TIMES)))

    async def call(base_url: str) -> Any:
        async with opened(client(kind, base_url)) as cerebras:
            asking = cerebras.chat.completions.create(model=MODEL, messages=MESSAGES, tools=shapes.TOOLS)
            return (await done(asking)).model_dump()

    outcome = await world.same("cerebras", call, via="/p/cerebras")
    assert outcome.seen["choices"][0]["message"]["tool_calls"][0]["function"]["name"] == "get_weather"
    assert outcome.seen["usage"]["total_tokens"] == 110
    outcome.row.says(**CALL, operation_name="chat", request_model=MODEL, response_model=MODEL)
    assert outcome.row.list_cost_pico


@KINDS
@async_test
async def test_a_stream_is_the_providers_and_is_counted(kind: str, world: World) -> None:
    made = shapes.chunks(MODEL, last={"usage": USAGE, "time_info": TIMES})
    world.play("cerebras", CHAT, shapes.streamed([*shapes.data(*made), shapes.DONE]))

    async def call(base_url: str) -> Any:
        async with opened(client(kind, base_url)) as cerebras:
            asking = cerebras.chat.completions.create(model=MODEL, messages=MESSAGES, stream=True)
            async with opened(await done(asking)) as stream:
                return [chunk.model_dump() for chunk in await each(stream)]

    outcome = await world.same("cerebras", call, via="/p/cerebras", is_asking=True)
    assert len(outcome.seen) == len(made)
    outcome.row.says(**CALL)


@KINDS
@async_test
async def test_a_knock_is_answered_at_the_root_and_passed_on_by_name_without_a_row(kind: str, world: World) -> None:
    world.play("cerebras", KNOCK, shapes.told({}))
    async with opened(client(kind, world.url)) as cerebras:
        await done(cerebras.get(KNOCK, cast_to=object))
    assert world.sent("cerebras") == []
    async with opened(client(kind, f"{world.url}/p/cerebras")) as cerebras:
        await done(cerebras.get(KNOCK, cast_to=object))
    assert [request.target for request in world.sent("cerebras")] == [KNOCK]
    assert world.rows == []


@async_test
async def test_the_library_knocks_by_itself(world: World) -> None:
    world.play("cerebras", KNOCK, shapes.told({}))
    async with opened(client("sync", f"{world.url}/p/cerebras", warm_tcp_connection=True)):
        assert [request.target for request in world.sent("cerebras")] == [KNOCK]


@KINDS
@async_test
async def test_the_event_id_is_told(kind: str, world: World) -> None:
    world.play("cerebras", CHAT, shapes.told(shapes.completion(MODEL, usage=USAGE)))
    async with opened(client(kind, f"{world.url}/p/cerebras")) as cerebras:
        raw = await done(cerebras.chat.completions.with_raw_response.create(model=MODEL, messages=MESSAGES))
        assert raw.headers["x-tokencli-event-id"] == world.row.event_id
