"""Refusals: what the proxy itself says no to, in the error shape of the API that was called.

A client's own library raises its usual exception for the status and shows the sentence. The code, "tokencli_" and
the class's `code`, tells our refusals from a provider's errors. Nothing was sent to a provider unless a class says so.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, ClassVar

from tokencli.domain import errors
from tokencli.domain.text import visible
from tokencli.wire.registry import Family

if TYPE_CHECKING:
    from starlette.types import Scope, Send

_LONGEST_NAME = 120
_GEMINI_VERB = re.compile(r"(?::|%3a)[a-z]+(?:Contents?|Tokens)$", re.IGNORECASE)
_OPENAI_TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
_ANTHROPIC_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
}
_GEMINI_STATUSES = {
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
_SERVER_FAULT = 500


class Refusal(errors.TokencliError):
    """A request that is not forwarded; the text of the exception is the sentence that the client is shown.

    `retry_after_s` is the whole seconds after which the same request has a chance; None where nobody knows.
    `is_final` tells clients that retry by themselves that the same request would be refused again.
    """

    exit_code = errors.ExitCode.NETWORK
    status: ClassVar[int] = 400
    code: ClassVar[str] = "refused"
    is_final: ClassVar[bool] = True

    def __init__(self, sentence: str, *, retry_after_s: int | None = None) -> None:
        """Keep the sentence, and when to come again."""
        super().__init__(sentence)
        self.retry_after_s = retry_after_s

    @property
    def sentence(self) -> str:
        """Return what the client is told."""
        return str(self)


class ForeignHostError(Refusal):
    """A Host that is not this machine's own name: what a rebound name in a web page would send."""

    status = 403
    code = "foreign_host"

    def __init__(self, hosts: list[str]) -> None:
        """Name the host, or say that there is not exactly one."""
        said = f"the host {_named(hosts[0])}" if len(hosts) == 1 else f"{len(hosts) or 'no'} Host headers"
        super().__init__(f"a request for {said} is refused: call tokencli at 127.0.0.1, localhost or [::1].")


class ForeignOriginError(Refusal):
    """A request that a web page made: pages may not spend money or read the ledger."""

    status = 403
    code = "foreign_origin"

    def __init__(self, origin: str | None) -> None:
        """Name the origin; None where the browser only said that it is another site's."""
        page = "a web page of another site" if origin is None else f"the web page {_named(origin)}"
        super().__init__(f"a request from {page} is refused: tokencli serves programs, not pages.")


class TokenMissingError(Refusal):
    """A call without the token, or with a wrong one, where the server is bound beyond this machine."""

    status = 401
    code = "token_missing"

    def __init__(self) -> None:
        """Say where the token goes."""
        super().__init__(
            "this tokencli asks for its token: send it as X-Tokencli-Token, as the client's API key, or as ?token=."
        )


class BodyTooLargeError(Refusal):
    """A request body above the limit; the rest of it was not read."""

    status = 413
    code = "body_too_large"

    def __init__(self, limit_bytes: int) -> None:
        """Name the limit and the setting that moves it."""
        super().__init__(
            f"the request is larger than {limit_bytes} bytes: "
            "send less, or raise max_request_mb in [server] of config.toml."
        )


class HeadersTooLargeError(Refusal):
    """Headers above the limit."""

    status = 431
    code = "headers_too_large"

    def __init__(self, limit_bytes: int) -> None:
        """Name the limit."""
        super().__init__(f"the request's headers are larger than {limit_bytes} bytes: send fewer or shorter ones.")


class BrokenRequestError(Refusal):
    """Bytes that are no HTTP request."""

    status = 400
    code = "broken_request"

    def __init__(self) -> None:
        """Say what was expected."""
        super().__init__(
            "this is not a readable HTTP/1.1 request: check the client, or whether it speaks https to http."
        )


class SlowRequestError(Refusal):
    """A client that does not finish its request."""

    status = 408
    code = "slow_request"

    def __init__(self, part: str, limit_s: float) -> None:
        """Name what did not come, and the deadline."""
        super().__init__(f"the request's {part} did not come within {limit_s:g} s: send it without a pause.")


