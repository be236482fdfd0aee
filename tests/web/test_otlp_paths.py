"""OTLP/HTTP: JSON and protobuf, packed or not; metrics are taken and make no call."""

from __future__ import annotations

import gzip
import json
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from tests.services.test_telemetry import exported
from tests.web.rooms import asking, values

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

JSON, PROTOBUF = {"content-type": "application/json"}, {"content-type": "application/x-protobuf"}


async def calls(client: httpx.AsyncClient) -> int:
    report = values(await client.get("/api/report?period=all&by=source"))
    number: int = report["requests"]
    return number


def protobuf() -> bytes:
    export: Any = import_module("opentelemetry.proto.collector.logs.v1.logs_service_pb2").ExportLogsServiceRequest()
    formats: Any = import_module("google.protobuf.json_format")
    packed: bytes = formats.ParseDict(json.loads(exported(**{"session.id": "s2"})), export).SerializeToString()
    return packed


def test_calls_come_in_as_json_and_protobuf_and_once(tmp_path: Path) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        for _ in range(2):
            assert values(await client.post("/v1/logs", content=exported(), headers=JSON)) == {}
        assert await calls(client) == 1
        packed = {**PROTOBUF, "content-encoding": "gzip"}
        answer = await client.post("/v1/logs", content=gzip.compress(protobuf()), headers=packed)
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["content-type"] == "application/x-protobuf"
        assert await calls(client) == 2

    asking(tmp_path, talk)


def test_metrics_are_taken_and_make_no_call(tmp_path: Path) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        metric = {"name": "claude_code.token.usage", "sum": {"dataPoints": [{"asInt": "5"}]}}
        document = {"resourceMetrics": [{"scopeMetrics": [{"metrics": [metric]}]}]}
        assert values(await client.post("/v1/metrics", json=document)) == {}
        assert await calls(client) == 0

    asking(tmp_path, talk)


def test_records_that_cannot_be_read_are_told_to_the_client(tmp_path: Path) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        told = values(await client.post("/v1/logs", content=exported(input_tokens="many"), headers=JSON))
        assert told["partialSuccess"]["rejectedLogRecords"] == "1"
        assert told["partialSuccess"]["errorMessage"]

    asking(tmp_path, talk)


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"{}", {"content-type": "text/plain"}, 415),
        (b"no json", JSON, 400),
        (b"\xff\xff", PROTOBUF, 400),
        (b"plain", {**JSON, "content-encoding": "gzip"}, 400),
        (gzip.compress(b"{}", mtime=0)[:-6], {**JSON, "content-encoding": "gzip"}, 400),
        (gzip.compress(b" " * (17 << 20), mtime=0), {**JSON, "content-encoding": "gzip"}, 400),
        (b"{}", {**JSON, "content-encoding": "br"}, 400),
    ],
)
def test_what_is_no_export_is_refused_for_good(
    tmp_path: Path, content: bytes, headers: dict[str, str], status: int
) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        answer = await client.post("/v1/traces", content=content, headers=headers)
        assert answer.status_code == status
        assert answer.json()["error"]["message"]

    asking(tmp_path, talk)
