"""Watching: what other writers change and limits that are crossed, brought to the feed while a server runs."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Final

from tokencli.domain.errors import StoreError
from tokencli.services.budgets import crossings, threshold_values

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tokencli.domain.threshold import Threshold
    from tokencli.services.feed import Feed
    from tokencli.services.watch import Seen, Watch
    from tokencli.store.database import Database

EVERY_S: Final = 0.5
_LOOKS_A_COUNT: Final = 4


async def watching(
    make: Callable[[], Watch],
    feed: Feed,
    write: Callable[[Callable[[Database], tuple[Threshold, ...]]], Awaitable[tuple[Threshold, ...]]],
    on_crossing: Callable[[Threshold], None],
    stop: asyncio.Event,
) -> None:
    """Look at the ledger every half second until `stop` is set, and count up against the limits every two.

    `make` opens the watch, `write` runs work in the ledger's writer, `on_crossing` hears of each limit that is crossed.
    A ledger that cannot be read at one moment is looked at again at the next.
    """
    loop = asyncio.get_running_loop()
    # The watch's connection belongs to one thread.
    with ThreadPoolExecutor(1, "watch") as thread:
        watch = await loop.run_in_executor(thread, make)
        try:
            for looks in count():
                with suppress(StoreError):
                    _tell(feed, await loop.run_in_executor(thread, watch.look))
                    if looks % _LOOKS_A_COUNT == 0 and (risen := await loop.run_in_executor(thread, watch.rises)):
                        for each in await write(partial(_crossed, risen)):
                            feed.tell("threshold", **threshold_values(each))
                            on_crossing(each)
                with suppress(TimeoutError):
                    async with asyncio.timeout(EVERY_S):
                        await stop.wait()
                if stop.is_set():
                    return
        finally:
            await loop.run_in_executor(thread, watch.close)


def _crossed(risen: list[Threshold], database: Database) -> tuple[Threshold, ...]:
    return crossings(database.connection, risen)


def _tell(feed: Feed, seen: list[Seen]) -> None:
    for each in seen:
        feed.tell(each.kind, **each.values)
