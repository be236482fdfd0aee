"""The JSON is exact, in the order of the interface, and harmless."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tokencli.render.report_json import report_json

if TYPE_CHECKING:
    from tokencli.render.report_view import ReportView

KEYS = [
    *("requests", "errors", "input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens"),
    *("reasoning_tokens", "total_tokens", "list_cost", "reported_cost", "currency", "priced_requests"),
    *("unpriced_requests", "subscription_requests", "free_requests", "estimated_requests", "partial_requests"),
]


def document(view: ReportView) -> dict[str, Any]:
    found = json.loads(report_json(view.report))
    assert isinstance(found, dict)
    return found


def test_json_has_the_keys_of_the_interface_in_their_order_and_nothing_else(by_model: ReportView) -> None:
    told = document(by_model)
    assert list(told) == ["period", "group_by", "totals", "rows"]
    assert list(told["period"]) == ["name", "start", "end", "time_zone", "week_start"]
    assert list(told["totals"]) == KEYS
    assert all(list(row) == ["key", *KEYS] for row in told["rows"])


def test_json_says_period_zone_and_week(by_model: ReportView) -> None:
    assert document(by_model)["period"] == {
        "name": "week",
        "start": "2026-11-16T00:00:00+01:00",
        "end": "2026-11-23T00:00:00+01:00",
        "time_zone": "Europe/Paris",
        "week_start": "monday",
    }


def test_json_money_is_an_exact_string_and_the_unknown_is_null(by_model: ReportView) -> None:
    rows = {row["key"]["model"]: row for row in document(by_model)["rows"]}
    assert rows["claude-haiku-4-5-20251001"]["list_cost"] == "93.100025"
    assert rows[None]["list_cost"] == "0.0000123"
    assert rows["cloaked-model"]["list_cost"] is None
    assert rows["cloaked-model"]["reported_cost"] is None
    assert rows["kimi-for-coding"]["list_cost"] == "0"
    assert rows["gpt-4o"]["total_tokens"] == rows["gpt-4o"]["input_tokens"] + rows["gpt-4o"]["output_tokens"]


def test_json_is_harmless_on_a_terminal_and_loses_nothing(hostile: ReportView) -> None:
    told = report_json(hostile.report)
    assert told.replace("\n", "").isprintable()
    assert told.isascii()
    names = [row["key"]["model"] for row in document(hostile)["rows"]]
    assert names == [row.key["model"] for row in hostile.report.rows]


def test_the_layout_is_that_of_the_library_indented_by_two(
    by_model: ReportView, by_day_model: ReportView, hostile: ReportView
) -> None:
    moment = datetime(2026, 11, 5, tzinfo=UTC)
    reports = [by_model.report, by_day_model.report, hostile.report]
    reports += [replace(by_model.report, as_of=moment), replace(by_model.report, rows=(), group_by=())]
    for report in reports:
        told = report_json(report)
        assert told == json.dumps(json.loads(told), indent=2)
