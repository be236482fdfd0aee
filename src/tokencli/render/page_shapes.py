"""The charts of single calls: what one costs, how long it is, and at which hours of the week they happen."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from tokencli.render.page_charts import Chart
from tokencli.render.page_plotly import HOVER, Part, figure
from tokencli.render.page_scale import log_scale
from tokencli.render.page_tones import short_name
from tokencli.render.page_words import WEEKDAYS, chart_label, counted, exact_money, share, short_money

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tokencli.domain.report import CostBin, HeatCell, SizeCell
    from tokencli.render.page_tones import Tones

_HOURS = 24
_LARGEST_PX = 30
_SMALLEST_PX = 4
_ZERO_WIDTH = 0.25
_UNITS = ("", "k", "M", "B", "T", "P")


def cost_per_call(bins: Sequence[CostBin]) -> Chart | None:
    """Return how many calls cost how much; None when no call has a cost above 0."""
    filled = [one for one in bins if one.requests and one.high > 0]
    if not filled:
        return None
    scale = log_scale(edge for one in filled for edge in (one.low, one.high))
    edges = [
        (scale.at(one.low), scale.at(one.high) if one.low > 0 else scale.at(one.low) + _ZERO_WIDTH) for one in filled
    ]
    places, texts = scale.ticks(_dollars, 4)
    trace = {
        "type": "bar",
        "x": [(low + high) / 2 for low, high in edges],
        "width": [high - low for low, high in edges],
        "y": [one.requests for one in filled],
        "customdata": [
            f"{short_money(one.low)} to {short_money(one.high)}<br>{counted(one.requests, 'call')}" for one in filled
        ],
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
    """Return a grid of bubbles, input to the right and output upwards, the area is the calls; None without cells."""
    filled = [cell for cell in cells if cell.requests]
    if not filled:
        return None
    across = log_scale(cell.input_tokens for cell in filled)
    up = log_scale(cell.output_tokens for cell in filled)
    groups: defaultdict[str, list[SizeCell]] = defaultdict(list)
    for cell in filled:
        groups[tones.of(cell.model)].append(cell)
    legend = tones.groups(cell.model for cell in filled)
    largest = max(cell.requests for cell in filled)
    traces: list[Part] = [
        {
            "type": "scatter",
            "mode": "markers",
            "x": [across.at(cell.input_tokens) for cell in groups[tone]],
            "y": [up.at(cell.output_tokens) for cell in groups[tone]],
            "customdata": [_size_words(cell) for cell in groups[tone]],
            "hovertemplate": HOVER,
            "meta": {"tone": tone},
            "marker": {
                "size": [cell.requests for cell in groups[tone]],
                "sizemode": "area",
                "sizeref": 2 * largest / _LARGEST_PX**2,
                "sizemin": _SMALLEST_PX / 2,
                "opacity": 0.72,
                "line": {"width": 0.8},
            },
        }
        for tone, _ in legend
    ]
    return Chart(
        key="sizes",
        title="Input against output",
        summary=_busiest(filled),
        alt=f"Bubbles: input tokens against output tokens of calls, by model. {_busiest(filled)}",
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
    traces: list[Part] = [
        {
            "type": "heatmap",
            "x": list(range(_HOURS)),
            "y": [WEEKDAYS[day][:3] for day in days],
            "z": [[value(day, hour) for hour in range(_HOURS)] for day in days],
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


def _log_axis(ticks: tuple[list[float], list[str]], bounds: list[float], words: str) -> Part:
    return {"tickvals": ticks[0], "ticktext": ticks[1], "range": bounds, "tickangle": 0, "title": _title(words)}


def _title(words: str) -> Part:
    return {"text": words, "standoff": 8}


def _dollars(exponent: int) -> str:
    return f"${Decimal(1).scaleb(exponent):f}"


def _tokens(exponent: int) -> str:
    return f"{10 ** (exponent % 3)}{_UNITS[exponent // 3]}"


def _size_words(cell: SizeCell) -> str:
    about = f"about {cell.input_tokens:,} in, {cell.output_tokens:,} out"
    return f"{chart_label(short_name(cell.model))}<br>{about}<br>{counted(cell.requests, 'call')}"


def _busiest(cells: Sequence[SizeCell]) -> str:
    top = max(cells, key=lambda cell: cell.requests)
    return f"Most often about {top.input_tokens:,} in and {top.output_tokens:,} out."


def _hour_words(day: int, hour: int, requests: int, cost: Decimal) -> str:
    return f"{WEEKDAYS[day]}, {hour:02}:00 to {hour + 1:02}:00<br>{counted(requests, 'call')}, {exact_money(cost)}"


def _middle(bins: Sequence[CostBin]) -> str:
    """Return the sentence about the middle call, as exact as the bins are."""
    half, seen = sum(one.requests for one in bins) / 2, 0
    for one in bins:
        seen += one.requests
        if seen >= half:
            return f"The middle call costs {short_money(one.low)} to {short_money(one.high)}."
    return ""
