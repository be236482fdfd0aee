"""The charts of the page: each is a Plotly figure, a sentence that says what it shows, and its legend.

Floats appear here as coordinates only; what a hover says is made from the exact figures.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import TYPE_CHECKING

from tokencli.domain.period import Grain
from tokencli.domain.report import Totals, together
from tokencli.render.page_plotly import HOVER, Part, figure
from tokencli.render.page_words import (
    bucket_name,
    bucket_tick,
    chart_label,
    cost_words,
    counted,
    short_count,
    short_money,
)

if TYPE_CHECKING:
    from tokencli.domain.report import Report, ReportRow
    from tokencli.render.page_tones import Tones

_MOST_TICKS = 7
_MOST_OUTLINED = 60
_DAY_HOURS = 24
_WEEK_DAYS = 7
KINDS = (
    ("kind-uncached", "uncached input"),
    ("kind-read", "cache read"),
    ("kind-write", "cache write"),
    ("kind-output", "output"),
    ("kind-reasoning", "reasoning"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One chart: `summary` is read by everyone, `alt` by those who do not see it.

    `legend` names the traces in their order as (tone, words). With `is_choice` one trace is shown at a
    time and the legend chooses it.
    """

    key: str
    title: str
    summary: str
    alt: str
    figure: Part
    legend: tuple[tuple[str, str], ...] = ()
    is_choice: bool = False


def cost_over_time(by_time: Report, by_time_model: Report, tones: Tones) -> Chart | None:
    """Return list cost per bucket, stacked by model; None when no call has a cost above 0."""
    if not by_time.totals.list_cost:
        return None
    grain = by_time.group_by[0]
    labels = [_label(row, grain) for row in by_time.rows]
    sums, models = _by_group(by_time_model, grain, tones)
    heads = [_head(row, grain) for row in by_time.rows]
    legend = tones.groups(models)
    traces = [
        _stack(
            tone,
            heads,
            [float(sums[tone, label].list_cost or 0) or None for label in labels],
            [
                f"{chart_label(words)}: {cost_words(sums[tone, label])}, {counted(sums[tone, label].requests, 'call')}"
                for label in labels
            ],
        )
        for tone, words in legend
    ]
    peak = _peak(by_time, grain)
    return Chart(
        key="cost",
        title=f"List cost per {grain}",
        summary=peak,
        alt=f"Stacked bars: list cost per {grain} by model. {peak}",
        figure=figure(
            traces,
            x=_time_axis(labels, heads, grain),
            y={"tickprefix": "$", "exponentformat": "none", "rangemode": "tozero", "nticks": 6},
            barmode="stack",
            hovermode="x unified",
        ),
        legend=legend,
    )


def tokens_over_time(by_time: Report) -> Chart | None:
    """Return tokens per bucket by kind: the kinds are disjoint and add up to total tokens; None without tokens."""
    totals = by_time.totals
    if not totals.total_tokens:
        return None
    grain = by_time.group_by[0]
    labels = [_label(row, grain) for row in by_time.rows]
    heads = [
        f"{bucket_name(label, grain)}: {_token_words(row.totals)}"
        for label, row in zip(labels, by_time.rows, strict=True)
    ]
    rows = [kinds_of(row.totals) for row in by_time.rows]
    present = [(place, *KINDS[place], amount) for place, amount in enumerate(kinds_of(totals)) if amount]
    traces = [
        _stack(tone, heads, [float(row[place]) or None for row in rows], [f"{words}: {row[place]:,}" for row in rows])
        for place, tone, words, _ in present
    ]
    summary = f"In all {', '.join(f'{short_count(amount)} {words}' for _, _, words, amount in present)}."
    return Chart(
        key="tokens",
        title=f"Tokens per {grain}",
        summary=summary,
        alt=f"Stacked bars: tokens per {grain} by kind. {summary}",
        figure=figure(
            traces,
            x=_time_axis(labels, heads, grain),
            y={"exponentformat": "B", "rangemode": "tozero", "nticks": 6},
            barmode="stack",
            hovermode="x unified",
        ),
        legend=tuple((tone, words) for _, tone, words, _ in present),
    )


def kinds_of(totals: Totals) -> tuple[int, int, int, int, int]:
    """Return tokens as disjoint kinds in the order of KINDS; a part above its whole leaves 0 for the rest."""
    return (
        max(0, totals.input_tokens - totals.cache_read_tokens - totals.cache_write_tokens),
        totals.cache_read_tokens,
        totals.cache_write_tokens,
        max(0, totals.output_tokens - totals.reasoning_tokens),
        totals.reasoning_tokens,
    )


def _token_words(totals: Totals) -> str:
    return f"{totals.total_tokens:,} tokens" if totals.has_counts else "no token counts"


def _by_group(report: Report, grain: str, tones: Tones) -> tuple[dict[tuple[str, str], Totals], set[str | None]]:
    """Return the sums of each tone in each bucket, and the models that have a cost."""
    parts: defaultdict[tuple[str, str], list[Totals]] = defaultdict(list)
    models: set[str | None] = set()
    for row in report.rows:
        model, label = row.key.get("model"), _label(row, grain)
        parts[tones.of(model), label].append(row.totals)
        if row.totals.list_cost:
            models.add(model)
    return defaultdict(Totals, {place: together(totals) for place, totals in parts.items()}), models


def _stack(tone: str, heads: list[str], heights: list[float | None], words: list[str]) -> Part:
    return {
        "type": "bar",
        "x": heads,
        "y": heights,
        "customdata": words,
        "hovertemplate": HOVER,
        "meta": {"tone": tone},
        "marker": {"line": {"width": 0.6 if len(heads) <= _MOST_OUTLINED else 0}},
    }


def _time_axis(labels: list[str], heads: list[str], grain: str) -> Part:
    """Return a category axis: its categories are the hover's headings, its ticks a few short labels."""
    step = max(1, ceil(len(labels) / _MOST_TICKS))
    whole = {Grain.HOUR.value: _DAY_HOURS, Grain.DAY.value: _WEEK_DAYS}.get(grain, 1)
    if step > whole // 2:
        step = ceil(step / whole) * whole
    by_day = grain == Grain.HOUR and step >= _DAY_HOURS
    chosen = range(0, len(labels), step)
    return {
        "type": "category",
        "categoryorder": "array",
        "categoryarray": heads,
        "tickvals": [heads[place] for place in chosen],
        "ticktext": [
            bucket_tick(*((labels[place][:10], Grain.DAY) if by_day else (labels[place], grain))) for place in chosen
        ],
        "tickangle": 0,
        "unifiedhovertitle": {"text": "%{x}"},
    }


def _head(row: ReportRow, grain: str) -> str:
    return f"{bucket_name(_label(row, grain), grain)}: {cost_words(row.totals)}"


def _label(row: ReportRow, grain: str) -> str:
    return row.key[grain] or ""


def _peak(by_time: Report, grain: str) -> str:
    """Return the sentence under the title: the dearest bucket, and what the bars leave out."""
    top = max(by_time.rows, key=lambda row: row.totals.list_cost or Decimal(0))
    where = bucket_name(_label(top, grain), grain)
    left_out = by_time.totals.unpriced_requests
    rest = f" Without {counted(left_out, 'unpriced call')}." if left_out else ""
    return f"Highest: {where}, {short_money(top.totals.list_cost or Decimal(0))}.{rest}"
