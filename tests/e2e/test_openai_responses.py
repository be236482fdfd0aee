"""The official OpenAI library through the proxy: the Responses API, streamed, in the background, and looked up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.async_runs import async_test
from tests.e2e import openai_shapes as shapes
from tests.e2e.clients import KINDS, PICTURE, asked, done, each, needs, opened
from tests.e2e.libraries import LIBRARIES
from tests.e2e.libraries import openai_client as client
from tests.e2e.test_openai_sdk import CALL
from tests.e2e.world import until

if TYPE_CHECKING:
    from tests.e2e.world import World

pytestmark = needs("openai")

RESPONSES = "/v1/responses"
COUNTS = {"input_tokens": 328, "cache_read_tokens": 128, "output_tokens": 52, "reasoning_tokens": 32}
INPUT: list[Any] = [
    {
        "role": "user",
        "content": [
            {"type": "input_text", "text": "What is it?"},
            {"type": "input_image", "image_url": f"data:image/png;base64,{PICTURE}", "detail": "low"},
        ],
    }
]
TOOLS: list[Any] = [{"type": "function", **shapes.TOOLS[0]["function"], "strict": False}]


@KINDS
@async_test
async def test_a_response_with_a_picture_and_tools_is_the_providers_and_is_counted(kind: str, world: World) -> None:
    world.play("openai", RESPONSES, shapes.told(shapes.response()))

    async def call(base_url: str) -> Any:
        async with opened(client(kind, base_url)) as openai:
            asking = openai.responses.create(model="gpt-5", input=INPUT, tools=TOOLS, prompt_cache_key="thread-7")
            answer = await done(asking)
            return answer.output_text, answer.model_dump()

    outcome = await world.same("openai", call, base="/v1")
    assert outcome.seen[0] == "It is a red dot."
    assert outcome.seen[1]["output"][1]["arguments"] == '{"city":"Zürich"}'
    assert asked(outcome.request)["input"] == INPUT
    outcome.row.says(**CALL, **COUNTS, operation_name="chat", conversation_id="thread-7")
    outcome.row.says(request_model="gpt-5", response_model="gpt-5-2025-08-07", response_id="resp_68af4030")


@KINDS
@async_test
async def test_a_streamed_response_is_the_providers_event_by_event_and_is_counted(kind: str, world: World) -> None:
    world.play("openai", RESPONSES, shapes.streamed(shapes.response_events()))

    async def call(base_url: str) -> Any:
        async with opened(client(kind, base_url)) as openai:
            asking = openai.responses.create(model="gpt-5", input=INPUT, tools=TOOLS, stream=True)
            async with opened(await done(asking)) as stream:
                return [event.model_dump() for event in await each(stream)]

    outcome = await world.same("openai", call, base="/v1")
    assert [event["type"] for event in outcome.seen][-1] == "response.completed"
    assert len(outcome.seen) == len(shapes.response_events())
    outcome.row.says(**CALL, **COUNTS, response_id="resp_68af4030")


@KINDS
@async_test
async def test_the_librarys_own_reader_of_responses_puts_the_same_one_together(kind: str, world: World) -> None:
    world.play("openai", RESPONSES, shapes.streamed(shapes.response_events()))

    async def call(base_url: str) -> Any:
        async with (
            opened(client(kind, base_url)) as openai,
            opened(openai.responses.stream(model="gpt-5", input=INPUT)) as stream,
        ):
            kinds = [event.type for event in await each(stream)]
            return kinds, (await done(stream.get_final_response())).output_text

    outcome = await world.same("openai", call, base="/v1")
    assert outcome.seen[1] == "It is a red dot."
    outcome.row.says(**CALL, **COUNTS)


@pytest.mark.parametrize("via", ["", "/p/openai"], ids=["root", "by name"])
@KINDS
@async_test
async def test_a_response_in_the_background_is_counted_once_it_is_looked_up(kind: str, via: str, world: World) -> None:
    identity = f"resp_{uuid4().hex}"
    queued, in_work, ended = (
        shapes.told(shapes.response(status, is_background=True, id=identity))
        for status in ("queued", "in_progress", "completed")
    )
    world.play("openai", RESPONSES, queued)
    world.play("openai", f"{RESPONSES}/{identity}", in_work, ended)
    async with opened(client(kind, f"{world.url}{via}/v1")) as openai:
        begun = await done(openai.responses.create(model="gpt-5", input="Hello.", background=True))
        assert (begun.status, begun.usage) == ("queued", None)
        assert (await done(openai.responses.retrieve(begun.id))).status == "in_progress"
        for _ in range(2):
            found = await done(openai.responses.retrieve(begun.id))
            assert (found.output_text, found.usage.total_tokens) == ("It is a red dot.", 380)
    world.row.says(**CALL, **COUNTS, response_id=identity)


@KINDS
@async_test
async def test_what_openai_keeps_is_looked_at_ended_and_deleted_without_further_rows(kind: str, world: World) -> None:
    identity = f"resp_{uuid4().hex}"
    queued, cancelled = (
        shapes.told(shapes.response(status, is_background=True, id=identity)) for status in ("queued", "cancelled")
    )
    one = f"{RESPONSES}/{identity}"
    items: dict[str, Any] = {"object": "list", "data": [], "first_id": None, "last_id": None, "has_more": False}
    world.play("openai", RESPONSES, queued)
    world.play("openai", f"{one}/cancel", cancelled)
    world.play("openai", f"{one}/input_items", shapes.told(items))
    world.play("openai", one, shapes.told({"id": identity, "object": "response", "deleted": True}))
    async with opened(client(kind, f"{world.url}/v1")) as openai:
        await done(openai.responses.create(model="gpt-5", input="Hello.", background=True))
        assert (await done(openai.responses.cancel(identity))).status == "cancelled"
        assert (await done(openai.responses.input_items.list(identity))).data == []
        await done(openai.responses.delete(identity))
    assert [request.method for request in world.sent("openai")] == ["POST", "POST", "GET", "DELETE"]
    world.posts_without_row = 1
    world.row.says(basis="missing", input_tokens=None, response_id=identity)


@KINDS
@async_test
async def test_a_stream_that_broke_is_counted_once_it_is_taken_up_again(kind: str, world: World) -> None:
    identity = f"resp_{uuid4().hex}"
    events = [event.replace(b"resp_68af4030", identity.encode()) for event in shapes.response_events()]
    whole = shapes.streamed(events[:5])
    world.play("openai", RESPONSES, whole.cut(len(whole.body)))
    world.play("openai", f"{RESPONSES}/{identity}", shapes.streamed(events[5:]))
    async with opened(client(kind, f"{world.url}/v1")) as openai:
        asking = openai.responses.create(model="gpt-5", input="Hello.", background=True, stream=True)
        async with opened(await done(asking)) as stream:
            with pytest.raises(LIBRARIES[0].cut_classes()):
                await each(stream)
        until(lambda: [row.finish for row in world.rows] == ["truncated"])
        again = openai.responses.retrieve(identity, stream=True, starting_after=4)
        async with opened(await done(again)) as stream:
            assert (await each(stream))[-1].response.usage.total_tokens == 380
    assert world.sent("openai")[1].target == f"{RESPONSES}/{identity}?starting_after=4&stream=true"
    world.row.says(**COUNTS, basis="reported", response_id=identity)


@KINDS
@async_test
async def test_counting_input_costs_nothing_and_has_a_row(kind: str, world: World) -> None:
    world.play(
        "openai", f"{RESPONSES}/input_tokens", shapes.told({"object": "response.input_tokens", "input_tokens": 11})
    )

    async def call(base_url: str) -> Any:
        async with opened(client(kind, base_url)) as openai:
            return (await done(openai.responses.input_tokens.count(model="gpt-5", input="Hello."))).input_tokens

    outcome = await world.same("openai", call, base="/v1")
    assert outcome.seen == 11
    outcome.row.says(**CALL, operation_name="count_tokens", input_tokens=0, output_tokens=0, list_cost_pico=0)
