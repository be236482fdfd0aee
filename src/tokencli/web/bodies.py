"""Bodies of requests to the web room: small JSON objects, and nothing that a web page could send unasked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from starlette.requests import ClientDisconnect

from tokencli.domain.text import visible
from tokencli.web.errors import BadBodyError, WrongTypeError

if TYPE_CHECKING:
    from starlette.requests import Request

_LARGEST_BYTES = 64 * 1024
_LONGEST_TEXT = 200


async def json_object(request: Request) -> dict[str, Any]:
    """Return the JSON object that a request holds.

    Raises:
        WrongTypeError: it does not say that it is JSON.
        BadBodyError: it is too large, no JSON, or no object.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise WrongTypeError
    try:
        told: object = json.loads(await _body(request))
    except (ValueError, RecursionError):
        raise BadBodyError(why="is no JSON") from None
    if not isinstance(told, dict):
        raise BadBodyError(why="is no JSON object")
    return cast("dict[str, Any]", told)


async def _body(request: Request) -> bytes:
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > _LARGEST_BYTES:
                raise BadBodyError(why=f"is larger than {_LARGEST_BYTES} bytes")
    except ClientDisconnect:
        raise BadBodyError(why="did not come to its end") from None
    return bytes(body)


def text_of(body: dict[str, Any], name: str) -> str | None:
    """Return a member that must be text that can be shown, of no great length; None when it is missing or null.

    Raises:
        BadBodyError: it is something else.
    """
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, str):
        if visible(value, _LONGEST_TEXT) == value:
            return value
        raise BadBodyError(
            why=f"has a {name} of more than {_LONGEST_TEXT} characters, or with some that cannot be shown"
        )
    raise BadBodyError(why=f"has {name} {json.dumps(value)[:40]}, which is no text")
