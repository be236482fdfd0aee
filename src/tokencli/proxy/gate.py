"""The gate: the ASGI app around all others. What the guard refuses goes no further; its token is not seen inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokencli.proxy.refusals import Refusal, send_refusal

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from tokencli.proxy.guard import Guard

_AGAINST_THE_RULES = 1008


class Gate:
    """An app behind a guard."""

    def __init__(self, app: ASGIApp, guard: Guard) -> None:
        """Stand before an app."""
        self._app = app
        self._guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request, or the live page's WebSocket, on without our token, or refuse it."""
        is_socket = scope["type"] == "websocket"
        # The protocol lets no other WebSocket through than the one that is wanted.
        headers = [each for each in scope["headers"] if each[0] != b"upgrade"] if is_socket else scope["headers"]
        try:
            scope["headers"], scope["query_string"] = self._guard.check(headers, scope["query_string"])
        except Refusal as refusal:
            if is_socket:
                await receive()
                await send({"type": "websocket.close", "code": _AGAINST_THE_RULES, "reason": ""})
            else:
                await send_refusal(scope, send, refusal)
            return
        await self._app(scope, receive, send)
