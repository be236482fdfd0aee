import asyncio
from typing import Any

from starlette.types import Message, Receive, Scope, Send

from tokencli.proxy.gate import Gate
from tokencli.proxy.guard import Guard


def asked(headers: list[tuple[bytes, bytes]], *, method: str = "GET") -> tuple[list[Scope], list[Message]]:
    """Send one request through a gate; give what the app inside saw, and what was answered."""
    seen: list[Scope] = []
    sent: list[Message] = []

    async def inside(scope: Scope, receive: Receive, send: Send) -> None:
        del receive, send
        seen.append(scope)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: dict[str, Any] = {
        "type": "http",
        "method": method,
        "path": "/v1/messages",
        "query_string": b"token=s3cret&beta=true",
        "headers": headers,
    }
    asyncio.run(Gate(inside, Guard(["127.0.0.1"], 8000, "s3cret"))(scope, receive, send))
    return seen, sent


def test_what_may_pass_goes_on_without_the_token() -> None:
    (scope,), sent = asked([(b"host", b"localhost"), (b"x-api-key", b"s3cret")])
    assert scope["headers"] == [(b"host", b"localhost")]
    assert scope["query_string"] == b"beta=true"
    assert sent == []


def test_what_is_refused_never_reaches_the_app_and_is_told_in_the_api_s_shape() -> None:
    seen, (start, body) = asked([(b"host", b"evil.example")], method="POST")
    assert seen == []
    assert start["status"] == 403
    assert body["body"].startswith(b'{"type": "error"')


def test_a_head_request_is_refused_without_a_body() -> None:
    assert asked([], method="HEAD")[1][1]["body"] == b""


def test_no_answer_of_the_gate_invites_other_sites() -> None:
    preflight = [(b"host", b"localhost"), (b"origin", b"http://evil.example")]
    (start, _) = asked([*preflight, (b"access-control-request-method", b"POST")], method="OPTIONS")[1]
    assert start["status"] == 403
    assert not [name for name, _ in start["headers"] if name.startswith(b"access-control")]