class UpgradeRefusedError(Refusal):
    """A WebSocket handshake where only HTTP is spoken; clients fall back to HTTP at once."""

    status = 426
    code = "no_websocket"

    def __init__(self) -> None:
        """Say what works."""
        super().__init__(
            "tokencli forwards HTTP, not WebSockets: send the request as HTTP, with stream set for events."
        )


class EchoRefusedError(Refusal):
    """A TRACE, whose answer shows the request as the provider got it, with a key that the client need not know."""

    status = 501
    code = "wrong_method"

    def __init__(self) -> None:
        """Say what it would do."""
        super().__init__("TRACE is not forwarded: its answer could show the provider's key.")


class PageRefusedError(Refusal):
    """A browser that would show a provider's answer as a page, a picture or a script."""

    status = 403
    code = "foreign_origin"

    def __init__(self) -> None:
        """Say what works."""
        super().__init__("a browser may not show what a provider answers: call this path from a program.")


class NoSuchPathError(Refusal):
    """A path that nothing answers on."""

    status = 404
    code = "no_such_path"

    def __init__(self, path: str, base_url: str) -> None:
        """Name the path and the base URLs that work."""
        super().__init__(
            f"there is nothing at {_named(path)}: point OpenAI clients at {base_url}/v1, "
            f"Anthropic and Gemini clients at {base_url}, one provider's at {base_url}/p/NAME."
        )


def refusal_body(family: Family, refusal: Refusal) -> bytes:
    """Return a refusal as JSON in the error shape of an API family."""
    return json.dumps(_SHAPES[family](refusal), ensure_ascii=False).encode()


def refusal_headers(refusal: Refusal, body: bytes) -> list[tuple[bytes, bytes]]:
    """Return the headers of a refusal's answer; x-should-retry is what the OpenAI and Anthropic libraries obey."""
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"x-tokencli-error", refusal.code.encode()),
    ]
    if refusal.retry_after_s is not None:
        headers.append((b"retry-after", str(refusal.retry_after_s).encode()))
    if refusal.is_final:
        headers.append((b"x-should-retry", b"false"))
    return headers


async def send_refusal(scope: Scope, send: Send, refusal: Refusal, family: Family | None = None) -> None:
    """Answer an ASGI request with a refusal; its path tells the family where none is given."""
    body = refusal_body(family or family_of(scope["path"]), refusal)
    await send({"type": "http.response.start", "status": refusal.status, "headers": refusal_headers(refusal, body)})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def family_of(path: str) -> Family:
    """Return the API family that a path's caller reads errors in, the OpenAI one where the path does not tell."""
    bare = path.partition("?")[0].rstrip("/")
    if bare.endswith(("/messages", "/messages/count_tokens")) or bare.startswith("/p/anthropic/"):
        return Family.ANTHROPIC
    if "/models/" in bare and _GEMINI_VERB.search(bare):
        return Family.GEMINI
    return Family.OPENAI


def _named(outside: str) -> str:
    return repr(visible(outside, limit=_LONGEST_NAME))


def _openai(refusal: Refusal) -> dict[str, object]:
    kind = "server_error" if refusal.status >= _SERVER_FAULT else "invalid_request_error"
    return {
        "error": {
            "message": refusal.sentence,
            "type": _OPENAI_TYPES.get(refusal.status, kind),
            "param": None,
            "code": f"tokencli_{refusal.code}",
        }
    }


def _anthropic(refusal: Refusal) -> dict[str, object]:
    kind = "api_error" if refusal.status >= _SERVER_FAULT else "invalid_request_error"
    return {
        "type": "error",
        "error": {
            "type": _ANTHROPIC_TYPES.get(refusal.status, kind),
            "message": refusal.sentence,
            "code": f"tokencli_{refusal.code}",
        },
    }


def _gemini(refusal: Refusal) -> dict[str, object]:
    kind = "INTERNAL" if refusal.status >= _SERVER_FAULT else "INVALID_ARGUMENT"
    return {
        "error": {
            "code": refusal.status,
            "message": refusal.sentence,
            "status": _GEMINI_STATUSES.get(refusal.status, kind),
            "details": [
                {
                    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                    "reason": f"tokencli_{refusal.code}",
                    "domain": "tokencli",
                }
            ],
        }
    }


_SHAPES = {Family.OPENAI: _openai, Family.ANTHROPIC: _anthropic, Family.GEMINI: _gemini}
