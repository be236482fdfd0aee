"""What monitoring and the page ask of money: /metrics, /api/metrics and /api/thresholds."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tokencli.domain.errors import StoreError
from tokencli.services.budgets import threshold_values, thresholds
from tokencli.services.measures import Measures

if TYPE_CHECKING:
    from starlette.requests import Request

    from tokencli.store.database import Database
    from tokencli.web.room import Room


class MoneyPaths:
    """The paths of one room that tell what was spent; readings for monitoring are taken one at a time."""

    def __init__(self, room: Room) -> None:
        """Work with a room."""
        self._room = room
        self._measures = Measures()
        self._lock = asyncio.Lock()

    def routes(self) -> list[Route]:
        """Return the paths."""
        return [
            Route("/metrics", self.metrics),
            Route("/api/metrics", self.metrics),
            Route("/api/thresholds", self.thresholds),
        ]

    async def metrics(self, request: Request) -> Response:
        """Answer a scrape, in Prometheus' text format."""
        del request
        limits, calendar, measures = self._room.limits(), self._room.calendar(), self._measures
        async with self._lock:
            snapshot = await self._room.read(lambda database: measures.read(database, limits, calendar))
            if measures.is_save_due:
                # What cannot be kept now is kept after the next scrape.
                with suppress(StoreError):
                    await self._room.write(lambda database: measures.save(database.connection))
        content_type, text = self._room.exposition(snapshot)
        return Response(text, media_type=content_type)

    async def thresholds(self, request: Request) -> Response:
        """Say how the day, the week and the month stand against their limits."""
        del request
        limits, calendar = self._room.limits(), self._room.calendar()

        def work(database: Database) -> list[dict[str, object]]:
            with database.reading() as connection:
                return [threshold_values(each) for each in thresholds(connection, limits, calendar)]

        return JSONResponse({"thresholds": await self._room.read(work)})
