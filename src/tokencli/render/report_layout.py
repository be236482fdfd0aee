"""How a report's table fits a width: as much as it can carry, and no number ever cut.

From the fullest layout to the barest one, the first that fits is taken: full numbers, then short ones (12.3M), then
fewer columns. What is left goes to the names, which are folded at their own separators.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from tokencli.domain.text import visible
from tokencli.render.terminal import DASH, ascii_words, bar, compact, count, folded, money

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tokencli.domain.report import Totals
    from tokencli.render.report_rows import ShownRow

GAP = 2
SHARE = "share"
SHARE_OF_TOKENS = "of tokens"
_ONE_PERCENT = 0.01
_NARROWEST_NAME = 26
_NARROWEST_OF_MANY = 14
_NARROWEST_OF_ALL = 8


class _Plan(NamedTuple):
    """Which columns of numbers there are, whether they are short, how wide the bar is and whether it has a percent."""

    columns: tuple[str, ...]
    is_short: bool
    bar_width: int
    has_percent: bool = False


_ALL = ("calls", "input", "cache read", "cache write", "output", "reasoning", "tokens", "list cost", "reported")
_FEW = ("calls", "input", "cached", "output", "tokens", "list cost", "reported")
_PLANS = (
    _Plan(_ALL, is_short=False, bar_width=20, has_percent=True),
    _Plan(_ALL, is_short=False, bar_width=10, has_percent=True),
    _Plan(_FEW, is_short=False, bar_width=10, has_percent=True),
    _Plan(_ALL, is_short=True, bar_width=10, has_percent=True),
    _Plan(_FEW, is_short=True, bar_width=10, has_percent=True),
    _Plan(_FEW, is_short=True, bar_width=8),
    _Plan(("calls", "input", "cached", "output", "list cost", "reported"), is_short=True, bar_width=8),
    _Plan(("calls", "input", "cached", "output", "list cost", "reported"), is_short=True, bar_width=0),
    _Plan(("calls", "input", "output", "list cost", "reported"), is_short=True, bar_width=0),
    _Plan(("calls", "tokens", "list cost", "reported"), is_short=True, bar_width=0),
    _Plan(("tokens", "list cost"), is_short=True, bar_width=0),
    _Plan(("list cost",), is_short=True, bar_width=0),
)
_COUNTS = {
    "calls": "requests",
    "input": "input_tokens",
    "cache read": "cache_read_tokens",
    "cache write": "cache_write_tokens",
    "output": "output_tokens",
    "reasoning": "reasoning_tokens",
    "tokens": "total_tokens",
}
_OPTIONAL = {"cache read", "cache write", "cached", "reasoning", "reported"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column, all of it text: title, one cell a row, footer; `width` in columns of the terminal."""

    title: str
    cells: tuple[str, ...]
    footer: str
    is_number: bool
    width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The columns of one table, in their order, each as wide as it will be printed."""

    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The rows of one table, its sums, and how its money is written."""

    names: tuple[str, ...]
    rows: tuple[ShownRow, ...]
    totals: Totals
    places: int
    is_ascii: bool

    def cell(self, title: str, totals: Totals, *, is_short: bool) -> str:
        """Return one number as text."""
        if title == "list cost":
            text = _cost(totals, self.places)
        elif title == "reported":
            text = DASH if totals.reported_cost is None else money(totals.reported_cost, places=self.places)
        else:
            number = _number(title, totals)
            text = compact(number) if is_short and title != "calls" else count(number)
        return ascii_words(text) if self.is_ascii else text

    def weight(self, totals: Totals) -> float:
        """Return what a row's bar stands for: its cost, or its tokens when nothing has a cost."""
        return float(totals.list_cost or 0) if self.totals.list_cost else float(totals.total_tokens)


def chosen_layout(figures: Figures, width: int) -> Layout:
    """Return the fullest layout that fits `width` columns; the barest one when none does."""
    names = _name_columns(figures)
    least = max(_NARROWEST_NAME, width * 3 // 10) if len(names) == 1 else max(_NARROWEST_OF_MANY, width // 5)
    layout: list[Column] = []
    for plan in _PLANS:
        numbers = _number_columns(figures, plan)
        room = width - sum(column.width + GAP for column in numbers) - GAP * (len(names) - 1)
        layout = [*_fitted(names, room), *numbers]
        if room >= sum(min(column.width, least) for column in names):
            break
    return Layout(columns=tuple(layout))


def _name_columns(figures: Figures) -> list[Column]:
    columns: list[Column] = []
    for place, name in enumerate(figures.names):
        cells = tuple(row.labels[place] if place < len(row.labels) else "" for row in figures.rows)
        columns.append(_column(visible(name), cells, "total" if place == 0 else "", is_number=False))
    return columns


def _fitted(names: Sequence[Column], room: int) -> list[Column]:
    """Return the name columns folded into `room`, the widest giving way first."""
    widths = [column.width for column in names]
    while sum(widths) > room and max(widths) > _NARROWEST_OF_ALL:
        widths[widths.index(max(widths))] -= 1
    return [
        replace(column, cells=tuple(folded(cell, width) for cell in column.cells), width=width)
        for column, width in zip(names, widths, strict=True)
    ]


def _number_columns(figures: Figures, plan: _Plan) -> list[Column]:
    columns = [_numbers(figures, title, plan) for title in plan.columns if _is_wanted(title, figures.totals)]
    if plan.bar_width and len(figures.rows) > 1:
        columns.append(_bars(figures, plan))
    return columns


def _is_wanted(title: str, totals: Totals) -> bool:
    if title == "reported":
        return totals.reported_cost is not None
    return title not in _OPTIONAL or bool(_number(title, totals))


def _numbers(figures: Figures, title: str, plan: _Plan) -> Column:
    cells = tuple(
        "" if row.totals is None else figures.cell(title, row.totals, is_short=plan.is_short) for row in figures.rows
    )
    return _column(title, cells, figures.cell(title, figures.totals, is_short=plan.is_short), is_number=True)


def _bars(figures: Figures, plan: _Plan) -> Column:
    weights = [0.0 if row.totals is None else figures.weight(row.totals) for row in figures.rows]
    top, total = max(weights) or 1.0, figures.weight(figures.totals) or 1.0
    cells = tuple(
        bar(weight / top, plan.bar_width, ascii_only=figures.is_ascii)
        + (_percent(weight / total) if plan.has_percent else "")
        for weight in weights
    )
    return _column(SHARE if figures.totals.list_cost else SHARE_OF_TOKENS, cells, "", is_number=False)


def _percent(share: float) -> str:
    """Return a share in five columns; what is above 0 is never shown as nothing."""
    return f"{'<1%' if 0 < share < _ONE_PERCENT else f'{share:.0%}' if share else '':>5}"


def _column(title: str, cells: tuple[str, ...], footer: str, *, is_number: bool) -> Column:
    from rich.cells import cell_len

    width = max(cell_len(text) for text in (title, footer, *cells))
    return Column(title=title, cells=cells, footer=footer, is_number=is_number, width=width)


def _number(title: str, totals: Totals) -> int | None:
    if title == "cached":
        return totals.cache_read_tokens + totals.cache_write_tokens if totals.has_counts else None
    return totals.sum_of(_COUNTS[title])


def _cost(totals: Totals, places: int) -> str:
    """Return a list cost; calls that cost nothing because of a plan say so."""
    if totals.requests and totals.requests == totals.subscription_requests:
        return "subscription"
    if totals.requests and totals.requests == totals.free_requests:
        return "free"
    return money(totals.list_cost, is_lower_bound=totals.is_lower_bound, places=places)
