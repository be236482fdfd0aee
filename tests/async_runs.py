"""Async tests without a plugin: `@async_test` runs a coroutine function in an event loop of its own."""

from __future__ import annotations

import asyncio
import os
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

P = ParamSpec("P")
LONGEST_S = 1200 if os.environ.get("TOKENCLI_TORTURE") == "1" else 60


def async_test(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Return a test that runs to its end in a fresh event loop, within a minute, or twenty in the long form."""

    @wraps(test)
    def run(*args: P.args, **named: P.kwargs) -> None:
        asyncio.run(_within(test(*args, **named)))

    return run


async def _within(work: Coroutine[Any, Any, None]) -> None:
    async with asyncio.timeout(LONGEST_S):
        await work
