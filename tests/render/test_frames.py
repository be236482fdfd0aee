"""Frames hold what the ledger holds: whole counts, exact money, aware times, and missing where nothing is known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pandas as pd

from tokencli.domain.call import CallRow
from tokencli.domain.money import usd
from tokencli.domain.period import period_of
from tokencli.domain.report import Report, ReportRow, Totals
from tokencli.render.frames import calls_frame, report_frame

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ROW = CallRow(
    event_id="0123456789ab.1",
    occurred_at=NOW,
    source="cost-line",
    provider_name="openai",
    operation_name="chat",
    request_model="gpt-4o",
    response_model="gpt-4o-2024-08-06",
    response_id=None,
    session_id=None,
    conversation_id=None,
    client=None,
    agent="neo",
    project=None,
    tags={"team": "red"},
    basis="reported",
    input_tokens=2**53,
    cache_read_tokens=0,
    cache_write_tokens=0,
    output_tokens=10,
    reasoning_tokens=0,
    list_cost=usd("0.000000000001"),
    reported_cost=None,
    cost_status="priced",
    finish="ok",
    error_type=None,
    duration_s=1.5,
    time_to_first_token_s=None,
)
MISSING = ROW._replace(
    event_id="0123456789ab.2",
    occurred_at=NOW + timedelta(hours=1),
    provider_name=None,
    response_model=None,
    basis="missing",
    input_tokens=None,
    output_tokens=None,
    list_cost=None,
    cost_status="unpriced",
)


def test_each_call_is_a_row_with_exact_values() -> None:
    frame = calls_frame([ROW, MISSING], zone="Europe/Paris")
    assert list(frame["event_id"]) == ["0123456789ab.1", "0123456789ab.2"]
    assert frame["input_tokens"][0] == 2**53
    assert frame["list_cost"][0] == Decimal("1e-12")
    assert isinstance(frame["list_cost"][0], Decimal)
    assert frame["tags"][0] == {"team": "red"}
    assert str(frame["occurred_at"][0]) == "2026-11-20 13:00:00+01:00"
    assert frame["occurred_at"][0].to_pydatetime() == NOW


def test_what_is_not_known_is_missing_not_zero() -> None:
    frame = calls_frame([ROW, MISSING], zone="UTC")
    assert frame["input_tokens"][1] is pd.NA
    assert frame["list_cost"][1] is None
    assert frame["provider_name"].isna().tolist() == [False, True]
    assert frame["input_tokens"].sum() == 2**53


def test_the_model_is_the_one_that_answered_else_the_one_asked_for() -> None:
    assert list(calls_frame([ROW, MISSING], zone="UTC")["model"]) == ["gpt-4o-2024-08-06", "gpt-4o"]


def test_columns_have_the_same_types_with_and_without_rows() -> None:
    empty, full = calls_frame([], zone="Europe/Paris"), calls_frame([ROW], zone="Europe/Paris")
    assert empty.empty
    assert dict(empty.dtypes) == dict(full.dtypes)
    assert str(full.dtypes["occurred_at"]) == "datetime64[us, Europe/Paris]"
    assert (str(full.dtypes["input_tokens"]), str(full.dtypes["agent"])) == ("Int64", "str")


def test_more_calls_than_one_batch_keep_their_order() -> None:
    rows = (ROW._replace(event_id=f"0123456789ab.{number}") for number in range(25_001))
    frame = calls_frame(rows, zone="UTC")
    assert list(frame["event_id"]) == [f"0123456789ab.{number}" for number in range(25_001)]


def test_a_report_is_a_frame_of_its_rows() -> None:
    period = period_of("2026-11-20", now=NOW, zone="UTC")
    known = Totals(requests=3, input_tokens=5, output_tokens=2, list_cost=usd("0.1"), priced_requests=3)
    unknown = Totals(requests=1, list_cost=None, unpriced_requests=1)
    rows = (
        ReportRow(key={"day": "2026-11-20", "model": "a"}, totals=known),
        ReportRow(key={"day": "2026-11-20", "model": None}, totals=unknown),
    )
    frame = report_frame(Report(period=period, group_by=("day", "model"), totals=known, rows=rows))
    assert list(frame.columns)[:3] == ["day", "model", "requests"]
    assert "currency" not in frame.columns
    assert list(frame["total_tokens"]) == [7, 0]
    assert list(frame["list_cost"]) == [Decimal("0.1"), None]
    assert frame["model"].isna().tolist() == [False, True]
    assert frame.attrs["period"] == "2026-11-20"


def test_a_report_without_rows_keeps_its_columns() -> None:
    period = period_of("2026-11-20", now=NOW, zone="UTC")
    frame = report_frame(Report(period=period, group_by=("model",), totals=Totals(), rows=()))
    assert frame.empty
    assert (str(frame.dtypes["model"]), str(frame.dtypes["requests"])) == ("str", "int64")


def test_sums_of_tokens_that_nobody_counted_are_missing() -> None:
    period = period_of("2026-11-20", now=NOW, zone="UTC")
    missing = Totals(requests=2, list_cost=None, unpriced_requests=2, missing_requests=2)
    rows = (ReportRow(key={"model": "a"}, totals=missing), ReportRow(key={"model": "b"}, totals=Totals()))
    frame = report_frame(Report(period=period, group_by=("model",), totals=missing, rows=rows))
    assert frame["total_tokens"].tolist() == [pd.NA, 0]
    assert frame["requests"].tolist() == [2, 0]
