"""Sessions as the official libraries use them: by path, by header, and several at once."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.async_runs import async_test
from tests.e2e import anthropic_shapes, openai_shapes
from tests.e2e.clients import KINDS, asked, done, needs, opened
from tests.e2e.libraries import CLAUDE, EVERY, GENAI_WARNING, HELLO, anthropic_client, failure_of, openai_client

if TYPE_CHECKING:
    from tests.e2e.libraries import Library
    from tests.e2e.world import World
    from tests.proxy.fake_provider import Received, Scripted

pytestmark = [*needs("openai", "anthropic"), GENAI_WARNING]

CHAT, MESSAGES = "/v1/chat/completions", "/v1/messages"
CALLS = 20
# Whose models are not known to be theirs by their names alone.
NAMED_ONLY = {"groq", "cerebras"}


def named(name: str) -> str:
    """Return a name that no session has yet."""
    return f"{name}-{uuid4().hex[:8]}"


def echo(request: Received) -> Scripted:
    """Answer with what was asked, so that a mixed-up answer is seen."""
    said = asked(request)["messages"][0]["content"]
    if request.path == MESSAGES:
        return anthropic_shapes.answer(anthropic_shapes.message(content=[{"type": "text", "text": said}]))
    completion = openai_shapes.completion("gpt-4o")
    completion["choices"][0]["message"] = {"role": "assistant", "content": said}
    return openai_shapes.told(completion)


def said(text: str) -> list[Any]:
    return [{"role": "user", "content": text}]


@EVERY
@KINDS
@async_test
async def test_a_call_belongs_to_the_session_in_its_path(kind: str, library: Library, world: World) -> None:
    session = named("path")
    world.begin_session(session)
    world.begin_session(named("active"))
    world.play(library.provider, library.path, library.answer())
    ways = [library.by_name(f"{world.url}/s/{session}"), f"{world.url}/s/{session}{library.base}"]
    for base_url in ways[: 1 if library.provider in NAMED_ONLY else 2]:
        async with opened(library.client(kind, base_url)) as client:
            assert await library.ask(client, library.model)
    assert {row.session for row in world.rows} == {session}
    assert {row.provider_name for row in world.rows} == {library.provider}


@KINDS
@async_test
async def test_a_call_belongs_to_the_session_in_its_header_else_to_the_active_one(kind: str, world: World) -> None:
    first, active = named("first"), named("active")
    world.begin_session(first)
    world.begin_session(active)
    world.play("openai", CHAT, echo)
    headers = {"X-Tokencli-Session": first}
    async with opened(openai_client(kind, f"{world.url}/v1", default_headers=headers)) as openai:
        await done(openai.chat.completions.create(model="gpt-4o", messages=HELLO))
    async with opened(openai_client(kind, f"{world.url}/v1")) as openai:
        await done(openai.chat.completions.create(model="gpt-4o", messages=HELLO))
    assert [row.session for row in world.rows] == [first, active]
    assert [first.encode() in request.raw for request in world.sent("openai")] == [False, False]


@EVERY
@KINDS
@async_test
async def test_an_ended_session_takes_no_more_calls(kind: str, library: Library, world: World) -> None:
    session = named("ended")
    world.begin_session(session)
    world.end_session(session)
    async with opened(library.client(kind, library.by_name(f"{world.url}/s/{session}"))) as client:
        with pytest.raises(library.error_class()) as caught:
            await library.ask(client, library.model)
    failure = failure_of(caught.value)
    assert failure.headers["x-tokencli-error"] == "ended_session"
    assert f"the session '{session}' has ended" in failure.text


@async_test
async def test_two_clients_in_two_sessions_at_once_never_mix(world: World) -> None:
    one, other = named("a"), named("b")
    world.begin_session(one)
    world.begin_session(other)
    world.play("openai", CHAT, echo)
    world.play("anthropic", MESSAGES, echo)
    headers = {"X-Tokencli-Session": other}
    async with (
        opened(openai_client("async", f"{world.url}/s/{one}/v1")) as openai,
        opened(anthropic_client("async", world.url, default_headers=headers)) as anthropic,
    ):

        async def chat(number: int) -> bool:
            text = f"one {number}"
            answer = await openai.chat.completions.create(model="gpt-4o", messages=said(text))
            return bool(answer.choices[0].message.content == text)

        async def message(number: int) -> bool:
            text = f"other {number}"
            answer = await anthropic.messages.create(model=CLAUDE, max_tokens=64, messages=said(text))
            return bool(answer.content[0].text == text)

        assert all(await asyncio.gather(*map(chat, range(CALLS)), *map(message, range(CALLS))))
    found = Counter((row.session, row.provider_name, row.client) for row in world.rows)
    assert found == {(one, "openai", "openai-python"): CALLS, (other, "anthropic", "anthropic-python"): CALLS}
    assert len({row.event_id for row in world.rows}) == 2 * CALLS


def test_two_clients_in_threads_in_two_sessions_of_one_provider_never_mix(world: World) -> None:
    sessions = [named("a"), named("b")]
    for session in sessions:
        world.begin_session(session)
    world.play("openai", CHAT, echo)
    together = threading.Barrier(len(sessions))

    def work(session: str) -> list[str]:
        together.wait(30)
        with openai_client("sync", f"{world.url}/s/{session}/v1") as openai:
            return [
                openai.chat.completions.create(model="gpt-4o", messages=said(f"{session} {number}"), user=session)
                .choices[0]
                .message.content
                for number in range(CALLS)
            ]

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(work, sessions))
    assert answers == [[f"{session} {number}" for number in range(CALLS)] for session in sessions]
    assert Counter(row.session for row in world.rows) == dict.fromkeys(sessions, CALLS)


@KINDS
@async_test
async def test_a_session_with_a_model_answers_for_a_client_that_names_another(kind: str, world: World) -> None:
    session = named("chosen")
    world.begin_session(session, model="groq/gpt-oss-120b")
    world.begin_session(named("active"))
    world.play(
        "groq", "/openai/v1/chat/completions", openai_shapes.told(openai_shapes.completion("openai/gpt-oss-120b"))
    )
    async with opened(openai_client(kind, f"{world.url}/s/{session}/v1")) as openai:
        await done(openai.chat.completions.create(model="my-default", messages=HELLO))
    assert asked(world.sent("groq")[0])["model"] == "openai/gpt-oss-120b"
    world.row.says(provider_name="groq", session=session, request_model="openai/gpt-oss-120b")
