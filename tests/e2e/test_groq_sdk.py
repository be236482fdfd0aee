"""The official Groq library through the proxy: its paths begin with /openai/v1, and its streams tell usage twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.async_runs import async_test
from tests.e2e import openai_shapes as shapes
from tests.e2e.clients import KINDS, PICTURE, asked, done, each, needs, opened
from tests.e2e.libraries import groq_client as client

if TYPE_CHECKING:
    from tests.e2e.world import World

pytestmark = needs("groq")

CHAT = "/openai/v1/chat/completions"
MODEL = "meta-llama/llama-4-scout-17b-16e-instruct"
USAGE = {
    "queue_time": 0.041,
    "prompt_tokens": 210,
    "prompt_time": 0.01,
    "completion_tokens": 15,
    "completion_time": 0.046,
    "total_tokens": 225,
    "total_time": 0.057,
}
CALL = {
    "provider_name": "groq",
    "client": "groq-python",
    "basis": "reported",
    "finish": "ok",
    "error_type": None,
    "input_tokens": 210,
    "output_tokens": 15,
}
MESSAGES: list[Any] = [
    {
        "role": "user",
        "content": [
            {"type": "text", "text": "What is it? „Grüße“"},
            {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PICTURE}"}},
        ],
    }
]


def chunks() -> list[dict[str, Any]]:
    """Return a stream in Groq's manner: usage beside the last choice, once under its own name."""
    return shapes.chunks(MODEL, last={"usage": USAGE, "x_groq": {"id": "req_01kh", "usage": USAGE}})


@KINDS
@async_test
async def test_a_completion_with_a_picture_and_tools_is_the_providers_and_is_counted(kind: str, world: World) -> None:
    answer = shapes.completion(MODEL, usage=USAGE, x_groq={"id": "req_01kh"})
    world.play("groq", CHAT, shapes.told(answer))

    async def call(base_url: str) -> Any:
        async with opened(client(kind, base_url)) as groq:
            asking = groq.chat.completions.create(model=MODEL, messages=MESSAGES, tools=shapes.TOOLS)
            return (await done(asking)).model_dump()

    outcome = await world.same("groq", call, via="/p/groq")
    assert outcome.request.target == CHAT
    assert outcome.seen["choices"][0]["message"]["tool_calls"][0]["function"]["name"] == "get_weather"
    assert outcome.seen["usage"]["total_tokens"] == 225
    outcome.row.says(**CALL, operation_name="chat", request_model=MODEL, response_model=MODEL)
    assert outcome.row.list_cost_pico


@KINDS
@async_test
async def test_a_stream_is_the_providers_and_is_counted_once(kind: str, world: World) -> None:
    world.play("groq", CHAT, shapes.streamed([*shapes.data(*chunks()), shapes.DONE]))

    async def call(base_url: str) -> Any:
        async with opened(client(kind, base_url)) as groq:
            asking = groq.chat.completions.create(model=MODEL, messages=MESSAGES, stream=True)
            async with opened(await done(asking)) as stream:
                return [chunk.model_dump() for chunk in await each(stream)]

    outcome = await world.same("groq", call, via="/p/groq", is_asking=True)
    assert len(outcome.seen) == len(chunks())
    assert outcome.seen[-1]["x_groq"]["usage"]["completion_tokens"] == 15
    outcome.row.says(**CALL)


@KINDS
@async_test
async def test_at_the_root_a_key_of_config_toml_leads_to_groq_under_its_own_name(kind: str, world: World) -> None:
    world.play("groq", CHAT, shapes.told(shapes.completion("openai/gpt-oss-120b", usage=USAGE)))
    async with opened(client(kind, world.url)) as groq:
        raw = await done(groq.chat.completions.with_raw_response.create(model="groq/gpt-oss-120b", messages=MESSAGES))
        assert raw.headers["x-tokencli-event-id"] == world.row.event_id
        assert (await done(raw.parse())).usage.prompt_tokens == 210
    assert asked(world.sent("groq")[0])["model"] == "openai/gpt-oss-120b"
    world.row.says(**CALL, request_model="openai/gpt-oss-120b")


@KINDS
@async_test
async def test_embeddings_are_passed_on_and_counted(kind: str, world: World) -> None:
    numbers = {"object": "embedding", "index": 0, "embedding": [0.25, -0.5]}
    usage = {"prompt_tokens": 210, "total_tokens": 210}
    answer = {"object": "list", "data": [numbers], "model": "nomic-embed-text-v1_5", "usage": usage}
    world.play("groq", "/openai/v1/embeddings", shapes.told(answer))

    async def call(base_url: str) -> Any:
        async with opened(client(kind, base_url)) as groq:
            return (await done(groq.embeddings.create(model="nomic-embed-text-v1_5", input="red"))).model_dump()

    outcome = await world.same("groq", call, via="/p/groq")
    outcome.row.says(**CALL | {"output_tokens": 0}, operation_name="embeddings")
