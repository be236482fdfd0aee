"""The live view in the terminal is measured at rest and at work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.top import BUSY_AIM, IDLE_AIM, TOP_SECTIONS
from bench.workshop import Sizes, Workshop

if TYPE_CHECKING:
    from pathlib import Path

TINY = Sizes(mixed_lines=10, dense_lines=10, long_line_bytes=10, many_events=10, rounds=1, short_rounds=2, load_s=0)


def test_rest_and_work_have_aims_and_what_is_drawn_is_told(tmp_path: Path) -> None:
    rest, work, memory = TOP_SECTIONS["top-1m"](Workshop(sizes=TINY, home=tmp_path, data=tmp_path))
    assert [(row.unit, row.aim) for row in (rest, work, memory)] == [("%", IDLE_AIM), ("%", BUSY_AIM), ("MiB", None)]
    assert rest.measured.endswith(" % of a core")
    assert "kB/s to the terminal" in work.measured
    assert memory.value > 0
