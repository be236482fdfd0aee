"""The sections: their rows say what was measured and beside what."""

from __future__ import annotations

from bench.measure import Run
from bench.sections import LOG_SECTIONS, MEMORY_AIM_MIB, SECTIONS, _compared, _span


def runs(*walls: float) -> list[Run]:
    return [Run(wall_s=wall, cpu_s=wall / 2) for wall in walls]


def test_every_promise_has_a_section() -> None:
    assert list(LOG_SECTIONS) == ["cold-10m", "cold-1m", "line-1g", "again", "report-1m", "report-10m", "help"]
    assert MEMORY_AIM_MIB == 150
    assert set(LOG_SECTIONS) < set(SECTIONS)


def test_span_shows_the_median_between_fastest_and_slowest() -> None:
    assert _span(runs(0.5, 0.1, 0.2)) == "0.200 s (0.100-0.500), 0.100 s CPU"
    assert _span(runs(4.0, 5.5, 6.0)) == "5.50 s (4.00-6.00), 2.75 s CPU"


def test_comparison_is_the_ratio_of_medians_against_the_aim() -> None:
    row = _compared("cold ingest", [runs(4.0, 4.4, 9.0), runs(0.4, 0.4, 0.5)], "grep", aim=12)
    assert (round(row.value, 6), row.unit, row.verdict) == (11.0, "x", "PASS")
    assert row.reference == "grep: 0.400 s (0.400-0.500), 0.200 s CPU"
