"""The official Google Gen AI library through the proxy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.async_runs import async_test
from tests.e2e import gemini_shapes as shapes
from tests.e2e.clients import KINDS, PICTURE, asked, done, each, needs, picture
from tests.e2e.libraries import GENAI_WARNING
from tests.e2e.libraries import genai_opened as opened

if TYPE_CHECKING:
    from tests.e2e.world import World
    from tests.proxy.fake_provider import Scripted

pytestmark = [*needs("google.genai"), GENAI_WARNING]

FLASH = "gemini-2.5-flash"
VERSIONS = pytest.mark.parametrize("version", ["v1", "v1beta"])
CALL = {"provider_name": "gemini", "client": "google-genai", "basis": "reported", "finish": "ok", "error_type": None}


def play(world: World, verb: str, answer: Scripted, model: str = FLASH) -> None:
    """Answer in both versions of the API: which one the library takes by itself depends on its own version."""
    for version in ("v1", "v1beta"):
        world.play("gemini", f"/{version}/models/{model}:{verb}", answer)


def asking() -> dict[str, Any]:
    from google.genai import types

    city = types.Schema(type=types.Type.OBJECT, properties={"city": types.Schema(type=types.Type.STRING)})
    weather = types.FunctionDeclaration(name="get_weather", parameters=city)
    return {
        "model": FLASH,
        "contents": [types.Part.from_bytes(data=picture(), mime_type="image/png"), "What is it? „Grüße“"],
        "config": types.GenerateContentConfig(
            system_instruction="You see pictures.", tools=[types.Tool(function_declarations=[weather])]
        ),
    }


@VERSIONS
@KINDS
@async_test
async def test_content_with_a_picture_and_tools_is_the_providers_and_is_counted(
    kind: str, version: str, world: World
) -> None:
    play(world, "generateContent", shapes.answer(shapes.content()))

    async def call(base_url: str) -> Any:
        async with opened(kind, base_url, http_options={"api_version": version}) as genai:
            answer = await done(genai.models.generate_content(**asking()))
            return answer.text, answer.function_calls[0].args, answer.model_dump(exclude={"sdk_http_response"})

    outcome = await world.same("gemini", call)
    assert outcome.request.target == f"/{version}/models/{FLASH}:generateContent"
    assert outcome.seen[:2] == ("It is a red dot. \U0001f534", {"city": "Zürich"})
    assert outcome.seen[2]["usage_metadata"]["thoughts_token_count"] == 61
    assert PICTURE.replace("/", "_").replace("+", "-").encode() in outcome.request.body
    outcome.row.says(**CALL, **shapes.COUNTS, operation_name="generate_content", response_id="5oQfaZ2gK9G")
    outcome.row.says(request_model=FLASH, response_model=FLASH)
    assert outcome.row.list_cost_pico


@KINDS
@async_test
async def test_streamed_content_is_the_providers_part_by_part_and_is_counted(kind: str, world: World) -> None:
    play(world, "streamGenerateContent", shapes.stream())

    async def call(base_url: str) -> Any:
        async with opened(kind, base_url) as genai:
            parts = await each(await done(genai.models.generate_content_stream(**asking())))
            return [part.model_dump(exclude={"sdk_http_response"}) for part in parts]

    outcome = await world.same("gemini", call)
    assert outcome.request.target.endswith(f"/models/{FLASH}:streamGenerateContent?alt=sse")
    assert len(outcome.seen) == len(shapes.contents())
    outcome.row.says(**CALL, **shapes.COUNTS, operation_name="generate_content")


@KINDS
@async_test
async def test_the_event_id_is_told(kind: str, world: World) -> None:
    play(world, "generateContent", shapes.answer(shapes.content()))
    async with opened(kind, world.url) as genai:
        answer = await done(genai.models.generate_content(**asking()))
    headers = {name.lower(): value for name, value in answer.sdk_http_response.headers.items()}
    assert headers["server-timing"] == "gfet4t7; dur=812"
    assert world.row.event_id == headers["x-tokencli-event-id"]


@KINDS
@async_test
async def test_counting_tokens_costs_nothing_and_has_a_row(kind: str, world: World) -> None:
    play(world, "countTokens", shapes.answer({"totalTokens": 31}))

    async def call(base_url: str) -> Any:
        async with opened(kind, base_url) as genai:
            return (await done(genai.models.count_tokens(model=FLASH, contents="Hello."))).total_tokens

    outcome = await world.same("gemini", call)
    assert outcome.seen == 31
    outcome.row.says(**CALL, operation_name="count_tokens", input_tokens=0, output_tokens=0, list_cost_pico=0)


@KINDS
@async_test
async def test_embeddings_are_passed_on_and_have_a_row(kind: str, world: World) -> None:
    usage = {"promptTokenCount": 4, "promptTokenDetails": [{"modality": "TEXT", "tokenCount": 4}]}
    one, many = {"embedding": {"values": [0.25, -0.5]}}, {"embeddings": [{"values": [0.25, -0.5]}]}
    for verb, value in (("embedContent", one), ("batchEmbedContents", many)):
        play(world, verb, shapes.answer(value | {"usageMetadata": usage}), "gemini-embedding-001")

    async def call(base_url: str) -> Any:
        async with opened(kind, base_url) as genai:
            answer = await done(genai.models.embed_content(model="gemini-embedding-001", contents="red"))
            return answer.embeddings[0].values

    outcome = await world.same("gemini", call)
    assert outcome.seen == [0.25, -0.5]
    outcome.row.says(**CALL, operation_name="embeddings", request_model="gemini-embedding-001", input_tokens=4)


@KINDS
@async_test
async def test_a_conversation_of_the_library_is_a_row_for_each_turn(kind: str, world: World) -> None:
    play(world, "generateContent", shapes.answer(shapes.content()))
    play(world, "streamGenerateContent", shapes.stream())
    async with opened(kind, f"{world.url}/p/gemini") as genai:
        chat = genai.chats.create(model=FLASH)
        assert (await done(chat.send_message("Hello."))).text == "It is a red dot. \U0001f534"
        parts = await each(await done(chat.send_message_stream("And now?")))
        assert len(parts) == len(shapes.contents())
    assert len(asked(world.sent("gemini")[1])["contents"]) == 3
    for row in world.rows:
        row.says(**CALL, **shapes.COUNTS)


@KINDS
@async_test
async def test_the_models_that_the_library_lists_are_those_it_can_call(kind: str, world: World) -> None:
    async with opened(kind, world.url) as genai:
        models = await each(await done(genai.models.list()))
        assert [(model.name, model.display_name) for model in models] == [
            ("models/keyless-gemini/small", "keyless-gemini/small")
        ]
        assert "generateContent" in (models[0].supported_actions or [])
        assert await done(genai.models.get(model="keyless-gemini/small")) == models[0]
    assert world.rows == []
