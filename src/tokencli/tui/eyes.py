"""Looking at the ledger from an event loop: a thread of its own reads, so that keys are answered meanwhile."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from tokencli.domain.explain import Explanation
    from tokencli.services.board import Board
    from tokencli.services.lookout import Lookout

T = TypeVar("T")


class Eyes:
    """A lookout in its thread; it is opened at the first look, and again when that has failed."""

    def __init__(self, open_lookout: Callable[[], Lookout]) -> None:
        """Take what opens the ledger."""
        self._open = open_lookout
        self._lookout: Lookout | None = None
        self._thread = ThreadPoolExecutor(1, "lookout")

    async def look(self) -> Board | None:
        """Return how things stand, None when nothing has changed; raises as `Lookout.look`."""
        return await self._asked(lambda lookout: lookout.look())

    async def explain(self, event_id: str) -> Explanation:
        """Return everything known of one call; raises as `Lookout.explain`."""
        return await self._asked(lambda lookout: lookout.explain(event_id))

    def close(self) -> None:
        """Close the ledger."""
        self._thread.submit(self._close).result()
        self._thread.shutdown()

    async def _asked(self, question: Callable[[Lookout], T]) -> T:
        def answer() -> T:
            if self._lookout is None:
                self._lookout = self._open()
            return question(self._lookout)

        return await asyncio.get_running_loop().run_in_executor(self._thread, answer)

    def _close(self) -> None:
        if self._lookout is not None:
            self._lookout.close()
