from __future__ import annotations

from itertools import pairwise

import pytest

from tests.overviews import hostile_overview, month_overview
from tokencli.domain.money import usd
from tokencli.domain.overview import CostBin, HeatCell, SizeCell
from tokencli.render.page_shapes import cost_per_call, hours_of_the_week, input_against_output
from tokencli.render.page_tones import tones_of


def test_bins_stand_side_by_side_without_gap_or_overlap() -> None:
    chart = cost_per_call(month_overview().cost_bins)
    assert chart is not None
    trace = chart.figure["data"][0]
    edges = [(middle - width / 2, middle + width / 2) for middle, width in zip(trace["x"], trace["width"], strict=True)]
    assert all(one[1] == pytest.approx(other[0]) for one, other in pairwise(edges))
    assert sum(trace["y"]) == sum(one.requests for one in month_overview().cost_bins)


def test_free_calls_stand_apart_at_zero_and_do_not_stretch_the_axis() -> None:
    free = CostBin(low=usd(0), high=usd("0.000000000001"), requests=5)
    bins = (free, CostBin(low=usd("0.001"), high=usd("0.002"), requests=2))
    chart = cost_per_call(bins)
    assert chart is not None
    axis = chart.figure["layout"]["xaxis"]
    assert axis["ticktext"] == ["0", "$0.001", "$0.01"]
    assert chart.figure["data"][0]["x"][0] == pytest.approx(axis["tickvals"][0], abs=0.2)
    assert chart.figure["data"][0]["customdata"][0] == "nothing<br>5 calls"
    assert chart.summary == "The middle call costs nothing."


def test_a_first_bin_from_zero_up_says_its_end() -> None:
    bins = (CostBin(low=usd(0), high=usd("0.001"), requests=5), CostBin(low=usd("0.001"), high=usd("0.01"), requests=2))
    chart = cost_per_call(bins)
    assert chart is not None
    assert chart.figure["data"][0]["customdata"][0] == "less than $0.001<br>5 calls"


def test_the_middle_call_is_said() -> None:
    chart = cost_per_call(month_overview().cost_bins)
    assert chart is not None
    assert chart.summary == "The middle call costs $0.0001 to $0.000215."


def test_empty_bins_make_no_chart() -> None:
    assert cost_per_call(()) is None
    assert cost_per_call((CostBin(low=usd(1), high=usd(2), requests=0),)) is None
    assert cost_per_call((CostBin(low=usd(0), high=usd(1), requests=3),)) is None


def test_a_bubble_s_area_is_its_calls_on_one_scale_for_all_models() -> None:
    overview = month_overview()
    chart = input_against_output(overview.size_cells, tones_of(overview.by_model))
    assert chart is not None
    traces = chart.figure["data"]
    assert {trace["marker"]["sizemode"] for trace in traces} == {"area"}
    assert len({trace["marker"]["sizeref"] for trace in traces}) == 1
    assert sum(sum(trace["marker"]["size"]) for trace in traces) == sum(cell.requests for cell in overview.size_cells)


def test_a_model_has_the_colour_it_has_elsewhere() -> None:
    overview = month_overview()
    tones = tones_of(overview.by_model)
    chart = input_against_output(overview.size_cells, tones)
    assert chart is not None
    assert {words: tone for tone, words in chart.legend}["gpt-4o"] == tones.of("gpt-4o")


def test_models_of_one_size_share_a_bubble_in_the_colour_of_the_most_frequent() -> None:
    tones = tones_of(month_overview().by_model)
    cells = [
        SizeCell(model=model, input_tokens=1000, output_tokens=100, requests=requests)
        for model, requests in (("gpt-4o", 3), ("gpt-4o-mini", 40), ("<b>", 1))
    ]
    chart = input_against_output(cells, tones)
    assert chart is not None
    trace = chart.figure["data"][0]
    assert (trace["marker"]["size"], trace["meta"]["tone"]) == ([44], tones.of("gpt-4o-mini"))
    assert trace["customdata"] == [
        "about 1,000 in, 100 out: 44 calls<br>gpt-4o-mini: 40<br>gpt-4o: 3<br>&lt;b&gt;: 1",
    ]


def test_a_crowded_bubble_names_the_first_and_counts_the_rest() -> None:
    cells = [SizeCell(model=f"m{place}", input_tokens=9, output_tokens=9, requests=9 - place) for place in range(9)]
    chart = input_against_output(cells, tones_of(month_overview().by_model))
    assert chart is not None
    assert chart.figure["data"][0]["customdata"][0].endswith("m5: 4<br>3 more: 6")


def test_calls_without_tokens_are_not_called_the_usual_ones() -> None:
    cells = (
        SizeCell(model="m", input_tokens=0, output_tokens=0, requests=90),
        SizeCell(model="m", input_tokens=1000, output_tokens=50, requests=2),
    )
    chart = input_against_output(cells, tones_of(month_overview().by_model))
    assert chart is not None
    assert chart.summary.startswith("Most often about 1,000 in and 50 out. ")


def test_a_call_without_output_is_on_the_chart() -> None:
    overview = month_overview()
    cell = SizeCell(model="gpt-4o", input_tokens=100, output_tokens=0, requests=1)
    chart = input_against_output((cell,), tones_of(overview.by_model))
    assert chart is not None
    low, high = chart.figure["layout"]["yaxis"]["range"]
    assert low < chart.figure["data"][0]["y"][0] < high


def test_no_cells_make_no_chart() -> None:
    assert input_against_output((), tones_of(month_overview().by_model)) is None


def test_names_are_dead_in_the_hover() -> None:
    overview = hostile_overview()
    chart = input_against_output(overview.size_cells, tones_of(overview.by_model))
    assert chart is not None
    words = [text for trace in chart.figure["data"] for text in trace["customdata"]]
    assert not [text for text in words if "<" in text.replace("<br>", "")]


@pytest.mark.parametrize(("week_start", "days"), [(0, ["Mon", "Sun"]), (6, ["Sun", "Sat"]), (5, ["Sat", "Fri"])])
def test_the_week_begins_where_the_period_says(week_start: int, days: list[str]) -> None:
    chart = hours_of_the_week(month_overview().heat_cells, week_start)
    assert chart is not None
    rows = chart.figure["data"][0]["y"]
    assert [rows[0], rows[-1]] == days


def test_each_hour_says_its_calls_and_its_exact_cost() -> None:
    cells = (
        HeatCell(weekday=6, hour=23, requests=3, list_cost=usd("0.0105")),
        HeatCell(weekday=6, hour=23, requests=1, list_cost=usd("0.000000000001")),
    )
    chart = hours_of_the_week(cells, 0)
    assert chart is not None
    cost, calls = chart.figure["data"]
    assert cost["customdata"][6][23] == "Sunday, 23:00 to 24:00<br>4 calls, $0.010500000001"
    assert (calls["z"][6][23] ** 2, calls["z"][0][0]) == (4.0, 0.0)
    assert chart.legend == (("heat", "list cost"), ("heat", "calls"))
    assert [trace["visible"] for trace in chart.figure["data"]] == [True, False]


def test_without_cost_calls_alone_are_shown() -> None:
    chart = hours_of_the_week((HeatCell(weekday=0, hour=9, requests=3, list_cost=usd(0)),), 0)
    assert chart is not None
    assert [words for _, words in chart.legend] == ["calls"]
    assert chart.summary == "Busiest: Mondays, 09:00 to 10:00, 100.0 % of all calls."


def test_an_empty_week_makes_no_chart() -> None:
    assert hours_of_the_week((), 0) is None
