"""A report for the terminal: period, table, and in words what the table cannot say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokencli.domain.money import ZERO
from tokencli.domain.text import visible
from tokencli.render.report_layout import SHARE, SHARE_OF_TOKENS, Figures, chosen_layout
from tokencli.render.report_rows import past_rows, shown_rows, time_dimension
from tokencli.render.report_view import empty_words, filter_words, header_words, remarks
from tokencli.render.terminal import DASH, UNPRICED, ascii_words, is_ascii, money, money_places, sparkline

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table

    from tokencli.render.report_layout import Layout
    from tokencli.render.report_view import Remark, ReportView

_SPARK_WIDTH = 48
_FEWEST_SPARKS = 3
_STYLES = {"list cost": "bold green", "reported": "yellow", SHARE: "cyan", SHARE_OF_TOKENS: "cyan"}
_CELL_STYLES = {UNPRICED: "not bold yellow", "subscription": "not bold dim", "free": "not bold dim", DASH: "dim"}
_ASCII_LINES = "    \n    \n -  \n    \n    \n -  \n    \n    \n"


def report_table(view: ReportView, console: Console) -> RenderableType:
    """Return the whole view, laid out for the console's width and encoding."""
    from rich.console import Group
    from rich.text import Text

    narrow = is_ascii(console)
    parts: list[RenderableType] = [Text(header_words(view.report), style="bold")]
    if chosen := filter_words(view.filter):
        parts.append(Text(chosen, style="cyan"))
    if view.report.totals.requests:
        parts += _body(view, console.width, is_narrow=narrow)
    else:
        parts += [Text(), *(Text(line) for line in empty_words(view))]
    if said := remarks(view):
        parts.append(Text())
        parts.append(_remarks(said, is_narrow=narrow))
    if view.ledger is not None:
        parts += [Text(), Text(f"ledger: {visible(view.ledger)}", style="dim")]
    return Group(*parts)


def _body(view: ReportView, width: int, *, is_narrow: bool) -> list[RenderableType]:
    from rich.text import Text

    rows = tuple(shown_rows(view.report, view.now))
    figures = Figures(
        names=view.report.group_by or ("calls of",),
        rows=rows,
        totals=view.report.totals,
        places=money_places(row.totals.list_cost for row in rows if row.totals),
        is_ascii=is_narrow,
    )
    course = _course(view, figures)
    return [*([Text(course, style="cyan")] if course else []), Text(), _table(figures, chosen_layout(figures, width))]


def _remarks(said: list[Remark], *, is_narrow: bool) -> Table:
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 1, 0, 0))
    for remark in said:
        text = ascii_words(remark.text) if is_narrow else remark.text
        grid.add_row("-" if is_narrow else "•", Text(text, style="yellow" if remark.is_warning else ""))
    return grid


def _course(view: ReportView, figures: Figures) -> str:
    """Return a line that draws the cost over time; empty when the rows are not time."""
    name = time_dimension(view.report)
    rows = past_rows(view.report, view.now)
    if name is None or len(rows) < _FEWEST_SPARKS:
        return ""
    line = sparkline([figures.weight(row.totals) for row in rows], _SPARK_WIDTH, ascii_only=figures.is_ascii)
    if not view.report.totals.list_cost:
        return f"tokens by {name}: {line}"
    highest = max(row.totals.list_cost or ZERO for row in rows)
    return f"list cost by {name}: {line}  highest {money(highest, places=figures.places)}"


def _table(figures: Figures, layout: Layout) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(
        box=box.Box(_ASCII_LINES, ascii=True) if figures.is_ascii else box.SIMPLE,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        show_footer=True,
        header_style="bold",
        footer_style="bold",
    )
    for column in layout.columns:
        table.add_column(
            Text(column.title),
            footer=Text(column.footer),
            justify="right" if column.is_number else "left",
            width=column.width,
            style=_STYLES.get(column.title, ""),
            no_wrap=True,
        )
    for place, row in enumerate(figures.rows):
        cells = (
            Text(column.cells[place], style=_CELL_STYLES.get(column.cells[place], "")) for column in layout.columns
        )
        is_empty = row.totals is None or not row.totals.requests
        table.add_row(*cells, style="dim" if is_empty else "")
    return table
