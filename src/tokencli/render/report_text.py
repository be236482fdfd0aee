"""A report as JSON, CSV and Markdown: for programs, spreadsheets and pull requests.

JSON is the contract of the interface, key by key; CSV has one line a row under the same names, and no line of
totals, so that sums over it are right; Markdown has the table and what must be said beside it.
"""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from tokencli.domain.money import plain
from tokencli.domain.period import zone_of
from tokencli.domain.text import csv_cell, visible
from tokencli.render.report_view import WEEKDAYS, empty_words, filter_words, header_words, remarks
from tokencli.render.terminal import UNKNOWN, count, money, money_places

if TYPE_CHECKING:
    from tokencli.domain.money import Usd
    from tokencli.domain.period import Period
    from tokencli.domain.report import Report, Totals
    from tokencli.render.report_view import ReportView

TOTALS_KEYS = (
    "requests",
    "errors",
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
    "total_tokens",
    "list_cost",
    "reported_cost",
    "currency",
    "priced_requests",
    "unpriced_requests",
    "subscription_requests",
    "free_requests",
    "estimated_requests",
    "partial_requests",
)
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


def report_json(report: Report) -> str:
    """Return the report as one JSON document in ASCII, indented, without a line end."""
    document: dict[str, Any] = {
        "period": period_values(report.period),
        "group_by": list(report.group_by),
        "totals": totals_values(report.totals),
        "rows": [{"key": dict(row.key), **totals_values(row.totals)} for row in report.rows],
    }
    if report.as_of is not None:
        document["as_of"] = report.as_of.astimezone(zone_of(report.period.zone)).isoformat()
    return json.dumps(document, indent=2)


def period_values(period: Period) -> dict[str, str]:
    """Return a period's JSON object; its ends are local times with their offset, the week's start a day's name."""
    zone = zone_of(period.zone)
    return {
        "name": period.name,
        "start": period.start.astimezone(zone).isoformat(),
        "end": period.end.astimezone(zone).isoformat(),
        "time_zone": period.zone,
        "week_start": WEEKDAYS[period.week_start].lower(),
    }


def totals_values(totals: Totals) -> dict[str, Any]:
    """Return the JSON object of some sums: money as exact strings, None for what is not known."""
    values: dict[str, Any] = {
        "list_cost": _exact(totals.list_cost),
        "reported_cost": _exact(totals.reported_cost),
        "currency": "USD",
    }
    return {key: values[key] if key in values else totals.sum_of(key) for key in TOTALS_KEYS}


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


def _exact(amount: Usd | None) -> str | None:
    return None if amount is None else plain(amount)
