"""Rows of other programs' cost and metrics tables, by the names that their columns have in the wild.

A column that a table lacks is None. Text of prompts and answers is never read.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Final

from tokencli.store.foreign_file import columns, opened, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_Names = dict[str, tuple[str, ...]]
_TIMES: Final = ("timestamp", "created_at", "created", "time", "date", "ts")
_INPUT: Final = ("input_tokens", "prompt_tokens", "tokens_in")
_OUTPUT: Final = ("output_tokens", "completion_tokens", "tokens_out")
COST_TABLES: Final = ("costs", "cost_logs")
COST_COLUMNS: Final[_Names] = {
    "time": _TIMES,
    "session": ("session_id", "thread_id", "session"),
    "agent": ("agent", "agent_name", "agent_id"),
    "provider": ("provider", "provider_name"),
    "model": ("model", "model_name"),
    "input": _INPUT,
    "output": _OUTPUT,
    "cost": ("total_cost", "cost", "cost_usd"),
    "feature": ("feature",),
}
METRICS_TABLE: Final = "metrics"
METRIC_COLUMNS: Final[_Names] = {
    "time": _TIMES,
    "session": ("session_id", "session"),
    "provider": ("provider", "provider_name"),
    "model": ("model", "model_name"),
    "input": ("prompt_tokens", "real_prompt_tokens", "input_tokens"),
    "output": ("completion_tokens", "real_completion_tokens", "output_tokens"),
    "total": ("total_tokens", "tokens_total", "tokens", "token_count"),
    "estimated": ("estimated_tokens", "tokens_estimated", "estimate"),
    "is_estimated": ("is_estimated", "estimated_only"),
    "type": ("type", "metric_type", "kind"),
    "source": ("source",),
}
_SESSION_COLUMNS: Final[_Names] = {
    "id": ("id", "session_id"),
    "name": ("name", "title"),
    "provider": ("provider", "provider_name"),
    "model": ("model", "model_name"),
}


def cost_rows(path: str) -> Iterator[tuple[object, ...]]:
    """Yield the rows of a file's cost tables: the table's name, the row's number, and COST_COLUMNS."""
    with opened(path) as connection:
        for table in COST_TABLES:
            yield from _rows(connection, table, COST_COLUMNS)


def metric_rows(path: str) -> Iterator[tuple[object, ...]]:
    """Yield the rows of a file's metrics: the table's name, the row's number, METRIC_COLUMNS, and of its session
    the name, the provider and the model.
    """  # noqa: D205 - one sentence
    with opened(path) as connection:
        sessions = {row[2]: row[3:] for row in _rows(connection, "sessions", _SESSION_COLUMNS) if row[2] is not None}
        place = 2 + list(METRIC_COLUMNS).index("session")
        for row in _rows(connection, METRICS_TABLE, METRIC_COLUMNS):
            yield (*row, *sessions.get(row[place], (None, None, None)))


def _rows(
    connection: sqlite3.Connection, table: str, wanted: Mapping[str, Sequence[str]]
) -> Iterator[tuple[object, ...]]:
    there = columns(connection, table)
    if not there:
        return
    chosen = [next((there[name] for name in names if name in there), None) for names in wanted.values()]
    number = _number(connection, table, there)
    fields = ", ".join("NULL" if name is None else quoted(name) for name in chosen)
    order = "" if number == "NULL" else " ORDER BY 2"
    statement = f"SELECT ?, {number}, {fields} FROM {quoted(table)}{order}"  # noqa: S608 - names that the file itself has
    yield from connection.execute(statement, (table,))


def _number(connection: sqlite3.Connection, table: str, there: Mapping[str, str]) -> str:
    """Return what numbers a table's rows: SQLite's own number, else a column named id, else nothing."""
    try:
        connection.execute(f"SELECT rowid FROM {quoted(table)} LIMIT 0")  # noqa: S608 - a name of ours
    except sqlite3.OperationalError:
        return quoted(there["id"]) if "id" in there else "NULL"
    return "rowid"
