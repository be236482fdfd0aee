"""The reference loop takes in every cost line, so that the comparison is fair."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from bench import logs, reference

if TYPE_CHECKING:
    from pathlib import Path


def test_reference_stores_every_cost_line_of_a_log(tmp_path: Path) -> None:
    logs.write_dense(tmp_path / "dense.log", 12_345)
    assert reference.main(str(tmp_path / "dense.log"), str(tmp_path / "costs.db")) == 12_345
    with closing(sqlite3.connect(tmp_path / "costs.db")) as connection:
        rows, models, tokens = connection.execute(
            "SELECT count(*), count(DISTINCT model), min(input_tokens) FROM costs"
        ).fetchone()
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert (rows, models) == (12_345, len(logs.MODELS))
    assert tokens >= 40
