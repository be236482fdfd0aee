"""A proxy with a token of its own: the libraries send it in the place of their key, and no provider ever sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.async_runs import async_test
from tests.e2e.clients import KINDS, opened
from tests.e2e.libraries import EVERY, GENAI_WARNING, failure_of
from tests.e2e.world import CLIENT_KEY, living

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.e2e.libraries import Library
    from tests.e2e.world import World

pytestmark = GENAI_WARNING


@pytest.fixture(scope="module")
def guarded_world(tmp_path_factory: pytest.TempPathFactory) -> Generator[World]:
    with living(tmp_path_factory.mktemp("guarded"), token=CLIENT_KEY) as world:
        yield world


@EVERY
@KINDS
@async_test
async def test_the_token_in_the_place_of_a_key_lets_a_call_through(
    kind: str, library: Library, guarded_world: World
) -> None:
    guarded_world.begin()
    guarded_world.play(library.provider, library.path, library.answer())
    async with opened(library.client(kind, library.by_name(guarded_world.url))) as client:
        assert await library.ask(client, library.model)
    guarded_world.row.says(provider_name=library.provider, finish="ok", basis="reported")
    guarded_world.check()


@EVERY
@KINDS
@async_test
async def test_without_the_token_nothing_passes(kind: str, library: Library, guarded_world: World) -> None:
    guarded_world.begin()
    async with opened(library.client(kind, library.by_name(guarded_world.url), api_key="another")) as client:
        with pytest.raises(library.error_class()) as caught:
            await library.ask(client, library.model)
    failure = failure_of(caught.value)
    assert (failure.kind, failure.status) == (library.refused[0], 401)
    assert "this tokencli asks for its token" in failure.text
    guarded_world.check()
