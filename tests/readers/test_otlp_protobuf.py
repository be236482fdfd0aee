"""A protobuf export reads as its JSON form does, ids included."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

import pytest

from tests.readers.changed import changed, check_read
from tokencli.readers.otlp import OtlpDocument
from tokencli.readers.otlp_json import items
from tokencli.readers.otlp_protobuf import as_json, partial_success
from tokencli.readers.told import BrokenRecordError


def request(signal: str) -> Any:
    one = "trace" if signal == "traces" else signal
    module = import_module(f"opentelemetry.proto.collector.{one}.v1.{one}_service_pb2")
    return getattr(module, f"Export{one.capitalize()}ServiceRequest")()


def export_of_a_call() -> bytes:
    export = request("traces")
    span = export.resource_spans.add().scope_spans.add().spans.add()
    span.trace_id, span.span_id = bytes(range(16)), bytes(range(8))
    span.start_time_unix_nano = 1_795_132_800_000_000_000
    attribute = span.attributes.add()
    attribute.key, attribute.value.int_value = "gen_ai.usage.input_tokens", 12
    whole: bytes = export.SerializeToString()
    return whole


def test_a_span_keeps_its_ids_and_numbers() -> None:
    (item,) = items(as_json("traces", export_of_a_call()))
    assert (item.trace_id, item.span_id) == (bytes(range(16)).hex(), bytes(range(8)).hex())
    assert item.attributes["gen_ai.usage.input_tokens"] in {12, "12"}
    assert item.started == 1_795_132_800_000_000


@pytest.mark.parametrize("signal", ["traces", "logs", "metrics"])
def test_an_empty_export_is_one_and_refused_records_are_told(signal: str) -> None:
    assert json.loads(as_json(signal, b"")) == {}
    assert b"no time" in partial_success(signal, 3, "no time")


def test_garbage_is_refused_and_raises_nothing_else() -> None:
    for garbage in changed(export_of_a_call()):
        check_read(lambda data: OtlpDocument().read("x.json", as_json("traces", data)), garbage)


def test_what_is_cut_off_is_refused() -> None:
    with pytest.raises(BrokenRecordError):
        as_json("traces", export_of_a_call()[:-1])
