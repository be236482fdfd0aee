"""What goes wrong, as the official libraries tell it: a provider's errors unchanged, our refusals as a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.async_runs import async_test
from tests.e2e.clients import KINDS, opened
from tests.e2e.libraries import EVERY, GENAI_WARNING, failure_of
from tests.e2e.world import CLIENT_KEY

if TYPE_CHECKING:
    from tests.e2e.libraries import Failure, Library
    from tests.e2e.world import World

pytestmark = GENAI_WARNING

STATUSES = (401, 429, 500, 529)


async def failing(library: Library, kind: str, base_url: str, model: str | None = None, *, most: int = 1) -> Failure:
    """Return how a call fails, the last one of `most` at the latest."""
    async with opened(library.client(kind, base_url)) as client:
        for _ in range(most - 1):
            try:
                await library.ask(client, model or library.model)
            except library.error_class() as error:
                return failure_of(error)
        with pytest.raises(library.error_class()) as caught:
            await library.ask(client, model or library.model)
    return failure_of(caught.value)


@EVERY
@KINDS
@async_test
async def test_a_providers_error_is_the_librarys_own_and_has_a_row(kind: str, library: Library, world: World) -> None:
    for status, name in zip(STATUSES, library.refused, strict=True):
        answer = library.error(f"Not like this: {status}.", status, (b"retry-after", b"7"))
        world.play(library.provider, library.path, answer)
        failure = await failing(library, kind, library.by_name(world.url))
        assert (failure.kind, failure.status) == (name, status)
        assert f"Not like this: {status}." in failure.text
        assert failure.headers["retry-after"] == "7"
        row = world.rows[-1]
        row.says(provider_name=library.provider, basis="missing", finish="error", output_tokens=None)
        assert row.event_id == failure.headers["x-tokencli-event-id"]
        assert row.error_type
        assert not row.list_cost_pico
    assert len(world.rows) == len(STATUSES)


@EVERY
@KINDS
@async_test
async def test_each_try_of_a_library_that_tries_again_has_a_row(kind: str, library: Library, world: World) -> None:
    soon = (b"retry-after-ms", b"5")
    failures = [library.error("Slow down.", 429, soon), library.error("Oh.", 500, soon)]
    world.play(library.provider, library.path, *failures, library.answer())
    async with opened(library.client(kind, library.by_name(world.url), max_retries=2)) as client:
        assert await library.ask(client, library.model)
    assert [row.finish for row in world.rows] == ["error", "error", "ok"]
    assert [row.basis for row in world.rows] == ["missing", "missing", "reported"]


@EVERY
@KINDS
@async_test
async def test_without_a_key_for_the_provider_the_sentence_says_what_to_do(
    kind: str, library: Library, world: World
) -> None:
    failure = await failing(library, kind, f"{world.url}{library.base}", library.keyless)
    assert (failure.kind, failure.status) == (library.refused[0], 401)
    assert failure.headers["x-tokencli-error"] == "no_key"
    name = library.keyless.partition("/")[0]
    assert f"no key for {name}: set {name.upper().replace('-', '_')}_API_KEY where tokencli runs" in failure.text
    assert "x-tokencli-event-id" not in failure.headers


@EVERY
@KINDS
@async_test
async def test_by_name_the_clients_own_key_goes_where_there_is_none(kind: str, library: Library, world: World) -> None:
    name = library.keyless.partition("/")[0]
    path = library.path.removeprefix("/openai")
    world.play(name, path, library.answer())
    world.may_see_clients_key.add(name)
    async with opened(library.client(kind, library.by_name(world.url, name))) as client:
        assert await library.ask(client, library.model)
    (request,) = world.sent(name)
    assert CLIENT_KEY.encode() in request.raw
    world.row.says(provider_name=name, basis="reported", finish="ok")


@EVERY
@KINDS
@async_test
async def test_an_unknown_session_is_refused(kind: str, library: Library, world: World) -> None:
    failure = await failing(library, kind, f"{world.url}/s/nothing-of-the-kind{library.base}")
    assert failure.status == 400
    assert "there is no session 'nothing-of-the-kind'" in failure.text
    assert failure.headers["x-tokencli-error"] == "no_such_session"


@EVERY
@KINDS
@async_test
async def test_an_unknown_provider_is_refused_and_the_nearest_is_named(
    kind: str, library: Library, world: World
) -> None:
    failure = await failing(library, kind, library.by_name(world.url, "anthropics"))
    assert failure.status == 400
    assert "did you mean 'anthropic'?" in failure.text


@EVERY
@KINDS
@async_test
async def test_above_the_rate_limit_the_library_is_told_when_to_come_again(
    kind: str, library: Library, world: World
) -> None:
    world.play("narrow", library.path.removeprefix("/openai"), library.answer())
    failure = await failing(library, kind, library.by_name(world.url, "narrow"), most=3)
    assert (failure.kind, failure.status) == (library.refused[1], 429)
    assert "narrow is at its limit of 1 calls a minute" in failure.text
    assert 1 <= int(failure.headers["retry-after"]) <= 60


@EVERY
@KINDS
@async_test
async def test_a_base_url_that_leads_back_is_refused_and_nothing_is_sent(
    kind: str, library: Library, world: World
) -> None:
    failure = await failing(library, kind, library.by_name(world.url, "loop"))
    assert failure.status == 508
    assert failure.headers["x-tokencli-error"] == "loop"
    assert "is this tokencli itself: give the provider its own base_url in config.toml" in failure.text
    assert world.rows == []


@EVERY
@KINDS
@async_test
async def test_a_provider_that_is_not_there_is_named_and_the_call_has_a_row(
    kind: str, library: Library, world: World
) -> None:
    failure = await failing(library, kind, library.by_name(world.url, "unreachable"))
    assert failure.status == 502
    world.rows_unsent = 1
    world.row.says(provider_name="unreachable", basis="missing", finish="error")
    assert world.row.event_id == failure.headers["x-tokencli-event-id"]
