from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.overviews import FAKES, crowded_overview, empty_overview, month_overview, overview_of
from tokencli.domain.money import usd
from tokencli.domain.period import Grain, Period, period_of
from tokencli.domain.report import Report, ReportRow, Totals, together
from tokencli.render.page_charts import KINDS, Chart, cost_over_time, kinds_of, tokens_over_time
from tokencli.render.page_tones import OTHER, tones_of


def cost_chart() -> Chart:
    overview = month_overview()
    chart = cost_over_time(overview.by_day, overview.by_day_model, tones_of(overview.by_model))
    assert chart is not None
    return chart


def timed(grain: str, period: Period) -> Report:
    rows = tuple(
        ReportRow(key={grain: bucket.label}, totals=Totals(requests=1, input_tokens=7, list_cost=usd("0.5")))
        for bucket in period.buckets(Grain(grain))
    )
    return Report(period=period, group_by=(grain,), totals=Totals(requests=1, input_tokens=7), rows=rows)


def test_the_stacks_of_a_day_add_up_to_its_cost() -> None:
    overview, chart = month_overview(), cost_chart()
    traces = chart.figure["data"]
    for place, row in enumerate(overview.by_day.rows):
        height = sum(trace["y"][place] or 0 for trace in traces)
        assert height == pytest.approx(float(row.totals.list_cost or 0))


def test_the_hover_says_exact_money_and_never_a_float() -> None:
    overview, chart = month_overview(), cost_chart()
    said = {words for trace in chart.figure["data"] for words in trace["customdata"]}
    costs = [row for row in overview.by_day_model.rows if row.totals.list_cost]
    assert f"{costs[0].key['model']}: ${costs[0].totals.list_cost}, {costs[0].totals.requests} calls" in said


def test_a_day_heads_its_hover_with_its_sum() -> None:
    heads = cost_chart().figure["data"][0]["x"]
    assert heads[16].startswith("Tue 17 Nov 2026: ≥ $5.7")
    assert heads[29] == "Mon 30 Nov 2026: $0.00"


def test_colours_are_those_of_the_page_and_unpriced_models_take_no_room() -> None:
    chart = cost_chart()
    assert [trace["meta"]["tone"] for trace in chart.figure["data"]] == [tone for tone, _ in chart.legend]
    assert [words for _, words in chart.legend][:2] == ["claude-sonnet-4-5", "gpt-4o"]
    assert "codestral-2501-internal" not in [words for _, words in chart.legend]


def test_more_models_than_colours_share_the_last_stack() -> None:
    overview = crowded_overview()
    chart = cost_over_time(overview.by_day, overview.by_day_model, tones_of(overview.by_model))
    assert chart is not None
    assert len(chart.legend) == 9
    assert chart.legend[-1] == (OTHER, "3 other models")
    heights = [sum(height or 0 for height in trace["y"]) for trace in chart.figure["data"]]
    assert sum(heights) == pytest.approx(float(overview.by_day.totals.list_cost or 0))


def test_the_summary_names_the_peak_and_what_is_left_out() -> None:
    assert cost_chart().summary == "Highest: Tue 17 Nov 2026, $5.73. Without 117 unpriced calls."


def test_without_a_cost_there_is_no_cost_chart() -> None:
    unpriced = tuple(replace(fake, input_price=None) for fake in FAKES)
    overview = overview_of(unpriced, month_overview().report.period)
    assert cost_over_time(overview.by_day, overview.by_day_model, tones_of(overview.by_model)) is None


def test_kinds_of_tokens_add_up_to_total_tokens() -> None:
    overview = month_overview()
    chart = tokens_over_time(overview.by_day)
    assert chart is not None
    assert chart.legend == KINDS
    heights = sum(sum(height or 0 for height in trace["y"]) for trace in chart.figure["data"])
    assert heights == overview.by_day.totals.total_tokens


def test_a_kind_that_does_not_occur_is_not_named() -> None:
    chart = tokens_over_time(crowded_overview().by_day)
    assert chart is not None
    assert [words for _, words in chart.legend] == ["uncached input", "output"]
    assert "cache" not in chart.summary.replace("uncached", "")


def test_without_tokens_there_is_no_token_chart() -> None:
    assert tokens_over_time(empty_overview().by_day) is None


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10**9))
def test_kinds_are_disjoint_and_never_negative(read: int, written: int, rest: int, reasoning: int) -> None:
    totals = Totals(
        input_tokens=read + written + rest,
        cache_read_tokens=read,
        cache_write_tokens=written,
        output_tokens=reasoning + rest,
        reasoning_tokens=reasoning,
    )
    assert sum(kinds_of(totals)) == totals.total_tokens
    assert min(kinds_of(replace(totals, input_tokens=0, output_tokens=0))) >= 0


