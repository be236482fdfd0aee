"""Which rows of a report the terminal shows, and what their labels read there.

Time that has not come yet is left out, and long runs of time without calls become one line; JSON, CSV and
Markdown have every row.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from tokencli.domain.period import Grain
from tokencli.domain.report import TIME_DIMENSIONS
from tokencli.domain.text import visible
from tokencli.render.terminal import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from tokencli.domain.report import Report, ReportRow, Totals

_LONG_TABLE = 10
_LONG_RUN = 3
_DAY_LABEL = len("2026-11-20")
_MINUTE_LABEL = len("2026-11-20T14:00")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRow:
    """One line of the table: its labels, already harmless, and its sums; None for a line that stands for many."""

    labels: tuple[str, ...]
    totals: Totals | None


def time_dimension(report: Report) -> str | None:
    """Return the dimension of time when the rows are one stretch of time each, else None."""
    if len(report.group_by) == 1 and report.group_by[0] in TIME_DIMENSIONS:
        return report.group_by[0]
    return None


def past_rows(report: Report, now: datetime) -> list[ReportRow]:
    """Return the rows without those of time that begins after `now` and has no calls."""
    name = next((name for name in report.group_by if name in TIME_DIMENSIONS), None)
    if name is None:
        return list(report.rows)
    future = {bucket.label for bucket in report.period.buckets(Grain(name)) if bucket.start > now}
    return [row for row in report.rows if row.totals.requests or row.key[name] not in future]


def shown_rows(report: Report, now: datetime) -> list[ShownRow]:
    """Return the lines of the table in their order; under several dimensions the first one's label is not repeated."""
    rows = past_rows(report, now)
    labels = _labels(report, rows)
    shown = [ShownRow(labels=label, totals=row.totals) for label, row in zip(labels, rows, strict=True)]
    name = time_dimension(report)
    return shown if name is None or len(shown) <= _LONG_TABLE else list(_folded(shown, name))


def _labels(report: Report, rows: Sequence[ReportRow]) -> list[tuple[str, ...]]:
    columns = [_column(name, [row.key.get(name) for row in rows]) for name in report.group_by]
    if len(columns) > 1:
        columns[0] = [
            label if place == 0 or label != columns[0][place - 1] else "" for place, label in enumerate(columns[0])
        ]
    return list(zip(*columns, strict=True)) if columns else [("all calls",) for _ in rows]


def _column(name: str, labels: Sequence[str | None]) -> list[str]:
    if name == Grain.HOUR:
        return _hours(labels)
    if name == Grain.DAY:
        return [_day(label) for label in labels]
    return [_name(label) for label in labels]


def _name(label: str | None) -> str:
    return UNKNOWN if label is None else visible(label) or "(empty)"


def _day(label: str | None) -> str:
    """Return "2026-11-20 Fri"."""
    try:
        return f"{label} {date.fromisoformat(label or ''):%a}"
    except ValueError:
        return _name(label)


def _hours(labels: Sequence[str | None]) -> list[str]:
    """Return "14:00" within one day, else "2026-11-20 14:00"; with the offset where an hour comes twice."""
    known = [label or "" for label in labels]
    cut = _DAY_LABEL + 1 if len({label[:_DAY_LABEL] for label in known}) == 1 else 0
    short = [visible(label[cut:_MINUTE_LABEL].replace("T", " ")) or UNKNOWN for label in known]
    twice = Counter(short)
    return [
        f"{text} {visible(label[_MINUTE_LABEL:])}".rstrip() if twice[text] > 1 else text
        for text, label in zip(short, known, strict=True)
    ]


def _folded(rows: Sequence[ShownRow], name: str) -> Iterator[ShownRow]:
    """Put one line in the place of each long run of rows without calls."""
    run: list[ShownRow] = []
    for row in rows:
        if row.totals is not None and not row.totals.requests:
            run.append(row)
            continue
        yield from _run_lines(run, name)
        run = []
        yield row
    yield from _run_lines(run, name)


def _run_lines(run: list[ShownRow], name: str) -> list[ShownRow]:
    if len(run) < _LONG_RUN:
        return run
    return [ShownRow(labels=(f"({len(run)} {name}s without calls)",), totals=None)]
