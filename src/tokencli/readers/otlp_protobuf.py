"""OTLP as protobuf: the same export as JSON, so that one reader reads both."""

from __future__ import annotations

import base64
import json
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, cast

from tokencli.readers.told import BrokenRecordError

if TYPE_CHECKING:
    from collections.abc import Iterator

NO_PROTOBUF: Final = "it is no protobuf export"
_IDS: Final = frozenset({"traceId", "spanId", "parentSpanId"})
_REJECTED: Final = {"traces": "rejected_spans", "logs": "rejected_log_records", "metrics": "rejected_data_points"}
_DEEPEST: Final = 64


def as_json(signal: str, data: bytes) -> bytes:
    """Return an export of "traces", "logs" or "metrics" as OTLP JSON, in which ids are hexadecimal.

    Raises:
        BrokenRecordError: it is none.
    """
    # These have no types of their own, and take 0.1 s: loaded when the first such export comes.
    formats, errors = import_module("google.protobuf.json_format"), import_module("google.protobuf.message")
    message: Any = _class(signal, "ServiceRequest")()
    try:
        message.ParseFromString(data)
        document: object = formats.MessageToDict(message)
    except (errors.DecodeError, ValueError, RecursionError):
        raise BrokenRecordError(NO_PROTOBUF) from None
    for found in _objects(document, 0):
        for name in _IDS & found.keys():
            found[name] = base64.b64decode(str(found[name])).hex()
    return json.dumps(document).encode()


def partial_success(signal: str, rejected: int, why: str) -> bytes:
    """Return the protocol's answer to an export of which some records could not be read."""
    partial: Any = _class(signal, "PartialSuccess")(**{_REJECTED[signal]: rejected, "error_message": why})
    whole: bytes = _class(signal, "ServiceResponse")(partial_success=partial).SerializeToString()
    return whole


def _class(signal: str, name: str) -> Any:
    one = signal.removesuffix("s") if signal == "traces" else signal
    module = import_module(f"opentelemetry.proto.collector.{one}.v1.{one}_service_pb2")
    return getattr(module, f"Export{one.capitalize()}{name}")


def _objects(value: object, depth: int) -> Iterator[dict[str, Any]]:
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        found = cast("dict[str, Any]", value)
        yield found
        for inner in found.values():
            yield from _objects(inner, depth + 1)
    elif isinstance(value, list):
        for inner in cast("list[object]", value):
            yield from _objects(inner, depth + 1)
