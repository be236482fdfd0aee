"""Streams that do not come to their end: given up by the client, or cut off by the provider."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from tests.async_runs import async_test
from tests.e2e import anthropic_shapes, openai_shapes
from tests.e2e.clients import KINDS, each, first, opened
from tests.e2e.libraries import EVERY, GENAI_WARNING, PARAMETERS
from tests.e2e.world import until
from tests.proxy.fake_provider import Ending

if TYPE_CHECKING:
    from tests.e2e.libraries import Library
    from tests.e2e.world import World
    from tests.proxy.fake_provider import Scripted

pytestmark = GENAI_WARNING
ANTHROPIC, OPENAI, IMPATIENT = (
    pytest.mark.parametrize("library", [each for each in PARAMETERS if each.id in names])
    for names in ({"anthropic"}, {"openai"}, {"openai", "anthropic", "groq"})
)

# What the beginning of a stream has told of the counts; where it is nothing, the row has our own estimate.
TOLD = {"anthropic": ("partial", 1233), "gemini": ("partial", 1290)}


def stream_path(library: Library) -> str:
    return library.path.replace(":generateContent", ":streamGenerateContent")


def part_of(stream: Scripted, ending: Ending) -> Scripted:
    """Return a stream that ends so where two thirds of it have been sent, behind the end of an event."""
    pieces = stream.pieces[: len(stream.pieces) // 3 * 2 // 2 * 2]
    return replace(stream, pieces=pieces, ending=ending, cut_after=sum(map(len, pieces)))


async def close(stream: Any) -> None:
    """Stop reading, in the way that the stream offers."""
    for name in ("aclose", "close"):
        if hasattr(stream, name):
            closing = getattr(stream, name)()
            if closing is not None:
                await closing
            return
    async with opened(stream):
        return


def check(library: Library, world: World, finish: str) -> None:
    world.row.says(provider_name=library.provider, finish=finish)
    basis, input_tokens = TOLD.get(library.provider, ("estimated", None))
    assert world.row.basis == basis
    assert world.row.input_tokens == input_tokens or (input_tokens is None and world.row.input_tokens)


@EVERY
@KINDS
@async_test
async def test_a_stream_that_its_client_gives_up_is_closed_and_cancelled(
    kind: str, library: Library, world: World
) -> None:
    world.play(library.provider, stream_path(library), part_of(library.stream(), Ending.STALL))
    async with opened(library.client(kind, library.by_name(world.url))) as client:
        stream = await library.ask(client, library.model, stream=True)
        assert await first(stream)
        await close(stream)
        (request,) = world.sent(library.provider)
    until(request.gone.is_set)
    until(lambda: len(world.rows) == 1)
    check(library, world, "cancelled")


@EVERY
@KINDS
@async_test
async def test_a_stream_that_its_provider_cuts_off_is_an_error_for_the_client_too(
    kind: str, library: Library, world: World
) -> None:
    world.play(library.provider, stream_path(library), part_of(library.stream(), Ending.FIN))
    async with opened(library.client(kind, library.by_name(world.url))) as client:
        stream = await library.ask(client, library.model, stream=True)
        with pytest.raises(library.cut_classes()):
            await each(stream)
        await close(stream)
    until(lambda: len(world.rows) == 1)
    check(library, world, "truncated")


@IMPATIENT
@KINDS
@async_test
async def test_a_call_that_its_client_has_no_more_patience_for_is_cancelled(
    kind: str, library: Library, world: World
) -> None:
    world.play(library.provider, library.path, library.answer().cut(-1, Ending.STALL))
    async with opened(library.client(kind, library.by_name(world.url), timeout=0.5)) as client:
        with pytest.raises(library.timeout_class()):
            await library.ask(client, library.model)
    until(world.sent(library.provider)[0].gone.is_set)
    until(lambda: len(world.rows) == 1)
    world.row.says(provider_name=library.provider, finish="cancelled", basis="estimated", output_tokens=0)
    assert world.row.input_tokens


@ANTHROPIC
@KINDS
@async_test
async def test_an_error_in_the_middle_of_anthropics_stream_is_the_librarys_and_the_rows(
    kind: str, library: Library, world: World
) -> None:
    error = b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n'
    world.play("anthropic", "/v1/messages", openai_shapes.streamed([*anthropic_shapes.events()[:5], error]))
    async with opened(library.client(kind, world.url)) as client:
        stream = await library.ask(client, library.model, stream=True)
        with pytest.raises(library.error_class(), match="Overloaded"):
            await each(stream)
    until(lambda: len(world.rows) == 1)
    world.row.says(finish="error", error_type="overloaded_error", basis="partial", input_tokens=1233)


@OPENAI
@KINDS
@async_test
async def test_an_error_in_the_middle_of_openais_stream_is_the_librarys_and_the_rows(
    kind: str, library: Library, world: World
) -> None:
    told = {"error": {"message": "The server had an error.", "type": "server_error", "param": None, "code": None}}
    events = openai_shapes.data(*openai_shapes.chunks()[:3], told)
    world.play("openai", "/v1/chat/completions", openai_shapes.streamed(events))
    async with opened(library.client(kind, f"{world.url}/v1")) as client:
        stream = await library.ask(client, library.model, stream=True)
        with pytest.raises(import_module("openai").APIError, match="The server had an error"):
            await each(stream)
    until(lambda: len(world.rows) == 1)
    world.row.says(finish="error", error_type="server_error")
