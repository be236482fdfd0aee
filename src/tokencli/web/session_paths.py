"""/api/sessions: list, begin, look at and activate sessions, and export one. No key is ever in an answer."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tokencli.services.session_errors import NoActiveSessionError
from tokencli.services.session_export import session_csv, session_document
from tokencli.services.sessions import Wish, begin, end, rename, session_values, switch, view_of, views_of
from tokencli.web.bodies import json_object, text_of
from tokencli.web.errors import BadBodyError, error_answer

if TYPE_CHECKING:
    from starlette.requests import Request

    from tokencli.store.database import Database
    from tokencli.web.room import Room

_NO_NAME = 'names no session: send {"name": "..."}'


class SessionPaths:
    """The session paths of one room."""

    def __init__(self, room: Room) -> None:
        """Work with a room."""
        self._room = room

    def routes(self) -> list[Route]:
        """Return the paths."""
        return [
            Route("/api/sessions", self.listed, methods=["GET"]),
            Route("/api/sessions", self.begun, methods=["POST"]),
            Route("/api/sessions/active", self.active, methods=["GET"]),
            Route("/api/sessions/{name}/activate", self.activated, methods=["POST"]),
            Route("/api/sessions/{name}/rename", self.renamed, methods=["POST"]),
            Route("/api/sessions/{name}/end", self.ended, methods=["POST"]),
            Route("/api/sessions/{name}", self.one, methods=["GET"]),
            Route("/api/export/csv", self.as_csv, methods=["GET"]),
            Route("/api/export/json", self.as_json, methods=["GET"]),
        ]

    async def listed(self, request: Request) -> Response:
        """List the sessions, the newest first; ended ones with ?all=1."""
        with_ended = request.query_params.get("all", "0") not in {"0", "false", ""}

        def work(database: Database) -> list[dict[str, Any]]:
            with database.reading() as connection:
                found = views_of(connection, self._room.settings(), with_ended=with_ended)
                return [session_values(view, zone=self._room.zone) for view in found]

        return JSONResponse({"sessions": await self._room.read(work)})

    async def begun(self, request: Request) -> Response:
        """Begin a session and make it the active one."""
        body = await json_object(request)
        wish = Wish(name=text_of(body, "name"), provider=text_of(body, "provider"), model=text_of(body, "model"))
        settings, now = self._room.settings(), self._room.now()

        def work(database: Database) -> str:
            return begin(database.connection, settings, wish, now=now).id

        session_id = await self._room.write(work)
        return JSONResponse(await self._values(session_id), status_code=HTTPStatus.CREATED)

    async def active(self, request: Request) -> Response:
        """Show the active session; 404 with a null session when there is none."""
        del request
        try:
            return JSONResponse(await self._values(None))
        except NoActiveSessionError as error:
            return error_answer(str(error), HTTPStatus.NOT_FOUND, "no_active_session", session=None)

    async def one(self, request: Request) -> Response:
        """Show a session by its name or id."""
        return JSONResponse(await self._values(request.path_params["name"]))

    async def activated(self, request: Request) -> Response:
        """Make a session, by its name or id, the active one."""
        name = request.path_params["name"]

        def work(database: Database) -> str:
            return switch(database.connection, name).id

        return JSONResponse(await self._values(await self._room.write(work)))

    async def renamed(self, request: Request) -> Response:
        """Give a session another name; its calls and its id stay."""
        old, new = request.path_params["name"], text_of(await json_object(request), "name")
        if not new:
            raise BadBodyError(_NO_NAME)

        def work(database: Database) -> str:
            return rename(database.connection, old, new).id

        return JSONResponse(await self._values(await self._room.write(work)))

    async def ended(self, request: Request) -> Response:
        """End a session: it takes no more calls, and what it used stays."""
        name, now = request.path_params["name"], self._room.now()

        def work(database: Database) -> str:
            return end(database.connection, name, now=now).id

        return JSONResponse(await self._values(await self._room.write(work)))

    async def as_csv(self, request: Request) -> Response:
        """Export the calls of a session, the active one unless ?session= names another, as CSV."""
        name = request.query_params.get("session")

        def work(database: Database) -> str:
            with database.reading() as connection:
                return session_csv(connection, self._room.settings(), name, zone=self._room.zone)

        return _download(await self._room.read(work), "text/csv; charset=utf-8", "session.csv")

    async def as_json(self, request: Request) -> Response:
        """Export the calls of a session as JSON."""
        name = request.query_params.get("session")

        def work(database: Database) -> dict[str, Any]:
            with database.reading() as connection:
                return session_document(connection, self._room.settings(), name, zone=self._room.zone)

        return JSONResponse(await self._room.read(work), headers=_as_file("session.json"))

    async def _values(self, name: str | None) -> dict[str, Any]:
        def work(database: Database) -> dict[str, Any]:
            with database.reading() as connection:
                return session_values(view_of(connection, self._room.settings(), name), zone=self._room.zone)

        return await self._room.read(work)


def _download(text: str, kind: str, name: str) -> Response:
    return Response(text, headers=_as_file(name), media_type=kind)


def _as_file(name: str) -> dict[str, str]:
    return {"content-disposition": f'attachment; filename="{name}"'}
