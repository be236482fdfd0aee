"""What prompts wait for has an aim, and stands beside a Python that does nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.start import MOST, START_SECTIONS
from bench.workshop import Sizes, Workshop

if TYPE_CHECKING:
    from pathlib import Path

TINY = Sizes(mixed_lines=10, dense_lines=10, long_line_bytes=10, many_events=10, rounds=1, short_rounds=1)


def test_every_start_stands_beside_a_bare_python(tmp_path: Path) -> None:
    rows = START_SECTIONS["start"](Workshop(sizes=TINY, home=tmp_path, data=tmp_path))
    assert [row.what for row in rows if row.aim == MOST] == [
        "tokencli --help",
        "tokencli status, empty ledger",
        "tokencli status, 10 calls in the last month",
    ]
    assert all(row.reference.startswith("python -c pass: ") and row.unit == "x" for row in rows)
