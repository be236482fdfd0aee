"""Exports come in once, however often they are delivered, and meet the proxy's calls."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.services.live_calls import NOW, event
from tokencli.readers.told import BrokenRecordError
from tokencli.services.record import record
from tokencli.services.telemetry import Telemetry, export_of
from tokencli.store.ledger import Ledger

if TYPE_CHECKING:
    from tests.cost_logs import Shop

NANOS = str(int(NOW.timestamp()) * 10**9)


def exported(**attributes: Any) -> bytes:
    told = {
        "event.name": "api_request",
        "model": "gpt-4o",
        "input_tokens": "1000",
        "output_tokens": "100",
        "session.id": "s1",
        **attributes,
    }
    pairs = [{"key": name, "value": {"stringValue": str(value)}} for name, value in told.items()]
    record = {"timeUnixNano": NANOS, "body": {"stringValue": "claude_code.api_request"}, "attributes": pairs}
    scope: dict[str, Any] = {"scopeLogs": [{"logRecords": [record, {"timeUnixNano": NANOS, "attributes": []}]}]}
    return json.dumps({"resourceLogs": [scope]}).encode()


def rows(shop: Shop) -> tuple[int, int]:
    counts = "SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM sighting)"
    found: tuple[int, int] = shop.database.connection.execute(counts).fetchone()
    return found


def test_an_export_tells_its_calls_and_what_is_none() -> None:
    found = export_of(exported())
    assert (len(found.calls), found.other, found.broken) == (1, 1, [])
    assert found.calls[0].conversation_id == "s1"
    with pytest.raises(BrokenRecordError):
        export_of(b"no json")


def test_what_is_delivered_again_changes_nothing(shop: Shop) -> None:
    telemetry = Telemetry("abcdef012345", lambda: shop.book)
    for _ in range(3):
        with shop.database.transaction():
            telemetry.take_in(shop.database, export_of(exported()).calls)
    assert rows(shop)[0] == 1


def test_a_call_that_the_proxy_has_told_gets_a_witness_more(shop: Shop) -> None:
    with shop.database.transaction() as connection:
        record(Ledger(connection), shop.book, event(1, 1000))
    with shop.database.transaction():
        done = Telemetry("abcdef012345", lambda: shop.book).take_in(shop.database, export_of(exported()).calls)
    assert (done.recorded, done.merged) == (0, 1)
    assert rows(shop) == (1, 1)
