"""Periods partition time, in every zone and across every change of the clocks."""

from __future__ import annotations

import zoneinfo
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokencli.domain.days import local_zone_name
from tokencli.domain.errors import (
    EmptyPeriodError,
    ImpossibleValueError,
    TokencliError,
    UnknownMomentError,
    UnknownPeriodError,
    UnknownZoneError,
)
from tokencli.domain.period import Bucket, Grain, Period, moment_of, period_of, zone_of

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 11, 20, 14, 30, 15, 123456, tzinfo=UTC)  # a Friday of ISO week 47
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)

# Zones whose clocks do what few people expect: half-hour changes, changes at midnight, a day that never was, one minute
# past midnight, two changes within Ramadan, offsets of 45 minutes.
ODD_ZONES = (
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Havana",
    "America/Santiago",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Asia/Tehran",
    "Australia/Lord_Howe",
    "Europe/Dublin",
    "Europe/Paris",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "UTC",
)
ALL_ZONES = sorted(zoneinfo.available_timezones())
NAMES = (
    *("today", "yesterday", "week", "last-week", "month", "last-month", "year", "all", "24h", "7d", "30d", "90d", "1y"),
    *("2026", "2026-11", "2026-W47", "2026-11-20"),
)

zones = st.sampled_from(ALL_ZONES) | st.sampled_from(ODD_ZONES)
instants = st.datetimes(datetime(1950, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - zone beside
week_starts = st.integers(0, 6)


def changes(zone: str, first_year: int, last_year: int) -> Iterator[datetime]:
    """Yield the instants (to the second) at which the zone's offset changes."""
    there = zone_of(zone)
    low = datetime(first_year, 1, 1, tzinfo=UTC)
    while low.year <= last_year:
        high = low + 7 * DAY
        if low.astimezone(there).utcoffset() != high.astimezone(there).utcoffset():
            before, after = low, high
            while after - before > SECOND:
                middle = before + (after - before) // 2
                middle = middle.replace(microsecond=0)
                if middle.astimezone(there).utcoffset() == low.astimezone(there).utcoffset():
                    before = middle
                else:
                    after = middle
            yield after
        low = high


def assert_partition(buckets: list[Bucket], period: Period) -> None:
    assert buckets[0].start == period.start
    assert buckets[-1].end == period.end
    assert all(bucket.start < bucket.end for bucket in buckets)
    assert all(one.end == two.start for one, two in pairwise(buckets))
    labels = [bucket.label for bucket in buckets]
    assert len(set(labels)) == len(labels)


@given(zones, instants, st.timedeltas(timedelta(microseconds=1), timedelta(days=40)), week_starts)
def test_buckets_of_every_grain_partition_a_period_in_every_zone(
    zone: str, start: datetime, length: timedelta, week_start: int
) -> None:
    period = Period(name="p", start=start, end=start + length, zone=zone, week_start=week_start)
    for grain in Grain:
        assert_partition(list(period.buckets(grain)), period)


@pytest.mark.parametrize("zone", ODD_ZONES)
def test_buckets_partition_the_days_around_every_change_of_the_clocks(zone: str) -> None:
    for change in changes(zone, 1998, 2027):
        for start in (change - 36 * HOUR, change - timedelta(minutes=17), change, change + timedelta(minutes=17)):
            period = Period(name="p", start=start, end=change + 60 * HOUR, zone=zone)
            for grain in Grain:
                assert_partition(list(period.buckets(grain)), period)


@pytest.mark.parametrize("zone", ODD_ZONES)
def test_an_hour_bucket_holds_one_local_hour_of_one_offset(zone: str) -> None:
    there = zone_of(zone)
    for change in changes(zone, 1998, 2027):
        period = Period(name="p", start=change - 30 * HOUR, end=change + 30 * HOUR, zone=zone)
        for bucket in period.buckets(Grain.HOUR):
            first, last = bucket.start.astimezone(there), (bucket.end - SECOND).astimezone(there)
            assert (first.date(), first.hour, first.utcoffset()) == (last.date(), last.hour, last.utcoffset())
            assert bucket.end - bucket.start <= HOUR


def test_a_year_of_days_has_every_day_once_in_every_zone() -> None:
    days = [str(date(2026, 1, 1) + n * DAY) for n in range(365)]
    for zone in ALL_ZONES:
        period = period_of("2026", now=NOW, zone=zone)
        assert [bucket.label for bucket in period.buckets(Grain.DAY)] == days, zone


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/New_York", "Australia/Sydney", "Africa/Cairo"])
def test_the_days_of_both_clock_changes_have_23_and_25_hours(zone: str) -> None:
    days = period_of("2026", now=NOW, zone=zone).buckets(Grain.DAY)
    lengths = sorted((day.end - day.start) // HOUR for day in days)
    assert (lengths[0], lengths[1], lengths[-2], lengths[-1]) == (23, 24, 24, 25)


def test_both_hours_of_the_night_when_clocks_go_back_have_their_own_label() -> None:
    period = period_of("2026-10-25", now=NOW, zone="Europe/Paris")
    labels = [bucket.label for bucket in period.buckets(Grain.HOUR)]
    assert labels[2:4] == ["2026-10-25T02:00+02:00", "2026-10-25T02:00+01:00"]
    assert len(labels) == 25


def test_the_hour_that_is_skipped_in_spring_has_no_bucket() -> None:
    period = period_of("2026-03-29", now=NOW, zone="Europe/Paris")
    labels = [bucket.label for bucket in period.buckets(Grain.HOUR)]
    assert labels[1:3] == ["2026-03-29T01:00+01:00", "2026-03-29T03:00+02:00"]
    assert len(labels) == 23


def test_a_half_hour_change_cuts_the_hour_and_labels_it_by_its_first_minute() -> None:
    autumn = period_of("2026-04-05", now=NOW, zone="Australia/Lord_Howe")
    assert [bucket.label for bucket in autumn.buckets(Grain.HOUR)][1:4] == [
        "2026-04-05T01:00+11:00",
        "2026-04-05T01:30+10:30",
        "2026-04-05T02:00+10:30",
    ]


def test_a_day_whose_midnight_is_skipped_begins_at_its_first_instant() -> None:
    period = period_of("2026-04-24", now=NOW, zone="Africa/Cairo")
    assert period.start == datetime(2026, 4, 23, 22, 0, tzinfo=UTC)
    assert period.start.astimezone(zone_of("Africa/Cairo")).hour == 1


def test_a_day_whose_midnight_comes_twice_begins_at_the_first() -> None:
    period = period_of("2026-11-01", now=NOW, zone="America/Havana")
    assert period.start == datetime(2026, 11, 1, 4, 0, tzinfo=UTC)
    assert period.end - period.start == 25 * HOUR


def test_a_day_that_the_zone_left_out_is_refused() -> None:
    with pytest.raises(EmptyPeriodError):
        period_of("2011-12-30", now=NOW, zone="Pacific/Apia")


@given(st.sampled_from(NAMES), zones, instants, week_starts)
def test_every_named_period_begins_and_ends_at_a_local_day(
    name: str, zone: str, now: datetime, week_start: int
) -> None:
    try:
        period = period_of(name, now=now, zone=zone, week_start=week_start)
    except EmptyPeriodError:
        assert name == "yesterday"  # the zone moved across the date line and left that day out
        return
    assert period.start < period.end
    if name == "24h":
        assert (period.start, period.end) == (now - DAY, now)
        return
    there = zone_of(zone)
    for moment in (period.start, period.end):
        assert moment.astimezone(there).date() > (moment - SECOND).astimezone(there).date()


@given(st.sampled_from(("today", "week", "month", "year", "all", "7d", "30d", "90d", "1y")), zones, instants)
def test_now_is_inside_every_current_period(name: str, zone: str, now: datetime) -> None:
    period = period_of(name, now=now, zone=zone)
    # Where yesterday comes again after midnight, it is counted to the new day.
    assert period.contains(now) or period.end <= now < period.end + HOUR


@given(zones, instants, week_starts)
def test_last_week_ends_where_week_begins_and_so_do_months_and_days(zone: str, now: datetime, week_start: int) -> None:
    for earlier, later in (("yesterday", "today"), ("last-week", "week"), ("last-month", "month")):
        try:
            before = period_of(earlier, now=now, zone=zone, week_start=week_start)
            after = period_of(later, now=now, zone=zone, week_start=week_start)
        except EmptyPeriodError:
            continue
        assert before.end == after.start


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("today", "2026-11-20T00:00", "2026-11-21T00:00"),
        ("yesterday", "2026-11-19T00:00", "2026-11-20T00:00"),
        ("week", "2026-11-16T00:00", "2026-11-23T00:00"),
        ("last-week", "2026-11-09T00:00", "2026-11-16T00:00"),
        ("month", "2026-11-01T00:00", "2026-12-01T00:00"),
        ("last-month", "2026-10-01T00:00", "2026-11-01T00:00"),
        ("year", "2026-01-01T00:00", "2027-01-01T00:00"),
        ("all", "2026-11-20T00:00", "2026-11-21T00:00"),
        ("7d", "2026-11-14T00:00", "2026-11-21T00:00"),
        ("30d", "2026-10-22T00:00", "2026-11-21T00:00"),
        ("90d", "2026-08-23T00:00", "2026-11-21T00:00"),
        ("1y", "2025-11-21T00:00", "2026-11-21T00:00"),
        ("2026", "2026-01-01T00:00", "2027-01-01T00:00"),
        ("2026-12", "2026-12-01T00:00", "2027-01-01T00:00"),
        ("2026-W01", "2025-12-29T00:00", "2026-01-05T00:00"),
        ("2026-W53", "2026-12-28T00:00", "2027-01-04T00:00"),
        ("2024-02-29", "2024-02-29T00:00", "2024-03-01T00:00"),
    ],
)
def test_period_names_mean_what_the_manual_says(name: str, start: str, end: str) -> None:
    period = period_of(name, now=NOW, zone="UTC")
    assert (f"{period.start:%Y-%m-%dT%H:%M}", f"{period.end:%Y-%m-%dT%H:%M}") == (start, end)
    assert period.name == name


def test_a_day_is_the_day_of_the_zone_and_not_of_utc() -> None:
    late = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    assert period_of("today", now=late, zone="Europe/Paris").start == datetime(2026, 11, 20, 23, 0, tzinfo=UTC)
    assert period_of("today", now=late, zone="America/New_York").start == datetime(2026, 11, 20, 5, 0, tzinfo=UTC)


def test_all_begins_on_the_day_of_the_earliest_call() -> None:
    earliest = datetime(2024, 3, 31, 23, 30, tzinfo=UTC)
    assert period_of("all", now=NOW, zone="Europe/Paris", earliest=earliest).start == datetime(
        2024, 3, 31, 22, tzinfo=UTC
    )


def test_the_year_before_the_29th_of_february_is_whole() -> None:
    period = period_of("1y", now=datetime(2024, 2, 28, 12, tzinfo=UTC), zone="UTC")
    assert (period.start.date(), period.end.date()) == (date(2023, 2, 28), date(2024, 2, 29))


@pytest.mark.parametrize("week_start", range(7))
def test_a_week_begins_on_the_chosen_day_and_holds_today(week_start: int) -> None:
    period = period_of("week", now=NOW, zone="Europe/Paris", week_start=week_start)
    assert period.start.astimezone(zone_of("Europe/Paris")).weekday() == week_start
    assert period.contains(NOW)


def test_week_buckets_carry_iso_weeks_only_when_weeks_begin_on_monday() -> None:
    monday = period_of("2026-11", now=NOW, zone="UTC").buckets(Grain.WEEK)
    sunday = period_of("2026-11", now=NOW, zone="UTC", week_start=6).buckets(Grain.WEEK)
    assert next(monday).label == "2026-W44"
    assert next(sunday).label == "2026-11-01"


def test_month_buckets_carry_their_month() -> None:
    assert [bucket.label for bucket in period_of("90d", now=NOW, zone="UTC").buckets(Grain.MONTH)] == [
        "2026-08",
        "2026-09",
        "2026-10",
        "2026-11",
    ]


def test_the_start_belongs_to_a_period_and_the_end_does_not() -> None:
    period = period_of("today", now=NOW, zone="UTC")
    assert period.contains(period.start)
    assert period.contains(period.end - timedelta(microseconds=1))
    assert not period.contains(period.end)


@pytest.mark.parametrize(
    "name", ["", "fortnight", "2026-13", "2026-W54", "2025-W53", "2026-02-30", "9999", "-1", "7", "2026-1", "to day"]
)
def test_an_unknown_period_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(UnknownPeriodError, match="last-week"):
        period_of(name, now=NOW, zone="UTC")


@given(st.text(max_size=12))
def test_any_text_is_a_period_or_refused_as_an_error_of_ours(text: str) -> None:
    with suppress(TokencliError):
        assert period_of(text, now=NOW, zone="Asia/Tokyo").name == text


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-20", "2026-11-19T23:00:00+00:00"),
        ("2026-11-20T14:30", "2026-11-20T13:30:00+00:00"),
        ("2026-11-20T14:30Z", "2026-11-20T14:30:00+00:00"),
        ("2026-11-20T14:30:15.5-05:00", "2026-11-20T19:30:15.500000+00:00"),
    ],
)
def test_a_moment_without_offset_is_read_in_the_zone(text: str, moment: str) -> None:
    assert moment_of(text, "Europe/Paris").isoformat() == moment


