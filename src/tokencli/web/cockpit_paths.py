"""/api/dashboard: the paths of the chat backend's cockpit, so that its pages can be pointed here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tokencli.services import cockpit

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from tokencli.store.database import Connection, Database
    from tokencli.web.room import Room

_PREFIX = "/api/dashboard"
_STRETCH = "30d"


class CockpitPaths:
    """The cockpit's paths of one room."""

    def __init__(self, room: Room) -> None:
        """Work with a room."""
        self._room = room

    def routes(self) -> list[Route]:
        """Return the paths."""
        return [
            Route(f"{_PREFIX}/costs/summary", self.summary),
            Route(f"{_PREFIX}/costs/summary/session/{{session}}", self.summary),
            *(Route(f"{_PREFIX}/timeline/{kind}", self._timeline(kind)) for kind in cockpit.TIMELINES),
            *(Route(f"{_PREFIX}/distribution/{kind}", self._distribution(kind)) for kind in cockpit.DISTRIBUTIONS),
            Route(f"{_PREFIX}/costs/by-agent", self.by_agent),
        ]

    async def summary(self, request: Request) -> Response:
        """Sum up all calls, or those of one session by its name or id."""
        limits, calendar, session = self._room.limits(), self._room.calendar(), request.path_params.get("session")

        def work(connection: Connection) -> dict[str, Any]:
            session_id = None if session is None else cockpit.session_id_of(connection, session)
            return cockpit.summary(connection, limits, calendar, session_id)

        return await self._answer(work)

    async def by_agent(self, request: Request) -> Response:
        """Show what each agent used."""
        del request
        calendar = self._room.calendar()
        return await self._answer(lambda connection: cockpit.by_agent(connection, calendar))

    def _timeline(self, kind: str) -> Callable[[Request], Any]:
        async def timeline(request: Request) -> Response:
            stretch, calendar = _stretch_of(request), self._room.calendar()
            return await self._answer(lambda connection: cockpit.timeline(connection, kind, stretch, calendar))

        return timeline

    def _distribution(self, kind: str) -> Callable[[Request], Any]:
        async def distribution(request: Request) -> Response:
            stretch, calendar = _stretch_of(request), self._room.calendar()
            return await self._answer(lambda connection: cockpit.distribution(connection, kind, stretch, calendar))

        return distribution

    async def _answer(self, work: Callable[[Connection], Any]) -> Response:
        def inside(database: Database) -> Any:
            with database.reading() as connection:
                return work(connection)

        return JSONResponse(await self._room.read(inside))


def _stretch_of(request: Request) -> str:
    return request.query_params.get("period") or _STRETCH
