"""The sortable table of all rows of a report.

Sorting is prepared here: each cell carries the rank of its exact value in its column, so the page's script
compares whole numbers and never money.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tokencli.render.page_cells import cost_html, count_html, name_html, places_class, remarks_of
from tokencli.render.page_html import Html, element
from tokencli.render.page_words import counted, money_html

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from decimal import Decimal

    from tokencli.domain.report import Report, ReportRow, Totals

MOST_ROWS = 10_000
_COUNTS = (
    ("requests", "Calls"),
    ("input_tokens", "Input"),
    ("cache_read_tokens", "Cache read"),
    ("cache_write_tokens", "Cache write"),
    ("output_tokens", "Output"),
    ("reasoning_tokens", "Reasoning"),
    ("total_tokens", "Tokens"),
)
_REMARKS = "Remarks"
_ALWAYS = frozenset({"requests", "total_tokens"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: how a row's cell looks, how its sum looks, and the exact value it is sorted by."""

    title: str
    cell: Callable[[ReportRow], Html]
    total: str
    order: Callable[[ReportRow], Decimal | int | str | None]
    is_number: bool = True


def rows_table(report: Report) -> Html:
    """Return up to MOST_ROWS rows of a report with its sums; `rows_words` says what is left out."""
    rows = report.rows[:MOST_ROWS]
    columns = _columns(report)
    ranks = [_ranks([column.order(row) for row in rows]) for column in columns]
    head = (_heading(column, place) for place, column in enumerate(columns))
    body = (
        element("tr", *(_cell(column, row, rank[place]) for column, rank in zip(columns, ranks, strict=True)))
        for place, row in enumerate(rows)
    )
    foot = (
        element("th" if place == 0 else "td", column.total, scope=None if place else "row", class_=_css(column))
        for place, column in enumerate(columns)
    )
    return element(
        "table",
        element("caption", "All rows of the report", class_="unseen"),
        element("thead", element("tr", *head)),
        element("tbody", *body),
        element("tfoot", element("tr", *foot)),
        class_=f"sortable {places_class(_amounts(rows, report.totals))}",
    )


def _columns(report: Report) -> list[Column]:
    totals = report.totals
    columns = [_key_column(name, is_first=place == 0) for place, name in enumerate(report.group_by)]
    columns += [_count_column(name, title, totals) for name, title in _COUNTS if name in _ALWAYS or totals.sum_of(name)]
    columns.append(
        Column(
            title="List cost",
            cell=lambda row: cost_html(row.totals),
            total=cost_html(totals),
            order=lambda row: row.totals.list_cost,
        )
    )
    if totals.reported_cost is not None:
        columns.append(
            Column(
                title="Sources said",
                cell=lambda row: money_html(row.totals.reported_cost),
                total=money_html(totals.reported_cost),
                order=lambda row: row.totals.reported_cost,
            )
        )
    if remarks_of(totals):
        columns.append(_remarks_column())
    return columns


def _key_column(name: str, *, is_first: bool) -> Column:
    title = name.removeprefix("tag:") if name.startswith("tag:") else name.capitalize()
    return Column(
        title=title,
        cell=lambda row: name_html(row.key.get(name)),
        total="All" if is_first else "",
        order=lambda row: None if row.key.get(name) is None else str(row.key[name]).casefold(),
        is_number=False,
    )


def _count_column(name: str, title: str, totals: Totals) -> Column:
    def count_of(row: ReportRow) -> int | None:
        return row.totals.sum_of(name)

    return Column(
        title=title,
        cell=lambda row: count_html(count_of(row)),
        total=count_html(totals.sum_of(name)),
        order=count_of,
    )


def _remarks_column() -> Column:
    return Column(
        title=_REMARKS,
        cell=lambda row: Html(remarks_of(row.totals)),
        total="",
        order=lambda row: remarks_of(row.totals) or None,
        is_number=False,
    )


def _heading(column: Column, place: int) -> Html:
    button = element("button", column.title, element("span", class_="arrow", aria_hidden="true"), type="button")
    first = "descending" if column.is_number else "ascending"
    return element(
        "th", button, scope="col", class_=_css(column), aria_sort="none", data_first=first, data_column=place
    )


def _cell(column: Column, row: ReportRow, rank: int) -> Html:
    return element("td", column.cell(row), class_=_css(column), data_rank=rank)


def _css(column: Column) -> str:
    return "number" if column.is_number else "remarks" if column.title == _REMARKS else "name"


def _ranks(values: Sequence[Decimal | int | str | None]) -> list[int]:
    """Return each value's place among its column's values in rising order; -1 for None, which is sorted last."""
    known = {value for value in values if value is not None}
    places = {value: place for place, value in enumerate(sorted(known))}
    return [-1 if value is None else places[value] for value in values]


def _amounts(rows: Sequence[ReportRow], totals: Totals) -> list[Decimal | None]:
    sums = [row.totals for row in rows] + [totals]
    return [amount for one in sums for amount in (one.list_cost, one.reported_cost)]


def rows_words(report: Report) -> str:
    """Return the sentence above the table; it says what is left out when there are too many rows."""
    by = ", ".join(report.group_by)
    if len(report.rows) <= MOST_ROWS:
        return f"By {by}: {counted(len(report.rows), 'row')}. A heading sorts its column."
    return (
        f"By {by}: the first {MOST_ROWS:,} of {len(report.rows):,} rows; 'tokencli report --csv' writes all of them. "
        "A heading sorts its column."
    )
