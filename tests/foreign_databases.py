"""Other programs' SQLite files, as those programs make them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

COSTS = (
    "CREATE TABLE costs (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp TEXT, session_id TEXT, user_id TEXT,"
    " agent TEXT, model TEXT, input_tokens INTEGER, output_tokens INTEGER, total_cost REAL, feature TEXT)"
)
COST_LOGS = "CREATE TABLE cost_logs (id INTEGER PRIMARY KEY, timestamp TEXT, model_name TEXT, cost REAL)"
SESSIONS = "CREATE TABLE sessions (id INTEGER PRIMARY KEY, name TEXT, provider TEXT, model TEXT, is_active INTEGER)"
METRICS = (
    "CREATE TABLE metrics (id INTEGER PRIMARY KEY, session_id INTEGER, timestamp TEXT, estimated_tokens INTEGER,"
    " percentage REAL, content_preview TEXT, is_estimated INTEGER, prompt_tokens INTEGER, completion_tokens INTEGER,"
    " source TEXT)"
)
_COST = ("2025-10-10T12:00:00", "s-1", "u", "neo", "gpt-4o", 3000, 800, 0.0155, "chat")


def cost_row(**changes: Any) -> tuple[Any, ...]:
    """Return a row of `costs` without its id."""
    names = ("time", "session", "user", "agent", "model", "into", "out", "cost", "feature")
    return tuple(changes.get(name, value) for name, value in zip(names, _COST, strict=True))


def make(path: Path, *statements: str) -> Path:
    """Make a file, or change one."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)
    return path


def add_costs(path: Path, rows: Iterable[tuple[Any, ...]]) -> Path:
    """Add rows to `costs`."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO costs (timestamp, session_id, user_id, agent, model, input_tokens, output_tokens, total_cost,"
            " feature) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )
    return path


def cockpit(path: Path, *rows: tuple[Any, ...]) -> Path:
    """Make a backend's file with these costs."""
    return add_costs(make(path, COSTS), rows)


def dashboard(path: Path, *metrics: tuple[Any, ...]) -> Path:
    """Make a proxy's file with two sessions and these metrics, without their ids."""
    make(path, SESSIONS, METRICS)
    make(path, "INSERT INTO sessions VALUES (1, 'first', 'mistral', 'mistral/mistral-large-2411', 1)")
    make(path, "INSERT INTO sessions VALUES (2, 'second', 'managed:kimi-code', 'kimi-code/kimi-for-coding', 0)")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO metrics (session_id, timestamp, estimated_tokens, percentage, content_preview, is_estimated,"
            " prompt_tokens, completion_tokens, source) VALUES (?, ?, ?, 1.5, 'a secret prompt', ?, ?, ?, 'proxy')",
            metrics,
        )
    return path
