"""The gate: the ASGI app around all others. What the guard refuses goes no further; its token is not seen inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokencli.proxy.refusals import Refusal, send_refusal

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from tokencli.proxy.guard import Guard


class Gate:
    """An app behind a guard."""

    def __init__(self, app: ASGIApp, guard: Guard) -> None:
        """Stand before an app."""
        self._app = app
        self._guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on, without our token, or refuse it; only HTTP is known."""
        try:
            scope["headers"], scope["query_string"] = self._guard.check(scope["headers"], scope["query_string"])
        except Refusal as refusal:
            await send_refusal(scope, send, refusal)
            return
        await self._app(scope, receive, send)
