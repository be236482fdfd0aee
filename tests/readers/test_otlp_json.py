"""OTLP as JSON."""

from __future__ import annotations

import json

import pytest

from tokencli.readers.otlp_json import items
from tokencli.readers.told import BrokenRecordError


def test_both_ways_of_writing_names_tell_the_same() -> None:
    attribute = [{"key": "a", "value": {"intValue": "7"}}]
    other = [{"key": "a", "value": {"int_value": "7"}}]
    span = {
        "traceId": "t",
        "spanId": "s",
        "startTimeUnixNano": "5000",
        "endTimeUnixNano": 9000,
        "attributes": attribute,
    }
    snake = {"trace_id": "t", "span_id": "s", "start_time_unix_nano": 5000, "end_time_unix_nano": "9000"}
    camel = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}
    low = {"resource_spans": [{"scope_spans": [{"spans": [{**snake, "attributes": other}]}]}]}
    first, second = (list(items(json.dumps(each).encode())) for each in (camel, low))
    assert first == second
    assert (first[0].started, first[0].ended, first[0].attributes) == (5, 9, {"a": "7"})


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{", b"[" * 100_000, b'{"resourceLogs": 5}', b'{"resourceLogs": [5]}', b"\xff"]
)
def test_what_cannot_be_read_is_refused(data: bytes) -> None:
    with pytest.raises(BrokenRecordError):
        list(items(data))


@pytest.mark.parametrize("time", [10**60, "9" * 60, -1, 1.5, True, None, "soon"])
def test_what_can_be_no_time_is_none(time: object) -> None:
    span = {"traceId": "t", "spanId": "s", "startTimeUnixNano": time, "endTimeUnixNano": time}
    (item,) = items(json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).encode())
    assert (item.started, item.ended) == (0, 0)
