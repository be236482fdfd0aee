from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from tokencli.domain.errors import ImpossibleValueError, UnknownZoneError
from tokencli.readers.timestamps import OFFSET, Clock, agreed

SECOND = 1_000_000


def us(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * SECOND)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        (b"2025-10-10 14:32:15,123 INFO", "2025-10-10 14:32:15.123"),
        (b"2025-10-10T14:32:15.123456Z", "2025-10-10 14:32:15.123456"),
        (b"2025-10-10T14:32:15.123456789Z", "2025-10-10 14:32:15.123456"),
        (b"[2025-10-10 14:32:15 +0200] [7] [INFO]", "2025-10-10 12:32:15"),
        (b"2025-10-10T14:32:15-05:30 x", "2025-10-10 20:02:15"),
        (b"2025-10-10 14:32:15", "2025-10-10 14:32:15"),
        (b"\0\0\x002025-10-10 14:32:15.5 | INFO", "2025-10-10 14:32:15.5"),
        (b"2016-12-31 23:59:60 leap", "2017-01-01 00:00:00"),
    ],
)
def test_times_of_every_logger_are_read(text: bytes, moment: str) -> None:
    assert Clock("UTC").last_in(text) == us(moment)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"no time at all",
        b"2025-13-10 14:32:15",
        b"2025-02-30 14:32:15",
        b"2025-10-10 25:32:15",
        b"2025-10-10 14:61:15",
        b"2025-10-10 14:32:75",
        b"0000-00-00 00:00:00",
        b"0001-01-01 00:00:00",
        b"1969-12-31 23:59:59",
        b"1899-12-30T00:00:00Z",
        b"2200-01-01 00:00:00",
        b"9999-12-31 23:59:59,999",
        b"12025-10-10 14:32:15",
        b"2025-10-10 14:32:15+99:99",
    ],
)
def test_absurd_dates_are_no_times(text: bytes) -> None:
    assert Clock("UTC").last_in(text) is None


def test_first_and_last_believable_moments_are_times() -> None:
    assert Clock("UTC").last_in(b"1970-01-01 00:00:00") == 0
    assert Clock("UTC").last_in(b"2199-12-31 23:59:59") == us("2199-12-31 23:59:59")
    assert Clock("Europe/Paris").last_in(b"1970-01-01 00:30:00") is None


def test_time_in_the_hour_that_comes_twice_is_the_first_of_both() -> None:
    clock = Clock("Europe/Paris")
    assert clock.last_in(b"2025-10-26 02:30:00") == us("2025-10-26 00:30:00")
    assert clock.last_in(b"2025-10-26 02:30:00+01:00") == us("2025-10-26 01:30:00")
    assert clock.last_in(b"2025-10-26 03:00:00") == us("2025-10-26 02:00:00")


def test_time_in_the_hour_that_never_was_is_read_by_the_clock_before() -> None:
    clock = Clock("Europe/Paris")
    assert clock.last_in(b"2025-03-30 02:30:00") == us("2025-03-30 01:30:00")
    assert clock.last_in(b"2025-03-30 03:00:00") == us("2025-03-30 01:00:00")


def test_last_of_doubled_times_is_the_programs_own() -> None:
    assert Clock("UTC").last_in(b"2025-10-02 06:12:01 2025-10-02 06:12:01,091 INFO") == us("2025-10-02 06:12:01.091")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        (b"2025-10-02T06:12:01.093456789Z stdout F 2025-10-02 06:12:01,091 INFO", "2025-10-02 06:12:01.091"),
        (b"2025-10-02T06:12:01.093456789Z stdout F 2025-10-02 08:12:01,091 INFO", "2025-10-02 06:12:01.093456"),
        (b"2025-10-02 06:12:01,091 [2025-10-02T06:12:04Z] INFO", "2025-10-02 06:12:04"),
    ],
)
def test_time_with_an_offset_decides_unless_the_own_time_agrees(text: bytes, moment: str) -> None:
    assert Clock("UTC").last_in(text) == us(moment)


def test_agreed_time_is_the_own_one_within_two_seconds() -> None:
    assert agreed(10 * SECOND, 12 * SECOND) == 10 * SECOND
    assert agreed(10 * SECOND, 12 * SECOND + 1) == 12 * SECOND + 1
    assert agreed(None, 7) == 7


def test_iso_reads_what_cloud_logging_writes_and_nothing_else() -> None:
    clock = Clock("Europe/Paris")
    assert clock.iso("2025-10-10T14:32:15.123456789Z") == us("2025-10-10 14:32:15.123456")
    assert clock.iso("2025-10-10T14:32:15Z") == us("2025-10-10 14:32:15")
    assert clock.iso("yesterday") is None
    assert clock.iso("\ud800") is None


def test_midnight_is_that_of_the_zone() -> None:
    assert Clock("Europe/Paris").midnight(date(2025, 10, 10)) == us("2025-10-09 22:00:00")
    assert Clock("America/Sao_Paulo").midnight(date(2018, 11, 4)) == us("2018-11-04 03:00:00")


@pytest.mark.parametrize("day", [date.min, date(1970, 1, 1), date(2200, 1, 1), date.max])
def test_day_of_an_absurd_year_is_refused_in_words(day: date) -> None:
    with pytest.raises(ImpossibleValueError, match="between 1971 and 2199"):
        Clock("Europe/Paris").midnight(day)


def test_unknown_zone_is_refused() -> None:
    with pytest.raises(UnknownZoneError):
        Clock("Mars/Olympus")


def test_many_different_minutes_are_read_right_although_few_are_remembered() -> None:
    clock = Clock("UTC")
    texts = [
        f"2025-10-{day:02d} {hour:02d}:{minute:02d}"
        for day in (1, 2, 3, 4)
        for hour in range(24)
        for minute in range(60)
    ]
    assert [clock.minute(text.encode()) for text in texts * 2] == [us(text) for text in texts * 2]


def test_offset_is_told_from_words() -> None:
    assert OFFSET.match(b" +0200 INFO")
    assert OFFSET.match(b"Z INFO")
    assert not OFFSET.match(b" INFO")
    assert not OFFSET.match(b" - app - INFO")
