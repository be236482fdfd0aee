"""Errors of the web room: JSON in the shape that OpenAI's clients read, one sentence, never a traceback."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse

from tokencli.domain.errors import InputError, NothingFoundError, StoreError, TokencliError, UsageError
from tokencli.services.session_errors import NoActiveSessionError

if TYPE_CHECKING:
    from starlette.requests import Request

_STATUSES: tuple[tuple[type[TokencliError], HTTPStatus, str], ...] = (
    (NoActiveSessionError, HTTPStatus.NOT_FOUND, "no_active_session"),
    (NothingFoundError, HTTPStatus.NOT_FOUND, "not_found"),
    (UsageError, HTTPStatus.BAD_REQUEST, "bad_request"),
    (InputError, HTTPStatus.BAD_REQUEST, "bad_request"),
    (StoreError, HTTPStatus.SERVICE_UNAVAILABLE, "ledger"),
)


class BadBodyError(InputError):
    """A request body that is not the JSON object that was asked for."""

    def __init__(self, why: str) -> None:
        """Say what is wrong with it."""
        super().__init__(f"the request's body {why}.")


class WrongTypeError(InputError):
    """A body of another type than JSON: what a web page could send without asking first."""

    def __init__(self) -> None:
        """Say what is wanted."""
        super().__init__("send the body as JSON, with the header Content-Type: application/json.")


def error_answer(sentence: str, status: int, code: str, **beside: object) -> JSONResponse:
    """Return one sentence as an answer, with other members beside it."""
    kind = "server_error" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "invalid_request_error"
    error = {"message": sentence, "type": kind, "param": None, "code": f"tokencli_{code}"}
    return JSONResponse({**beside, "error": error}, status_code=status)


def explained(request: Request, error: Exception) -> JSONResponse:
    """Return the answer to a TokencliError."""
    del request
    if isinstance(error, WrongTypeError):
        return error_answer(str(error), HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "wrong_type")
    for kind, status, code in _STATUSES:
        if isinstance(error, kind):
            return error_answer(str(error), status, code)
    return error_answer(str(error), HTTPStatus.INTERNAL_SERVER_ERROR, "failed")
