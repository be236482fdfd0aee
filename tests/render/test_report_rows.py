"""Which rows a terminal shows, and how they are called there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tokencli.domain.period import Grain, Period
from tokencli.domain.report import Report, ReportRow, Totals
from tokencli.render.report_rows import past_rows, shown_rows, time_dimension

if TYPE_CHECKING:
    from tokencli.render.report_view import ReportView


def labels(view: ReportView) -> list[str]:
    return [row.labels[0] for row in shown_rows(view.report, view.now)]


def hours(start: datetime, count: int, zone: str) -> Report:
    period = Period(name="x", start=start, end=start + timedelta(hours=count), zone=zone)
    rows = tuple(
        ReportRow(key={"hour": bucket.label}, totals=Totals(requests=1)) for bucket in period.buckets(Grain.HOUR)
    )
    return Report(period=period, group_by=("hour",), totals=Totals(requests=count), rows=rows)


def test_hours_of_one_day_are_named_by_their_time(by_hour: ReportView) -> None:
    assert labels(by_hour) == ["(8 hours without calls)", *(f"{hour:02}:00" for hour in range(8, 16))]


def test_hours_of_several_days_are_named_with_the_day() -> None:
    report = hours(datetime(2026, 11, 19, 22, tzinfo=UTC), 3, "UTC")
    assert [row.labels[0] for row in shown_rows(report, datetime(2027, 1, 1, tzinfo=UTC))] == [
        "2026-11-19 22:00",
        "2026-11-19 23:00",
        "2026-11-20 00:00",
    ]


def test_the_hour_that_comes_twice_in_autumn_is_told_apart() -> None:
    report = hours(datetime(2026, 10, 25, 0, tzinfo=UTC), 3, "Europe/Paris")
    assert [row.labels[0] for row in shown_rows(report, datetime(2027, 1, 1, tzinfo=UTC))] == [
        "02:00 +02:00",
        "02:00 +01:00",
        "03:00",
    ]


def test_a_call_from_the_future_is_still_shown(by_day: ReportView) -> None:
    before = replace(by_day, now=datetime(2026, 10, 1, tzinfo=UTC))
    assert [row.totals.requests for row in past_rows(before.report, before.now)] == [12, 340, 88, 5, 410, 7, 1024, 300]


def test_folding_loses_no_call(by_day: ReportView) -> None:
    rows = shown_rows(by_day.report, by_day.now)
    assert sum(row.totals.requests for row in rows if row.totals) == by_day.report.totals.requests


def test_a_short_table_keeps_its_empty_days(by_day: ReportView) -> None:
    report = replace(by_day.report, rows=by_day.report.rows[:7])
    assert [row.labels[0] for row in shown_rows(report, by_day.now)][3:] == [
        "2026-11-04 Wed",
        "2026-11-05 Thu",
        "2026-11-06 Fri",
        "2026-11-07 Sat",
    ]


def test_under_two_dimensions_the_first_label_is_not_repeated(by_day_model: ReportView) -> None:
    assert labels(by_day_model)[:4] == ["2026-11-16 Mon", "", "", "2026-11-17 Tue"]
    assert time_dimension(by_day_model.report) is None


def test_names_are_made_visible_and_the_unknown_is_said(hostile: ReportView, by_model: ReportView) -> None:
    assert labels(hostile)[0] == r"\x1b[31mred\x1b[0m"
    assert labels(by_model)[-1] == "(unknown)"
