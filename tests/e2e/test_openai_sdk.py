"""The official OpenAI library through the proxy: chat completions and what is around them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.async_runs import async_test
from tests.e2e import openai_shapes as shapes
from tests.e2e.clients import KINDS, PICTURE, asked, done, each, needs, opened, picture
from tests.e2e.libraries import openai_client as client

if TYPE_CHECKING:
    from tests.e2e.world import World
    from tests.proxy.fake_provider import Received, Scripted

pytestmark = needs("openai")

CHAT = "/v1/chat/completions"
MESSAGES: list[Any] = [
    {"role": "system", "content": "You see pictures."},
    {
        "role": "user",
        "content": [
            {"type": "text", "text": "What is it? „Grüße“"},
            {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PICTURE}", "detail": "low"}},
        ],
    },
]
COUNTS = {"input_tokens": 1117, "cache_read_tokens": 1024, "output_tokens": 46, "reasoning_tokens": 10}
CALL = {"provider_name": "openai", "client": "openai-python", "basis": "reported", "finish": "ok", "error_type": None}


@KINDS
@async_test
async def test_a_completion_with_a_picture_and_tools_is_the_providers_and_is_counted(kind: str, world: World) -> None:
    world.play("openai", CHAT, shapes.told(shapes.completion()))

    async def call(base_url: str) -> Any:
        async with opened(client(kind, base_url)) as openai:
            asking = openai.chat.completions.create(model="gpt-4o", messages=MESSAGES, tools=shapes.TOOLS)
            answer = await done(asking)
            return answer.model_dump(), answer._request_id

    outcome = await world.same("openai", call, base="/v1")
    seen, request_id = outcome.seen
    assert request_id == "req_5f1b2c9d0e"
    assert seen["choices"][0]["message"]["content"] == "A red dot. Let me look… \U0001f534"
    assert json.loads(seen["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"])["city"] == "Zürich"
    assert seen["usage"]["prompt_tokens_details"]["cached_tokens"] == 1024
    assert asked(outcome.request)["messages"] == MESSAGES
    outcome.row.says(**CALL, **COUNTS, operation_name="chat")
    outcome.row.says(request_model="gpt-4o", response_model="gpt-4o-2024-08-06", response_id="chatcmpl-CeR5tW2x")
    assert outcome.row.list_cost_pico


@KINDS
@async_test
async def test_a_stream_without_a_wish_for_usage_shows_none_and_is_counted(kind: str, world: World) -> None:
    world.play("openai", CHAT, shapes.usage_if_asked())

    async def call(base_url: str) -> Any:
        async with opened(client(kind, base_url)) as openai:
            asking = openai.chat.completions.create(model="gpt-4o", messages=MESSAGES, tools=shapes.TOOLS, stream=True)
            async with opened(await done(asking)) as stream:
                return [chunk.model_dump() for chunk in await each(stream)]

    outcome = await world.same("openai", call, base="/v1", is_asking=True)
    assert len(outcome.seen) == len(shapes.chunks())
    assert [chunk["usage"] for chunk in outcome.seen if chunk["usage"]] == []
    outcome.row.says(**CALL, **COUNTS, request_model="gpt-4o", response_model="gpt-4o-2024-08-06")


@KINDS
@async_test
async def test_a_stream_that_asks_for_usage_shows_it(kind: str, world: World) -> None:
    world.play("openai", CHAT, shapes.usage_if_asked())

    async def call(base_url: str) -> Any:
        async with opened(client(kind, base_url)) as openai:
            asking = openai.chat.completions.create(
                model="gpt-4o", messages=MESSAGES, stream=True, stream_options={"include_usage": True}
            )
            async with opened(await done(asking)) as stream:
                return [chunk.to_dict() for chunk in await each(stream)]

    outcome = await world.same("openai", call, base="/v1")
    assert outcome.seen[-1]["usage"] == shapes.USAGE
    assert outcome.seen[-1]["choices"] == []
    outcome.row.says(**CALL, **COUNTS)


@KINDS
@async_test
async def test_the_librarys_own_reader_of_streams_puts_the_same_answer_together(kind: str, world: World) -> None:
    world.play("openai", CHAT, shapes.usage_if_asked())

    async def call(base_url: str) -> Any:
        async with opened(client(kind, base_url)) as openai:
            asking = openai.chat.completions.stream(model="gpt-4o", messages=MESSAGES, tools=shapes.TOOLS)
            async with opened(asking) as stream:
                kinds = [event.type for event in await each(stream)]
                return kinds, (await done(stream.get_final_completion())).model_dump()

    outcome = await world.same("openai", call, base="/v1", is_asking=True)
    kinds, final = outcome.seen
    assert "content.delta" in kinds
    assert final["choices"][0]["message"]["content"] == "A red dot. Let me look… \U0001f534"
    assert final["usage"] is None
    outcome.row.says(**CALL, **COUNTS)


@KINDS
@async_test
async def test_the_event_id_is_told_and_the_providers_headers_pass(kind: str, world: World) -> None:
    world.play("openai", CHAT, shapes.told(shapes.completion()), shapes.usage_if_asked())
    async with opened(client(kind, f"{world.url}/v1")) as openai:
        chat = openai.chat.completions
        raw = await done(chat.with_raw_response.create(model="gpt-4o", messages=MESSAGES))
        assert raw.headers["x-ratelimit-remaining-tokens"] == "149984"
        assert raw.headers["x-request-id"] == "req_5f1b2c9d0e"
        assert (await done(raw.parse())).id == "chatcmpl-CeR5tW2x"
        asking = chat.with_streaming_response.create(model="gpt-4o", messages=MESSAGES, stream=True)
        async with opened(asking) as streaming:
            told = streaming.headers["x-tokencli-event-id"]
            assert len(await each(await done(streaming.parse()))) == len(shapes.chunks())
    assert [row.event_id for row in world.rows] == [raw.headers["x-tokencli-event-id"], told]


@KINDS
@async_test
async def test_a_packed_answer_is_unpacked_by_the_library_and_measured(kind: str, world: World) -> None:
    world.play("openai", CHAT, shapes.told(shapes.completion()).zipped(100))

    async def call(base_url: str) -> Any:
        async with opened(client(kind, base_url)) as openai:
            return (await done(openai.chat.completions.create(model="gpt-4o", messages=MESSAGES))).model_dump()

    outcome = await world.same("openai", call, base="/v1")
    outcome.row.says(**CALL, **COUNTS)


@KINDS
@async_test
async def test_a_call_is_filed_under_what_its_client_says(kind: str, world: World) -> None:
    world.play("openai", CHAT, shapes.told(shapes.completion()))
    headers = {"X-Tokencli-Agent": "reviewer", "X-Tokencli-Project": "atlas"}
    async with opened(client(kind, f"{world.url}/v1", default_headers=headers)) as openai:
        chat = openai.chat.completions
        await done(chat.create(model="gpt-4o", messages=MESSAGES, prompt_cache_key="thread-7"))
        await done(chat.create(model="gpt-4o", messages=MESSAGES, extra_headers={"x-session-id": "thread-8"}))
    assert [row.conversation_id for row in world.rows] == ["thread-7", "thread-8"]
    world.rows[0].says(agent="reviewer", project="atlas")
    assert b"reviewer" not in world.sent("openai")[0].raw


@KINDS
@async_test
async def test_embeddings_are_passed_on_and_counted(kind: str, world: World) -> None:
    numbers = {"object": "embedding", "index": 0, "embedding": [0.25, -0.5, 0.125]}
    usage = {"prompt_tokens": 8, "total_tokens": 8}
    answer = {"object": "list", "data": [numbers], "model": "text-embedding-3-small", "usage": usage}
    world.play("openai", "/v1/embeddings", shapes.told(answer))

    async def call(base_url: str) -> Any:
        async with opened(client(kind, base_url)) as openai:
            asking = openai.embeddings.create(model="text-embedding-3-small", input="red", encoding_format="float")
            return (await done(asking)).model_dump()

    outcome = await world.same("openai", call, base="/v1")
    assert outcome.seen["data"][0]["embedding"] == [0.25, -0.5, 0.125]
    outcome.row.says(**CALL, operation_name="embeddings", input_tokens=8, output_tokens=0)


@KINDS
@async_test
async def test_legacy_completions_are_passed_on_and_counted(kind: str, world: World) -> None:
    whole = {
        "id": "cmpl-7a",
        "object": "text_completion",
        "created": 1795219200,
        "model": "gpt-3.5-turbo-instruct:20230824-v2",
        "choices": [{"text": " red", "index": 0, "logprobs": None, "finish_reason": "stop"}],
    }
    usage = {"prompt_tokens": 5, "completion_tokens": 1, "total_tokens": 6}
    stream = shapes.streamed([*shapes.data(whole, whole | {"choices": [], "usage": usage}), shapes.DONE])
    world.play("openai", "/v1/completions", shapes.told(whole | {"usage": usage}), stream)
    async with opened(client(kind, f"{world.url}/v1")) as openai:
        answer = await done(openai.completions.create(model="gpt-3.5-turbo-instruct", prompt="The dot is"))
        assert (answer.choices[0].text, answer.usage.total_tokens) == (" red", 6)
        asking = openai.completions.create(model="gpt-3.5-turbo-instruct", prompt="The dot is", stream=True)
        async with opened(await done(asking)) as chunks:
            (only,) = await each(chunks)
            assert (only.choices[0].text, only.usage) == (" red", None)
    for row in world.rows:
        row.says(**CALL, operation_name="text_completion", input_tokens=5, output_tokens=1)


@KINDS
@async_test
async def test_the_models_are_listed_by_the_proxy_itself_and_by_a_provider_under_its_name(
    kind: str, world: World
) -> None:
    models = {"object": "list", "data": [{"id": "gpt-4o", "object": "model", "created": 1, "owned_by": "openai"}]}
    world.play("openai", "/v1/models", shapes.told(models))
    async with opened(client(kind, f"{world.url}/v1")) as openai:
        listed = await done(openai.models.list())
        assert "groq/gpt-oss-120b" in {model.id for model in listed.data}
    async with opened(client(kind, f"{world.url}/p/openai/v1")) as openai:
        assert (await done(openai.models.list())).data[0].id == "gpt-4o"
    assert world.rows == []


@KINDS
@async_test
async def test_a_provider_that_refuses_to_tell_usage_is_asked_again_without(kind: str, world: World) -> None:
    sentence = "Unknown parameter: 'stream_options'."

    def answer(request: Received) -> Scripted:
        if "stream_options" in asked(request):
            return shapes.error(sentence, 400, "invalid_request_error", "unknown_parameter")
        return shapes.streamed([*shapes.data(*shapes.chunks()), shapes.DONE])

    world.play("strict", CHAT, answer)
    async with opened(client(kind, f"{world.url}/p/strict/v1")) as openai:
        for _ in range(2):
            asking = openai.chat.completions.create(model="small", messages=MESSAGES, stream=True)
            async with opened(await done(asking)) as stream:
                assert len(await each(stream)) == len(shapes.chunks())
    is_asked = ["stream_options" in asked(request) for request in world.sent("strict")]
    assert is_asked in ([True, False, False], [False, False])
    world.posts_without_row = is_asked.count(True)
    for row in world.rows:
        row.says(provider_name="strict", basis="estimated", finish="ok", error_type=None)
    assert len(world.rows) == 2


@KINDS
@async_test
async def test_a_wish_that_the_provider_refuses_is_the_clients_own_error(kind: str, world: World) -> None:
    from openai import BadRequestError

    world.play("strict", CHAT, shapes.error("No 'stream_options' here.", 400, "invalid_request_error", None))
    async with opened(client(kind, f"{world.url}/p/strict/v1")) as openai:
        with pytest.raises(BadRequestError, match="No 'stream_options' here"):
            await done(
                openai.chat.completions.create(
                    model="small", messages=MESSAGES, stream=True, stream_options={"include_usage": True}
                )
            )
    world.row.says(provider_name="strict", basis="missing", finish="error")


@KINDS
@async_test
async def test_a_model_of_gemini_is_answered_on_googles_path_for_this_library(kind: str, world: World) -> None:
    usage = {"prompt_tokens": 20, "completion_tokens": 5, "total_tokens": 86}
    path = "/v1beta/openai/chat/completions"
    world.play("gemini", path, shapes.told(shapes.completion("gemini-2.5-flash", usage=usage)))
    async with opened(client(kind, f"{world.url}/v1")) as openai:
        answer = await done(openai.chat.completions.create(model="gemini-2.5-flash", messages=MESSAGES))
    assert answer.usage.completion_tokens == 5
    # Thoughts stand in the total alone, and are billed as output.
    wanted = CALL | {"provider_name": "gemini", "input_tokens": 20, "output_tokens": 66}
    world.row.says(**wanted)


@KINDS
@async_test
async def test_a_file_goes_by_name_to_its_provider_byte_for_byte(kind: str, world: World) -> None:
    told = {"id": "file-1", "object": "file", "bytes": 70, "filename": "dot.png", "purpose": "vision", "created_at": 1}
    world.play("openai", "/v1/files", shapes.told(told | {"status": "processed"}))
    async with opened(client(kind, f"{world.url}/p/openai/v1")) as openai:
        assert (await done(openai.files.create(file=("dot.png", picture()), purpose="vision"))).id == "file-1"
    assert picture() in world.sent("openai")[0].body
    world.row.says(provider_name="openai", operation_name="other", basis="missing", finish="ok")


@KINDS
@async_test
async def test_a_request_of_megabytes_is_passed_on_byte_for_byte(kind: str, world: World) -> None:
    world.play("openai", CHAT, shapes.usage_if_asked())
    large = [{"type": "image_url", "image_url": {"url": f"data:image/png;base64,{'QUJD' * 1_000_000}"}}]
    messages: list[Any] = [{"role": "user", "content": large}]

    async def call(base_url: str) -> Any:
        async with opened(client(kind, base_url)) as openai:
            asking = openai.chat.completions.create(model="gpt-4o", messages=messages, stream=True)
            async with opened(await done(asking)) as stream:
                return [chunk.model_dump() for chunk in await each(stream)]

    outcome = await world.same("openai", call, base="/v1", is_asking=True)
    outcome.row.says(**CALL, **COUNTS)
