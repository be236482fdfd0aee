"""The live page is measured as a person waits for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.live import LIVE_SECTIONS, WAIT_AIM_MS
from bench.workshop import Sizes, Workshop

if TYPE_CHECKING:
    from pathlib import Path

TINY = Sizes(mixed_lines=10, dense_lines=10, long_line_bytes=10, many_events=10, rounds=1, short_rounds=2)


def test_every_row_is_a_wait_with_an_aim(tmp_path: Path) -> None:
    shop = Workshop(sizes=TINY, home=tmp_path, data=tmp_path)
    rows = LIVE_SECTIONS["live-1m"](shop)
    assert {row.what.split(",")[0] for row in rows} >= {"/api/live", "/metrics"}
    for row in rows:
        assert (row.unit, row.aim) == ("ms", WAIT_AIM_MS)
        assert row.value > 0
