"""The sections: their rows say what was measured and beside what."""

from __future__ import annotations

from bench.sections import MEMORY_AIM_MIB, SECTIONS, _compared, _span


def test_every_promise_has_a_section() -> None:
    assert list(SECTIONS) == ["cold-10m", "cold-1m", "line-1g", "again", "report-1m", "report-10m", "help"]
    assert MEMORY_AIM_MIB == 150


def test_span_shows_the_median_between_fastest_and_slowest() -> None:
    assert _span([0.5, 0.1, 0.2]) == "0.200 s (0.100-0.500)"
    assert _span([4.0, 5.5, 6.0]) == "5.50 s (4.00-6.00)"


def test_comparison_is_the_ratio_of_medians_against_the_aim() -> None:
    row = _compared("cold ingest", [[4.0, 4.4, 9.0], [0.4, 0.4, 0.5]], "grep", aim=12)
    assert (round(row.value, 6), row.unit, row.verdict) == (11.0, "x", "PASS")
    assert row.reference == "grep: 0.400 s (0.400-0.500)"
