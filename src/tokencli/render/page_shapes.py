"""The charts of single calls: what one costs, how long it is, and at which hours of the week they happen."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from math import sqrt
from typing import TYPE_CHECKING

from tokencli.domain.money import from_pico
from tokencli.domain.period import WEEKDAYS
from tokencli.render.page_charts import Chart
from tokencli.render.page_plotly import HOVER, Part, figure
from tokencli.render.page_scale import log_scale
from tokencli.render.page_tones import short_name
from tokencli.render.page_words import chart_label, counted, exact_money, share, short_money

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tokencli.domain.overview import CostBin, HeatCell, SizeCell
    from tokencli.render.page_tones import Tones

_HOURS = 24
_LARGEST_PX = 24
_SMALLEST_PX = 4
_MOST_NAMED = 6
_ZERO_WIDTH = 0.25
_SMALLEST = from_pico(1)
_UNITS = ("", "k", "M", "B", "T", "P")


def cost_per_call(bins: Sequence[CostBin]) -> Chart | None:
    """Return how many calls cost how much; None when no call has a cost above 0."""
    filled = [one for one in bins if one.requests]
    priced = [one for one in filled if one.low > 0]
    if not priced:
        return None
    scale = log_scale([one.low for one in filled] + [one.high for one in priced])
    edges = [
        (scale.at(one.low), scale.at(one.high) if one.low > 0 else scale.at(one.low) + _ZERO_WIDTH) for one in filled
    ]
    places, texts = scale.ticks(_dollars, 4)
    trace = {
        "type": "bar",
        "x": [(low + high) / 2 for low, high in edges],
        "width": [high - low for low, high in edges],
        "y": [one.requests for one in filled],
        "customdata": [f"{_bin_words(one)}<br>{counted(one.requests, 'call')}" for one in filled],
        "hovertemplate": HOVER,
        "meta": {"tone": "plain"},
        "marker": {"line": {"width": 0.6}},
    }
    middle = _middle(filled)
    return Chart(
        key="bins",
        title="Cost of a call",
        summary=middle,
        alt=f"Histogram: how many calls cost how much, in steps that grow by a constant factor. {middle}",
        figure=figure(
            [trace],
            x=_log_axis((places, texts), scale.bounds, "list cost of one call"),
            y={"tickformat": ",d", "rangemode": "tozero", "nticks": 5, "title": _title("calls")},
            hovermode="closest",
            bargap=0,
        ),
    )


def input_against_output(cells: Sequence[SizeCell], tones: Tones) -> Chart | None:
    """Return a grid of bubbles, input to the right and output upwards; None without cells.

    A bubble's area is the calls of all models there, its colour that of the model with the most of them: models
    drawn over each other would hide each other.
    """
    places: defaultdict[tuple[int, int], list[SizeCell]] = defaultdict(list)
    for cell in cells:
        if cell.requests:
            places[cell.input_tokens, cell.output_tokens].append(cell)
    if not places:
        return None
    bubbles = [sorted(there, key=lambda cell: cell.requests, reverse=True) for there in places.values()]
    across = log_scale(size for size, _ in places)
    up = log_scale(size for _, size in places)
    largest = max(_calls(bubble) for bubble in bubbles)
    legend = tones.groups(bubble[0].model for bubble in bubbles)
    traces: list[Part] = []
    for tone, _ in legend:
        mine = [bubble for bubble in bubbles if tones.of(bubble[0].model) == tone]
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": [across.at(bubble[0].input_tokens) for bubble in mine],
                "y": [up.at(bubble[0].output_tokens) for bubble in mine],
                "customdata": [_size_words(bubble) for bubble in mine],
                "hovertemplate": HOVER,
                "meta": {"tone": tone},
                "marker": {
                    "size": [_calls(bubble) for bubble in mine],
                    "sizemode": "area",
                    "sizeref": 2 * largest / _LARGEST_PX**2,
                    "sizemin": _SMALLEST_PX / 2,
                    "opacity": 0.85,
                    "line": {"width": 0.8},
                },
            }
        )
    usual = _busiest(bubbles)
    return Chart(
        key="sizes",
        title="Input against output",
        summary=f"{usual} A bubble has the colour of the model with the most calls there.",
        alt=f"Bubbles: input tokens against output tokens of calls, by model. {usual}",
        figure=figure(
            traces,
            x={**_log_axis(across.ticks(_tokens, 6), across.bounds, "input tokens"), "showgrid": True},
            y=_log_axis(up.ticks(_tokens, 6), up.bounds, "output tokens"),
            hovermode="closest",
        ),
        legend=legend,
    )


def hours_of_the_week(cells: Sequence[HeatCell], week_start: int) -> Chart | None:
    """Return calls and list cost by hour and weekday, the week's first day on top; None without calls."""
    calls: defaultdict[tuple[int, int], int] = defaultdict(int)
    costs: defaultdict[tuple[int, int], Decimal] = defaultdict(Decimal)
    for cell in cells:
        calls[cell.weekday, cell.hour] += cell.requests
        costs[cell.weekday, cell.hour] += cell.list_cost
    if not any(calls.values()):
        return None
    days = [(week_start + place) % 7 for place in range(7)]
    words = [[_hour_words(day, hour, calls[day, hour], costs[day, hour]) for hour in range(_HOURS)] for day in days]
    views: list[tuple[str, Callable[[int, int], float]]] = [("calls", lambda day, hour: float(calls[day, hour]))]
    if any(costs.values()):
        views.insert(0, ("list cost", lambda day, hour: float(costs[day, hour])))
    # The colour stands for the square root: one busy hour would make all others look alike.
    traces: list[Part] = [
        {
            "type": "heatmap",
            "x": list(range(_HOURS)),
            "y": [WEEKDAYS[day][:3] for day in days],
            "z": [[sqrt(value(day, hour)) for hour in range(_HOURS)] for day in days],
            "zmin": 0,
            "customdata": words,
            "hovertemplate": HOVER,
            "hoverongaps": False,
            "showscale": False,
            "xgap": 2,
            "ygap": 2,
            "visible": place == 0,
            "meta": {"tone": "heat"},
        }
        for place, (_, value) in enumerate(views)
    ]
    busiest = max(calls, key=lambda key: calls[key])
    part = share(calls[busiest], sum(calls.values()))
    summary = f"Busiest: {WEEKDAYS[busiest[0]]}s, {busiest[1]:02}:00 to {busiest[1] + 1:02}:00, {part} of all calls."
    return Chart(
        key="heat",
        title="Hours of the week",
        summary=summary,
        alt=f"Heat map: 24 hours by 7 weekdays. {summary}",
        figure=figure(
            traces,
            x={"tickvals": [0, 6, 12, 18], "ticktext": ["00:00", "06:00", "12:00", "18:00"], "tickangle": 0},
            y={"autorange": "reversed", "showgrid": False, "type": "category"},
            hovermode="closest",
        ),
        legend=tuple(("heat", name) for name, _ in views),
        is_choice=True,
    )