@pytest.mark.parametrize("text", ["", "soon", "2026-11-31", "0001-01-01", "9999-12-31T23:59-12:00", "25:00"])
def test_a_moment_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UnknownMomentError, match="2026-11-20T14:30"):
        moment_of(text, "Asia/Tokyo")


@pytest.mark.parametrize("zone", ["", "Mars/Phobos", "../etc/passwd", "/etc/localtime", "Europe", "a\0b", "\ud800"])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(UnknownZoneError):
        zone_of(zone)


@pytest.mark.parametrize(
    ("start", "end", "week_start"),
    [
        (NOW.replace(tzinfo=None), NOW + DAY, 0),
        (NOW, (NOW + DAY).replace(tzinfo=None), 0),
        (NOW.astimezone(zoneinfo.ZoneInfo("Asia/Tokyo")), NOW + DAY, 0),
        (datetime(1, 1, 1, tzinfo=UTC), NOW, 0),
        (NOW, datetime(9999, 12, 31, tzinfo=UTC), 0),
        (NOW, NOW + DAY, 7),
        (NOW, NOW + DAY, -1),
        (NOW, NOW + DAY, True),
        (NOW, NOW + DAY, 1.0),
    ],
)
def test_a_period_that_cannot_be_is_refused(start: datetime, end: datetime, week_start: int) -> None:
    with pytest.raises(ImpossibleValueError):
        Period(name="p", start=start, end=end, zone="UTC", week_start=week_start)


