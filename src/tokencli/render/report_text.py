"""A report as CSV and Markdown: for spreadsheets and pull requests.

CSV has one line a row under the names of `report_json`, and no line of totals, so that sums over it are right; Markdown
has the table and what must be said beside it.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from tokencli.domain.text import csv_cell, visible
from tokencli.render.report_json import TOTALS_KEYS, totals_values
from tokencli.render.report_view import empty_words, filter_words, header_words, remarks
from tokencli.render.terminal import UNKNOWN, count, money, money_places

if TYPE_CHECKING:
    from tokencli.domain.report import Report, Totals
    from tokencli.render.report_view import ReportView

_MARKDOWN = {
    **{mark: f"\\{mark}" for mark in "\\`*_[]|~$"},
    "<": "&lt;",
    ">": "&gt;",
    "&": "&amp;",
}
_COUNTS = (
    "requests",
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
    "total_tokens",
)
_HEADINGS = ("calls", "input", "cache read", "cache write", "output", "reasoning", "total tokens", "list cost")


def report_csv(report: Report) -> str:
    """Return the report as CSV, one line a row; what is not known is an empty cell, formulas are made text."""
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow([*map(csv_cell, report.group_by), *TOTALS_KEYS])
    for row in report.rows:
        labels = (row.key.get(name) for name in report.group_by)
        writer.writerow(
            ["" if label is None else csv_cell(label) for label in labels] + list(totals_values(row.totals).values())
        )
    return lines.getvalue()


def report_markdown(view: ReportView) -> str:
    """Return the report as a Markdown table with its period above it and the remarks below."""
    report = view.report
    parts = [f"**{markdown_text(header_words(report))}**"]
    if chosen := filter_words(view.filter):
        parts.append(markdown_text(chosen))
    if report.totals.requests:
        parts.append("\n".join(_markdown_lines(report)))
    else:
        parts.append("  \n".join(map(markdown_text, empty_words(view))))
    said = remarks(view)
    if said:
        parts.append("\n".join(f"- {markdown_text(remark.text)}" for remark in said))
    return "\n\n".join(parts) + "\n"


def markdown_text(text: str) -> str:
    """Return text that Markdown shows as it is: no table cell ends in it, no link, code or HTML begins."""
    return "".join(_MARKDOWN.get(char, char) for char in visible(text, limit=2000))


def _markdown_lines(report: Report) -> list[str]:
    has_reported = report.totals.reported_cost is not None
    headings = (*_HEADINGS, "reported cost") if has_reported else _HEADINGS
    names = [markdown_text(name) for name in report.group_by] or [""]
    lines = [_line([*names, *headings]), _line(["---"] * len(names) + ["--:"] * len(headings))]
    places = money_places(row.totals.list_cost for row in report.rows)
    for row in report.rows:
        labels = (row.key.get(name) for name in report.group_by)
        cells = [UNKNOWN if label is None else markdown_text(label) for label in labels]
        lines.append(_line([*cells, *_markdown_cells(row.totals, places, has_reported=has_reported)]))
    total = [f"**{cell}**" for cell in _markdown_cells(report.totals, places, has_reported=has_reported)]
    lines.append(_line(["**Total**", *[""] * (len(names) - 1), *total]))
    return lines


def _markdown_cells(totals: Totals, places: int, *, has_reported: bool) -> list[str]:
    cost = money(totals.list_cost, is_lower_bound=totals.is_lower_bound, places=places)
    cells = [*(count(totals.sum_of(name)) for name in _COUNTS), cost]
    if has_reported:
        cells.append("" if totals.reported_cost is None else money(totals.reported_cost, places=places))
    return [markdown_text(cell) for cell in cells]


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
