"""Rows of comparisons say what was measured and beside what."""

from __future__ import annotations

import sys

from bench.comparison import MEMORY_AIM_MIB, compared, memory, span
from bench.measure import Command, Run


def runs(*walls: float) -> list[Run]:
    return [Run(wall_s=wall, cpu_s=wall / 2) for wall in walls]


def testspan_shows_the_median_between_fastest_and_slowest() -> None:
    assert span(runs(0.5, 0.1, 0.2)) == "0.200 s (0.100-0.500), 0.100 s CPU"
    assert span(runs(4.0, 5.5, 6.0)) == "5.50 s (4.00-6.00), 2.75 s CPU"


def test_comparison_is_the_ratio_of_medians_against_the_aim() -> None:
    row = compared("cold ingest", [runs(4.0, 4.4, 9.0), runs(0.4, 0.4, 0.5)], "grep", aim=12)
    assert (round(row.value, 6), row.unit, row.verdict) == (11.0, "x", "PASS")
    assert row.reference == "grep: 0.400 s (0.400-0.500), 0.200 s CPU"


def test_memory_is_that_of_the_whole_tree_against_the_aim() -> None:
    row = memory("sleep", Command(args=(sys.executable, "-c", "import time; time.sleep(0.2)"), env={}))
    assert (row.what, row.unit, row.aim) == ("peak memory: sleep", "MiB", MEMORY_AIM_MIB)
    assert 0 < row.value < MEMORY_AIM_MIB
