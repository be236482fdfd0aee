"""/ws: what happens, as it happens, to whoever listens; and /api/live: how things stand.

A listener is first told how things stand ("init"), then of each event. One that falls behind is told anew how things
stand; one that takes nothing for half a minute is let go. Neither holds anything else up.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from tokencli.domain.errors import TokencliError
from tokencli.services.live import state

if TYPE_CHECKING:
    from starlette.requests import Request

    from tokencli.services.feed import Listener
    from tokencli.store.database import Database
    from tokencli.web.room import Room

SEND_WITHIN_S: Final = 30
_TROUBLE: Final = 1011
_GOING_AWAY: Final = 1001


class LiveSocket:
    """The live paths of one room."""

    def __init__(self, room: Room) -> None:
        """Work with a room."""
        self._room = room

    def routes(self) -> list[Route | WebSocketRoute]:
        """Return the paths."""
        return [Route("/api/live", self.live), WebSocketRoute("/ws", self.socket)]

    async def live(self, request: Request) -> Response:
        """Say how things stand."""
        del request
        return JSONResponse(await self._init())

    async def socket(self, websocket: WebSocket) -> None:
        """Tell a listener of everything, until one of both goes away."""
        await websocket.accept()
        with self._room.feed.listen() as listener:
            async with asyncio.TaskGroup() as group:
                telling = group.create_task(self._tell(websocket, listener))
                await _gone(websocket)
                telling.cancel()

    async def _tell(self, websocket: WebSocket, listener: Listener) -> None:
        try:
            events: list[dict[str, Any]] | None = None
            while True:
                for event in [await self._init()] if events is None else events:
                    async with asyncio.timeout(SEND_WITHIN_S):
                        await websocket.send_text(json.dumps(event, ensure_ascii=False))
                events = await listener.events()
        except TimeoutError:
            await _close(websocket, _GOING_AWAY, "nothing was taken for half a minute")
        except TokencliError as error:
            await _close(websocket, _TROUBLE, str(error))
        except (WebSocketDisconnect, RuntimeError):
            # It went away while it was told.
            return

    async def _init(self) -> dict[str, Any]:
        room = self._room
        settings, limits, calendar = room.settings(), room.limits(), room.calendar()
        number = room.feed.number

        def work(database: Database) -> dict[str, Any]:
            with database.reading() as connection:
                return state(connection, settings, limits, calendar)

        return {
            "type": "init",
            "number": number,
            "version": room.version,
            "rate_limits": room.rates(),
            **await room.read(work),
        }


async def _gone(websocket: WebSocket) -> None:
    """Wait until the listener goes away; what it says is not heard."""
    with suppress(WebSocketDisconnect):
        while websocket.client_state is WebSocketState.CONNECTED:
            message = await websocket.receive()
            if message["type"] == "websocket.disconnect":
                return


async def _close(websocket: WebSocket, code: int, reason: str) -> None:
    """Close; a reason may have 123 bytes."""
    with suppress(RuntimeError, WebSocketDisconnect):
        await websocket.close(code, reason.encode()[:123].decode(errors="ignore"))