@pytest.mark.parametrize(
    ("name", "grain", "first", "most"),
    [
        ("2026-11", "day", "1 Nov", 7),
        ("2026-W47", "day", "16 Nov", 7),
        ("2026", "day", "1 Jan", 8),
        ("2026-11-20", "hour", "00:00", 8),
        ("2026-W47", "hour", "16 Nov", 8),
        ("2026", "week", "W01", 8),
        ("2026", "month", "Jan 2026", 8),
    ],
)
def test_an_axis_has_few_short_ticks_whatever_the_buckets(name: str, grain: str, first: str, most: int) -> None:
    period = period_of(name, now=datetime(2026, 11, 28, tzinfo=UTC), zone="Europe/Paris")
    chart = tokens_over_time(timed(grain, period))
    assert chart is not None
    axis = chart.figure["layout"]["xaxis"]
    assert axis["ticktext"][0] == first
    assert len(axis["ticktext"]) <= most
    assert max(len(text) for text in axis["ticktext"]) <= 8


def test_both_hours_of_the_night_when_clocks_go_back_have_a_bar() -> None:
    period = period_of("2026-10-25", now=datetime(2026, 11, 28, tzinfo=UTC), zone="Europe/Paris")
    chart = tokens_over_time(timed("hour", period))
    assert chart is not None
    assert len(set(chart.figure["data"][0]["x"])) == 25


def test_names_are_dead_in_the_hover() -> None:
    fake = replace(FAKES[0], model="<b>bold</b>\x1b")
    overview = overview_of((fake,), month_overview().report.period)
    chart = cost_over_time(overview.by_day, overview.by_day_model, tones_of(overview.by_model))
    assert chart is not None
    words = chart.figure["data"][0]["customdata"]
    assert all(text.startswith("&lt;b&gt;bold&lt;/b&gt;\\x1b: $") for text in words)
    assert chart.legend[0][1] == "<b>bold</b>\\x1b"


def test_a_cost_below_what_a_float_can_tell_apart_is_still_exact_in_words() -> None:
    overview = month_overview()
    tiny = replace(overview.by_day.rows[0].totals, list_cost=usd(Decimal("1000000.000000000001")))
    row = replace(overview.by_day.rows[0], totals=tiny)
    by_day = replace(overview.by_day, rows=(row,))
    chart = cost_over_time(by_day, overview.by_day_model, tones_of(overview.by_model))
    assert chart is not None
    assert "$1,000,000.000000000001" in chart.figure["data"][0]["x"][0]


def others(*costs: str | None) -> str:
    """Return what the hover of the grey stack says of a day on which eight dearer models and these were called."""
    known = [usd("5")] * 8 + [None if cost is None else usd(cost) for cost in costs]
    sums = [Totals(requests=1, list_cost=cost, unpriced_requests=int(cost is None)) for cost in known]
    period = period_of("2026-11-20", now=datetime(2026, 11, 28, tzinfo=UTC), zone="UTC")
    key = {"day": "2026-11-20"}
    rows = tuple(ReportRow(key={**key, "model": f"m{place}"}, totals=one) for place, one in enumerate(sums))
    day = ReportRow(key=key, totals=together(sums))
    by_model = Report(period=period, group_by=("day", "model"), totals=day.totals, rows=rows)
    by_day = Report(period=period, group_by=("day",), totals=day.totals, rows=(day,))
    chart = cost_over_time(by_day, by_model, tones_of(by_model))
    assert chart is not None
    return str(chart.figure["data"][-1]["customdata"][0])


def test_other_models_with_unpriced_ones_among_them_are_a_lower_bound() -> None:
    assert others("1", "0.5", None) == "2 other models: ≥ $1.50, 3 calls"
    assert others("1", "0.5") == "2 other models: $1.50, 2 calls"


def test_a_day_without_counts_says_so_above_its_tokens() -> None:
    day = period_of("7d", now=datetime(2026, 11, 28, tzinfo=UTC), zone="UTC")
    report = timed("day", day)
    missing = replace(report.rows[0], totals=Totals(requests=2, missing_requests=2))
    chart = tokens_over_time(replace(report, rows=(missing, *report.rows[1:])))
    assert chart is not None
    heads = chart.figure["data"][0]["x"]
    assert heads[0].endswith(": no token counts")
    assert heads[1].endswith(": 7 tokens")
