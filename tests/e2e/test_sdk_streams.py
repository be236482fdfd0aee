"""Streams that do not come to their end: given up by the client, or cut off by the provider."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.async_runs import async_test
from tests.e2e.clients import KINDS, each, first, opened
from tests.e2e.libraries import EVERY, GENAI_WARNING
from tests.e2e.world import until
from tests.proxy.fake_provider import Ending

if TYPE_CHECKING:
    from tests.e2e.libraries import Library
    from tests.e2e.world import World
    from tests.proxy.fake_provider import Scripted

pytestmark = GENAI_WARNING

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
