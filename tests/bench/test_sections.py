"""The sections: every promise has one."""

from __future__ import annotations

from bench.sections import LOG_SECTIONS, SECTIONS


def test_every_promise_has_a_section() -> None:
    assert list(LOG_SECTIONS) == ["cold-10m", "cold-1m", "line-1g", "again", "report-1m", "report-10m", "help"]
    assert set(LOG_SECTIONS) | {"agents", "live-1m"} < set(SECTIONS)
