"""OTLP as JSON: spans and log records as plain values, whether the names are camelCase or snake_case."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple, cast

import msgspec

from tokencli.readers.agent_fields import BYTE_ORDER_MARK, NO_JSON, OTHER_SHAPE, digest
from tokencli.readers.told import BrokenRecordError

if TYPE_CHECKING:
    from collections.abc import Iterator

Scalar = str | int | float | None
Attributes = dict[str, Scalar]

SIGNALS: Final = (("resourceSpans", "scopeSpans", "spans"), ("resourceLogs", "scopeLogs", "logRecords"))
_SCALARS: Final = ("stringValue", "intValue", "doubleValue")
_HUMP: Final = re.compile("(?<=[a-z])(?=[A-Z])")
_NANOS_IN_MICRO: Final = 1_000
_LONGEST_NANOS: Final = 20
_decoder = msgspec.json.Decoder()


class Item(NamedTuple):
    """A span or a log record: times are microseconds since 1970, 0 where there is none.

    `mark` stands for all that it holds, so that what is delivered again has the same.
    """

    attributes: Attributes
    resource: Attributes
    trace_id: str
    span_id: str
    started: int
    ended: int
    name: str
    mark: str


def items(data: bytes) -> Iterator[Item]:
    """Yield the spans and log records of one export, in their order.

    Raises:
        BrokenRecordError: it is no JSON, or its parts are no lists of objects.
    """
    try:
        document = _decoder.decode(data.removeprefix(BYTE_ORDER_MARK))
    except (ValueError, RecursionError):
        raise BrokenRecordError(NO_JSON) from None
    for outer, middle, inner in SIGNALS:
        for resource in _objects(document, outer):
            about = _attributes(_member(resource, "resource") or {})
            for scope in _objects(resource, middle):
                for record in _objects(scope, inner):
                    yield _item(record, about)


def _item(record: dict[str, object], resource: Attributes) -> Item:
    attributes = _attributes(record)
    seen = _nanos(record, "timeUnixNano") or _nanos(record, "observedTimeUnixNano")
    body = _member(record, "body")
    return Item(
        attributes=attributes,
        resource=resource,
        trace_id=_text(_member(record, "traceId")),
        span_id=_text(_member(record, "spanId")),
        started=(_nanos(record, "startTimeUnixNano") or seen) // _NANOS_IN_MICRO,
        ended=(_nanos(record, "endTimeUnixNano") or seen) // _NANOS_IN_MICRO,
        name=_text(_member(cast("dict[str, object]", body), "stringValue")) if isinstance(body, dict) else "",
        mark=digest(str(seen), *(f"{name}={value}" for name, value in sorted(attributes.items()))),
    )


def _attributes(owner: object) -> Attributes:
    found: Attributes = {}
    for pair in _objects(owner, "attributes"):
        name, value = pair.get("key"), pair.get("value")
        if isinstance(name, str) and isinstance(value, dict):
            found[name] = _scalar(cast("dict[str, object]", value))
    return found


def _scalar(value: dict[str, object]) -> Scalar:
    for kind in _SCALARS:
        found = _member(value, kind)
        if isinstance(found, str | int | float) and not isinstance(found, bool):
            return found
    return None


def _objects(owner: object, name: str) -> list[dict[str, object]]:
    found = _member(owner, name)
    if found is None:
        return []
    if not isinstance(found, list):
        raise BrokenRecordError(OTHER_SHAPE)
    listed = cast("list[object]", found)
    if not all(isinstance(each, dict) for each in listed):
        raise BrokenRecordError(OTHER_SHAPE)
    return cast("list[dict[str, object]]", listed)


def _member(owner: object, name: str) -> object:
    if not isinstance(owner, dict):
        raise BrokenRecordError(OTHER_SHAPE)
    members = cast("dict[str, object]", owner)
    found = members.get(name)
    return members.get(_HUMP.sub("_", name).lower()) if found is None else found


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _nanos(record: dict[str, object], name: str) -> int:
    value = _member(record, name)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _LONGEST_NANOS:
        return int(value)
    return value if type(value) is int and 0 < value < 10**_LONGEST_NANOS else 0
