"""OTLP/HTTP: /v1/logs, /v1/traces and /v1/metrics, as JSON or protobuf, plain or packed with gzip.

The protocol's rules (opentelemetry.io, OTLP 1.x): a success is 200 with an empty or a partial-success message in the
encoding of the request; 400 must not be tried again, 503 may.
"""

from __future__ import annotations

import zlib
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tokencli.domain.errors import InputError
from tokencli.readers.otlp_protobuf import as_json, partial_success
from tokencli.readers.told import BrokenRecordError
from tokencli.services.telemetry import Export, Telemetry, export_of
from tokencli.web.errors import error_answer

if TYPE_CHECKING:
    from starlette.requests import Request

    from tokencli.store.database import Database
    from tokencli.web.room import Room

MOST_BYTES: Final = 16 * 2**20
_SIGNALS: Final = ("logs", "traces", "metrics")
_PROTOBUF: Final = "application/x-protobuf"
_JSON: Final = "application/json"
_GZIP: Final = 31
_REJECTED: Final = {"logs": "rejectedLogRecords", "traces": "rejectedSpans", "metrics": "rejectedDataPoints"}
_OTHER_PACKING: Final = "it is packed in a way that is not gzip"
_NO_GZIP: Final = "it is not packed with gzip, as its header says"
_TOO_LARGE: Final = f"unpacked it has more than {MOST_BYTES >> 20} MiB"
_CUT: Final = "it ends too early"


class BrokenExportError(InputError):
    """A body that is no export."""

    def __init__(self, why: str) -> None:
        """Say what is wrong with it."""
        super().__init__(f"this is no OTLP export: {why}.")


class OtlpPaths:
    """The telemetry paths of one room."""

    def __init__(self, room: Room) -> None:
        """Work with a room."""
        self._room = room
        self._telemetry = Telemetry(room.instance_id, room.book)

    def routes(self) -> list[Route]:
        """Return the paths."""
        return [Route(f"/v1/{signal}", self.export, methods=["POST"]) for signal in _SIGNALS]

    async def export(self, request: Request) -> Response:
        """Take in an export; metrics are set aside, for they tell of the same calls without telling them apart."""
        signal = request.url.path.rpartition("/")[2]
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in {_JSON, _PROTOBUF}:
            words = f"send an export as {_JSON} or {_PROTOBUF}."
            return error_answer(words, HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "wrong_type")
        body = _unpacked(await request.body(), request.headers.get("content-encoding", ""))
        try:
            found = export_of(as_json(signal, body) if kind == _PROTOBUF else body)
        except BrokenRecordError as error:
            raise BrokenExportError(str(error)) from None
        if found.calls:

            def work(database: Database) -> None:
                self._telemetry.take_in(database, found.calls)

            await self._room.write(work)
        return _answer(kind, signal, found)


def _unpacked(body: bytes, encoding: str) -> bytes:
    name = encoding.strip().lower()
    if name in {"", "identity"}:
        return body
    if name != "gzip":
        raise BrokenExportError(_OTHER_PACKING)
    unpacking = zlib.decompressobj(_GZIP)
    try:
        plain = unpacking.decompress(body, MOST_BYTES)
    except zlib.error:
        raise BrokenExportError(_NO_GZIP) from None
    if unpacking.unconsumed_tail:
        raise BrokenExportError(_TOO_LARGE)
    if not unpacking.eof:
        raise BrokenExportError(_CUT)
    return plain


def _answer(kind: str, signal: str, found: Export) -> Response:
    """Return the answer of the protocol, in the encoding of the request."""
    number, why = len(found.broken), found.broken[0] if found.broken else ""
    if kind == _PROTOBUF:
        return Response(partial_success(signal, number, why) if number else b"", media_type=_PROTOBUF)
    if not number:
        return JSONResponse({})
    return JSONResponse({"partialSuccess": {_REJECTED[signal]: str(number), "errorMessage": why}})
