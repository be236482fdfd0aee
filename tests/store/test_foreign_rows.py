from __future__ import annotations

from typing import TYPE_CHECKING

from tests.foreign_databases import COST_LOGS, cockpit, cost_row, dashboard, make
from tokencli.store.foreign_rows import cost_rows, metric_rows

if TYPE_CHECKING:
    from pathlib import Path


def test_both_cost_tables_are_read_in_the_order_of_their_rows(tmp_path: Path) -> None:
    path = make(cockpit(tmp_path / "a.db", cost_row(), cost_row(model="b")), COST_LOGS)
    make(path, "INSERT INTO cost_logs VALUES (7, 't', 'm', 0.5)")
    found = list(cost_rows(str(path)))
    assert found[0] == ("costs", 1, "2025-10-10T12:00:00", "s-1", "neo", None, "gpt-4o", 3000, 800, 0.0155, "chat")
    assert [(row[0], row[1], row[6]) for row in found] == [
        ("costs", 1, "gpt-4o"),
        ("costs", 2, "b"),
        ("cost_logs", 7, "m"),
    ]


def test_metrics_come_with_their_session_and_without_their_preview(tmp_path: Path) -> None:
    path = dashboard(tmp_path / "b.db", (2, "t", 9, 1, None, None), (99, "t", 9, 1, None, None))
    known, lost = metric_rows(str(path))
    assert known[-3:] == ("second", "managed:kimi-code", "kimi-code/kimi-for-coding")
    assert lost[-3:] == (None, None, None)
    assert "a secret prompt" not in map(str, known)


def test_a_table_without_row_numbers_is_numbered_by_its_id(tmp_path: Path) -> None:
    path = make(
        tmp_path / "a.db",
        "CREATE TABLE costs (id TEXT PRIMARY KEY, model TEXT) WITHOUT ROWID",
        "CREATE TABLE cost_logs (model_name TEXT PRIMARY KEY) WITHOUT ROWID",
        "INSERT INTO costs VALUES ('x', 'm')",
        "INSERT INTO cost_logs VALUES ('n')",
    )
    assert [row[:2] for row in cost_rows(str(path))] == [("costs", "x"), ("cost_logs", None)]


def test_a_file_without_such_tables_has_no_rows(tmp_path: Path) -> None:
    path = make(tmp_path / "a.db", "CREATE TABLE notes (body TEXT)")
    assert list(cost_rows(str(path))) == []
    assert list(metric_rows(str(path))) == []
