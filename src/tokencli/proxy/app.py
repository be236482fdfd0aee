"""The proxy as a bare ASGI app: a provider's path is forwarded, every other one belongs to the app behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tokencli.proxy.exchange import EVENT_ID, Exchange
from tokencli.proxy.paths import target_of
from tokencli.proxy.protocol import ABORT, GONE
from tokencli.proxy.refusals import (
    EchoRefusedError,
    PageRefusedError,
    Refusal,
    UpgradeRefusedError,
    family_of,
    refusal_body,
    refusal_headers,
)

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from tokencli.domain.event import EventId
    from tokencli.proxy.exchange import Tools
    from tokencli.proxy.headers import Headers
    from tokencli.proxy.paths import Target
    from tokencli.proxy.plan import Plan

_WEBSOCKET = b"websocket"
_DESTINATION, _FETCHED = b"sec-fetch-dest", b"empty"
_DISCONNECT = "http.disconnect"


class PlanMaker(Protocol):
    """What makes plans: proxy.plan.Planner."""

    async def planned(self, target: Target, method: str, headers: Headers, body: bytes) -> Plan:
        """Return the plan for a request; raise Refusal where it cannot be sent, or should not."""
        ...


class ProxyApp:
    """Forwards the calls of clients. It stands behind the guard, and on the protocol of proxy.protocol.

    That bounds what is received, tells when a client has gone, and breaks off an answer that must not look whole.
    """

    def __init__(self, planner: PlanMaker, tools: Tools, fallback: ASGIApp) -> None:
        """Take what plans calls, what carries them out, and the app that answers every other path."""
        self._planner = planner
        self._tools = tools
        self._fallback = fallback
        self.open_calls = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        target = None
        if scope["type"] == "http":
            target = target_of(scope["method"], scope["raw_path"], scope["query_string"])
            if scope["method"] == "GET" and _wants_websocket(scope["headers"]):
                called = target_of("POST", scope["raw_path"], scope["query_string"])
                if called is not None:
                    await _refuse(scope, send, called, UpgradeRefusedError())
                    return
        if target is None:
            await self._fallback(scope, receive, send)
            return
        refusal = _kept_from_providers(scope)
        if refusal is not None:
            await _refuse(scope, send, target, refusal)
            return
        self.open_calls += 1
        try:
            await self._forward(scope, receive, send, target)
        finally:
            self.open_calls -= 1

    async def _forward(self, scope: Scope, receive: Receive, send: Send, target: Target) -> None:
        try:
            body = await _body(receive)
            if body is None:
                return
            plan = await self._planner.planned(target, scope["method"], scope["headers"], body)
        except Refusal as refusal:
            await _refuse(scope, send, target, refusal)
            return
        await self._exchange(scope, send, target, plan)

    async def _exchange(self, scope: Scope, send: Send, target: Target, plan: Plan) -> None:
        extensions = scope["extensions"]
        exchange = Exchange(self._tools, plan, send, extensions[ABORT])
        extensions[GONE](exchange.client_gone)
        try:
            await exchange.run()
        except Refusal as refusal:
            await _refuse(scope, send, target, refusal, exchange.event_id)
        finally:
            extensions[GONE](None)


async def _body(receive: Receive) -> bytes | None:
    """Return a request's whole body; None when its client left before its end."""
    pieces: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == _DISCONNECT:
            return None
        pieces.append(message["body"])
        if not message["more_body"]:
            return pieces[0] if len(pieces) == 1 else b"".join(pieces)


async def _refuse(scope: Scope, send: Send, target: Target, refusal: Refusal, event_id: EventId | None = None) -> None:
    """Answer with a refusal in the shape of the API that was called."""
    family = target.api.family if target.api else family_of(scope["path"])
    body = refusal_body(family, refusal)
    headers = refusal_headers(refusal, body)
    if event_id is not None:
        headers.append((EVENT_ID, event_id.encode()))
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _kept_from_providers(scope: Scope) -> Refusal | None:
    """Return why a request is not for a provider, None where it may be.

    A browser that shows what a provider sent would run its scripts as a page of tokencli's own.
    """
    if scope["method"] == "TRACE":
        return EchoRefusedError()
    is_shown = any(name == _DESTINATION and value.strip().lower() != _FETCHED for name, value in scope["headers"])
    return PageRefusedError() if is_shown else None


def _wants_websocket(headers: Headers) -> bool:
    return any(name == b"upgrade" and value.lower() == _WEBSOCKET for name, value in headers)
