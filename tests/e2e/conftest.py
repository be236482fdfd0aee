"""The world that real clients live in: one for all tests of a worker, swept between them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.e2e.world import living

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.e2e.world import World

# The beginnings of variables that the libraries read: those of whoever runs the tests are not theirs.
LIBRARIES_READ = ("OPENAI_", "ANTHROPIC_", "CLAUDE_", "GOOGLE_", "GEMINI_", "MISTRAL_", "GROQ_", "CEREBRAS_")


@pytest.fixture(scope="session")
def running_world(tmp_path_factory: pytest.TempPathFactory) -> Generator[World]:
    with living(tmp_path_factory.mktemp("world")) as world:
        yield world


@pytest.fixture
def world(running_world: World, monkeypatch: pytest.MonkeyPatch) -> Generator[World]:
    for name in list(os.environ):
        if name.startswith(LIBRARIES_READ) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    running_world.begin()
    yield running_world
    running_world.check()