@pytest.mark.parametrize("length", [timedelta(0), -DAY])
def test_a_period_that_ends_before_it_begins_is_refused_with_both_ends(length: timedelta) -> None:
    with pytest.raises(EmptyPeriodError, match="--until is itself not part"):
        Period(name="p", start=NOW, end=NOW + length, zone="UTC")


def test_a_clock_without_zone_is_refused() -> None:
    with pytest.raises(ImpossibleValueError, match="now"):
        period_of("today", now=NOW.replace(tzinfo=None), zone="UTC")
    with pytest.raises(ImpossibleValueError, match="earliest"):
        period_of("all", now=NOW, zone="UTC", earliest=NOW.replace(tzinfo=None))
    with pytest.raises(ImpossibleValueError, match="week_start"):
        period_of("today", now=NOW, zone="UTC", week_start=9)


@pytest.mark.parametrize(
    ("setting", "name"),
    [
        ("Europe/Paris", "Europe/Paris"),
        (":America/New_York", "America/New_York"),
        (":/usr/share/zoneinfo/Asia/Tokyo", "Asia/Tokyo"),
        ("CET-1CEST", "UTC"),
    ],
)
def test_the_local_zone_is_what_tz_says(monkeypatch: pytest.MonkeyPatch, setting: str, name: str) -> None:
    monkeypatch.setenv("TZ", setting)
    assert local_zone_name() == name


@pytest.mark.parametrize(
    ("place", "name"), [("/usr/share/zoneinfo/Asia/Tokyo", "Asia/Tokyo"), ("/etc/localtime", "UTC")]
)
def test_the_local_zone_is_where_etc_localtime_leads(monkeypatch: pytest.MonkeyPatch, place: str, name: str) -> None:
    monkeypatch.delenv("TZ", raising=False)
    monkeypatch.setattr("os.path.realpath", lambda _: place)
    assert local_zone_name() == name
