"""The environment variables with which the official libraries are pointed at the proxy, nothing else being changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.async_runs import async_test
from tests.e2e.clients import KINDS, opened
from tests.e2e.libraries import GENAI_WARNING, PARAMETERS
from tests.e2e.world import CLIENT_KEY

if TYPE_CHECKING:
    from tests.e2e.libraries import Library
    from tests.e2e.world import World

pytestmark = GENAI_WARNING

# The variables of the base URL and of the key. Mistral's library has none for the first.
VARIABLES = {
    "openai": ("OPENAI_BASE_URL", "OPENAI_API_KEY"),
    "anthropic": ("ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY"),
    "gemini": ("GOOGLE_GEMINI_BASE_URL", "GEMINI_API_KEY"),
    "groq": ("GROQ_BASE_URL", "GROQ_API_KEY"),
    "cerebras": ("CEREBRAS_BASE_URL", "CEREBRAS_API_KEY"),
}
AT_THE_ROOT = {"openai", "anthropic", "gemini"}


@pytest.mark.parametrize("library", [each for each in PARAMETERS if each.id in VARIABLES])
@KINDS
def test_a_library_is_pointed_at_the_proxy_by_its_environment(
    kind: str, library: Library, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.play(library.provider, library.path, library.answer())
    ways = [library.by_name(world.url)]
    if library.provider in AT_THE_ROOT:
        ways.append(f"{world.url}{library.base}")
    url_variable, key_variable = VARIABLES[library.provider]
    monkeypatch.setenv(key_variable, CLIENT_KEY)
    options: dict[str, Any] = {} if library.provider == "gemini" else {"base_url": None}

    @async_test
    async def ask() -> None:
        async with opened(library.client(kind, api_key=None, **options)) as client:
            assert await library.ask(client, library.model)

    for base_url in ways:
        monkeypatch.setenv(url_variable, base_url)
        ask()
    assert [row.provider_name for row in world.rows] == [library.provider] * len(ways)
    assert {row.finish for row in world.rows} == {"ok"}