def _calls(cells: Sequence[SizeCell]) -> int:
    return sum(cell.requests for cell in cells)


def _log_axis(ticks: tuple[list[float], list[str]], bounds: list[float], words: str) -> Part:
    return {"tickvals": ticks[0], "ticktext": ticks[1], "range": bounds, "tickangle": 0, "title": _title(words)}


def _title(words: str) -> Part:
    return {"text": words, "standoff": 8}


def _dollars(exponent: int) -> str:
    return f"${Decimal(1).scaleb(exponent):f}"


def _tokens(exponent: int) -> str:
    return f"{10 ** (exponent % 3)}{_UNITS[exponent // 3]}"


def _size_words(bubble: Sequence[SizeCell]) -> str:
    """Return what a bubble's hover says; its models come with the most calls first."""
    about = f"about {bubble[0].input_tokens:,} in, {bubble[0].output_tokens:,} out: {counted(_calls(bubble), 'call')}"
    models = [f"{chart_label(short_name(cell.model))}: {cell.requests:,}" for cell in bubble[:_MOST_NAMED]]
    rest = [f"{len(bubble) - _MOST_NAMED} more: {_calls(bubble[_MOST_NAMED:]):,}"] if bubble[_MOST_NAMED:] else []
    return "<br>".join([about, *models, *rest])


def _busiest(bubbles: Sequence[Sequence[SizeCell]]) -> str:
    top = max(bubbles, key=lambda bubble: (bubble[0].input_tokens + bubble[0].output_tokens > 0, _calls(bubble)))
    return f"Most often about {top[0].input_tokens:,} in and {top[0].output_tokens:,} out."


def _hour_words(day: int, hour: int, requests: int, cost: Decimal) -> str:
    return f"{WEEKDAYS[day]}, {hour:02}:00 to {hour + 1:02}:00<br>{counted(requests, 'call')}, {exact_money(cost)}"


def _bin_words(one: CostBin) -> str:
    if one.low > 0:
        return f"{short_money(one.low)} to {short_money(one.high)}"
    return "nothing" if one.high <= _SMALLEST else f"less than {short_money(one.high)}"


def _middle(bins: Sequence[CostBin]) -> str:
    """Return the sentence about the middle call, as exact as the bins are."""
    half, seen = sum(one.requests for one in bins) / 2, 0
    for one in bins:
        seen += one.requests
        if seen >= half:
            return f"The middle call costs {_bin_words(one)}."
    return ""
