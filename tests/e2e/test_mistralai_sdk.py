"""The official Mistral library through the proxy: at its root, where the model says whose it is, and by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.async_runs import async_test
from tests.e2e import openai_shapes as shapes
from tests.e2e.clients import KINDS, PICTURE, asked, each, needs
from tests.e2e.clients import opened as entered
from tests.e2e.libraries import MistralClient as Client

if TYPE_CHECKING:
    from tests.e2e.world import World

pytestmark = needs("mistralai.client")

CHAT, FIM = "/v1/chat/completions", "/v1/fim/completions"
PLACES = pytest.mark.parametrize("via", ["", "/p/mistral"], ids=["root", "by name"])
CALL = {
    "provider_name": "mistral",
    "client": "mistralai-python",
    "basis": "reported",
    "finish": "ok",
    "error_type": None,
    "input_tokens": 22,
    "output_tokens": 8,
}
USAGE = {
    "prompt_tokens": 22,
    "total_tokens": 30,
    "completion_tokens": 8,
    "prompt_tokens_details": {"cached_tokens": 0},
}
MESSAGES: list[Any] = [
    {
        "role": "user",
        "content": [
            {"type": "text", "text": "What is it? „Grüße“"},
            {"type": "image_url", "image_url": f"data:image/png;base64,{PICTURE}"},
        ],
    }
]


def chunks() -> list[dict[str, Any]]:
    """Return a stream in Mistral's manner: usage unasked, beside the last choice, and filled up with letters."""
    made = shapes.chunks("pixtral-large-2411", last={"usage": USAGE})
    for number, chunk in enumerate(made):
        chunk["p"] = "abcdefghij"[: number + 2]
        for choice in chunk["choices"]:
            choice.pop("logprobs")
            choice["delta"].pop("refusal", None)
            for call in choice["delta"].get("tool_calls", []):
                call.setdefault("function", {}).setdefault("name", "get_weather")
    return made


@PLACES
@KINDS
@async_test
async def test_a_completion_with_a_picture_and_tools_is_the_providers_and_is_counted(
    kind: str, via: str, world: World
) -> None:
    world.play("mistral", CHAT, shapes.told(shapes.completion("pixtral-large-2411", usage=USAGE)))

    async def call(base_url: str) -> Any:
        async with Client(kind, base_url) as mistral:
            asking = {"model": "pixtral-large-2411", "messages": MESSAGES, "tools": shapes.TOOLS}
            return (await mistral.call("chat", "complete", **asking)).model_dump(mode="json")

    outcome = await world.same("mistral", call, via=via)
    assert outcome.seen["choices"][0]["message"]["tool_calls"][0]["function"]["name"] == "get_weather"
    assert outcome.seen["usage"]["prompt_tokens"] == 22
    assert asked(outcome.request)["messages"][0]["content"][1]["image_url"].endswith(PICTURE)
    outcome.row.says(**CALL, operation_name="chat", request_model="pixtral-large-2411")


@PLACES
@KINDS
@async_test
async def test_a_stream_is_the_providers_and_is_never_asked_for_usage(kind: str, via: str, world: World) -> None:
    world.play("mistral", CHAT, shapes.streamed([*shapes.data(*chunks()), shapes.DONE]))

    async def call(base_url: str) -> Any:
        async with Client(kind, base_url) as mistral:
            asking = {"model": "pixtral-large-2411", "messages": MESSAGES, "tools": shapes.TOOLS}
            async with entered(await mistral.call("chat", "stream", **asking)) as stream:
                return [event.data.model_dump(mode="json") for event in await each(stream)]

    outcome = await world.same("mistral", call, via=via)
    assert outcome.request.target == CHAT
    assert "stream_options" not in asked(outcome.request)
    assert outcome.seen[-1]["usage"]["completion_tokens"] == 8
    outcome.row.says(**CALL)


@PLACES
@KINDS
@async_test
async def test_code_is_filled_in_streamed_and_not(kind: str, via: str, world: World) -> None:
    world.play(
        "mistral",
        FIM,
        shapes.told(shapes.completion("codestral-2501", usage=USAGE)),
        shapes.streamed([*shapes.data(*chunks()), shapes.DONE]),
    )
    async with Client(kind, f"{world.url}{via}") as mistral:
        asking = {"model": "codestral-2501", "prompt": "def f(", "suffix": "return a"}
        assert (await mistral.call("fim", "complete", **asking)).choices[0].message.content.startswith("A red dot.")
        async with entered(await mistral.call("fim", "stream", **asking)) as stream:
            assert len(await each(stream)) == len(chunks())
    assert [asked(request)["suffix"] for request in world.sent("mistral")] == ["return a"] * 2
    for row in world.rows:
        row.says(**CALL, request_model="codestral-2501")


@PLACES
@KINDS
@async_test
async def test_embeddings_are_passed_on_and_counted(kind: str, via: str, world: World) -> None:
    numbers = {"object": "embedding", "index": 0, "embedding": [0.25, -0.5]}
    usage = {"prompt_tokens": 22, "total_tokens": 22, "completion_tokens": 0}
    answer = {"id": "0e", "object": "list", "data": [numbers], "model": "mistral-embed", "usage": usage}
    world.play("mistral", "/v1/embeddings", shapes.told(answer))

    async def call(base_url: str) -> Any:
        async with Client(kind, base_url) as mistral:
            return (await mistral.call("embeddings", "create", model="mistral-embed", inputs=["red"])).data[0].embedding

    outcome = await world.same("mistral", call, via=via)
    assert outcome.seen == [0.25, -0.5]
    outcome.row.says(**CALL | {"output_tokens": 0}, operation_name="embeddings")


@PLACES
@KINDS
@async_test
async def test_an_agents_answer_is_counted(kind: str, via: str, world: World) -> None:
    world.play("mistral", "/v1/agents/completions", shapes.told(shapes.completion("mistral-large-2411", usage=USAGE)))

    async def call(base_url: str) -> Any:
        async with Client(kind, base_url) as mistral:
            asking = {"agent_id": "ag_1", "messages": [{"role": "user", "content": "Hello."}]}
            return (await mistral.call("agents", "complete", **asking)).choices[0].message.content

    outcome = await world.same("mistral", call, via=via)
    outcome.row.says(**CALL, operation_name="chat", response_model="mistral-large-2411")


@PLACES
@KINDS
@async_test
async def test_a_response_is_counted_as_openais_are(kind: str, via: str, world: World) -> None:
    world.play("mistral", "/v1/responses", shapes.told(shapes.response(model="mistral-large-2411")))
    async with Client(kind, f"{world.url}{via}") as mistral:
        await mistral.call("responses", "create", model="mistral-large-2411", input="Hello.")
    world.row.says(**CALL | {"input_tokens": 328, "output_tokens": 52}, response_model="mistral-large-2411")
