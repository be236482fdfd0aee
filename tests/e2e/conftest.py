"""The world that real clients live in: one for all tests of a worker, swept between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.world import living

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.e2e.world import World


@pytest.fixture(scope="session")
def running_world(tmp_path_factory: pytest.TempPathFactory) -> Generator[World]:
    with living(tmp_path_factory.mktemp("world")) as world:
        yield world


@pytest.fixture
def world(running_world: World) -> Generator[World]:
    running_world.begin()
    yield running_world
    running_world.check()
