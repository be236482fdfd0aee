"""Days and zones as they are asked for first; `test_period` holds what begins when."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from tokencli.domain.days import current_days, midnight, next_month, zone_named


def test_day_week_and_month_are_half_open() -> None:
    days = current_days(date(2026, 12, 31), 0)
    assert days["today"] == (date(2026, 12, 31), date(2027, 1, 1))
    assert days["week"] == (date(2026, 12, 28), date(2027, 1, 4))
    assert days["month"] == (date(2026, 12, 1), date(2027, 1, 1))
    assert current_days(date(2026, 12, 31), 6)["week"][0] == date(2026, 12, 27)
    assert next_month(date(2027, 1, 1)) == date(2027, 2, 1)


def test_a_day_without_a_midnight_begins_when_clocks_go_on() -> None:
    assert midnight(date(2018, 11, 4), ZoneInfo("America/Sao_Paulo")) == datetime(2018, 11, 4, 3, tzinfo=UTC)


@pytest.mark.parametrize("name", ["Mars/Olympus", "/etc/passwd", "", "../UTC"])
def test_there_is_no_such_zone(name: str) -> None:
    assert zone_named(name) is None


def test_utc_needs_no_database() -> None:
    assert zone_named("UTC") is UTC
    assert zone_named("Europe/Paris") == ZoneInfo("Europe/Paris")
