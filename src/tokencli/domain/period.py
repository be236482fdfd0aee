"""Period: a half-open stretch of time [start, end) that knows its zone and first day of the week."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from tokencli.domain.days import current_days, first_second, midnight, next_month, zone_named
from tokencli.domain.errors import (
    EmptyPeriodError,
    ImpossibleValueError,
    UnknownMomentError,
    UnknownPeriodError,
    UnknownZoneError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

MONDAY = 0
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
CUSTOM = "custom"
"""The name of a stretch that --since or --until cut out."""
_YEARS = range(1900, 9000)
_ROLLING_DAYS = {"7d": 7, "30d": 30, "90d": 90}
_YEAR, _MONTH, _WEEK = re.compile(r"\d{4}"), re.compile(r"(\d{4})-(\d{2})"), re.compile(r"(\d{4})-W(\d{2})")
_SECOND, _HOUR, _DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


class Grain(StrEnum):
    """How wide one bucket of time is."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Bucket(NamedTuple):
    """One stretch [start, end) of a period; its label is 2026-11-20T14:00+01:00, 2026-11-20, 2026-W47 or 2026-11."""

    start: datetime
    end: datetime
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The stretch [start, end): both aware UTC, the start belongs to it and the end does not.

    `zone` is a name of the time zone database; days, weeks and months are counted in it. `week_start`
    is 0 for Monday to 6 for Sunday.

    Raises:
        EmptyPeriodError: the end is not after the start.
        ImpossibleValueError: an end is no aware UTC time of the years 1900 to 8999, or `week_start` is no weekday.
        UnknownZoneError: the zone is not in the database.
    """

    name: str
    start: datetime
    end: datetime
    zone: str
    week_start: int = MONDAY

    def __post_init__(self) -> None:
        """Refuse what cannot be true."""
        for what, moment in (("start", self.start), ("end", self.end)):
            if moment.utcoffset() != timedelta(0):
                raise ImpossibleValueError(
                    what=f"a period's {what}", value=moment.isoformat(), rule="it must be an aware time in UTC"
                )
            if moment.year not in _YEARS:
                raise ImpossibleValueError(
                    what=f"a period's {what}", value=moment.isoformat(), rule="it lies in the years 1900 to 8999"
                )
        zone = zone_of(self.zone)
        if self.end <= self.start:
            ends = (moment.astimezone(zone).isoformat(timespec="minutes") for moment in (self.start, self.end))
            raise EmptyPeriodError(*ends)
        _check_week_start(self.week_start)

    def contains(self, moment: datetime) -> bool:
        """Say whether an aware time falls into the period."""
        return self.start <= moment < self.end

    def buckets(self, grain: Grain) -> Iterator[Bucket]:
        """Yield the buckets that partition the period, in order; the first and the last may be cut by its ends."""
        zone = zone_of(self.zone)
        start = _utc(self.start)
        while start < self.end:
            opening, closing = _around(start, grain, zone, self.week_start)
            end = min(closing, self.end)
            yield Bucket(start=start, end=end, label=_label(opening, grain, self.week_start))
            start = end


def zone_of(name: str) -> tzinfo:
    """Return the zone of that name; raise UnknownZoneError when there is none."""
    zone = zone_named(name)
    if zone is None:
        raise UnknownZoneError(name)
    return zone


def period_of(
    name: str, *, now: datetime, zone: str, week_start: int = MONDAY, earliest: datetime | None = None
) -> Period:
    """Return the period of that name.

    Args:
        name: a word (today, yesterday, week, last-week, month, last-month, year, all), a rolling stretch
            (24h, or 7d, 30d, 90d, 1y in whole days with today included)
            or a date (2026, 2026-11, 2026-W47, 2026-11-20).
        now: aware; decides what "today" is.
        zone: the zone in which days are counted.
        week_start: the first day of a calendar week, 0 for Monday; ISO weeks always begin on Monday.
        earliest: where "all" begins; without it "all" begins today.

    Raises:
        UnknownPeriodError: the name is none of these.
        ImpossibleValueError: `now` or `earliest` is naive, or `week_start` is no weekday.
    """
    there = zone_of(zone)
    _check_week_start(week_start)
    _check_aware("now", now)
    if earliest:
        _check_aware("earliest", earliest)
    today = now.astimezone(there).date()
    if name == "24h":
        return Period(name=name, start=_utc(now - timedelta(hours=24)), end=_utc(now), zone=zone, week_start=week_start)
    first_day, day_after = _days(name, today, week_start, earliest.astimezone(there).date() if earliest else today)
    try:
        start, end = midnight(first_day, there), midnight(day_after, there)
    except OverflowError:
        raise UnknownPeriodError(name) from None
    return Period(name=name, start=start, end=end, zone=zone, week_start=week_start)


def moment_of(text: str, zone: str) -> datetime:
    """Return an ISO date (its midnight in `zone`) or date and time (in `zone` when it has no offset) as aware UTC.

    Raises:
        UnknownMomentError: the text is neither.
    """
    there = zone_of(zone)
    try:
        moment = datetime.fromisoformat(text)
        return _utc(moment if moment.tzinfo else moment.replace(tzinfo=there))
    except (ValueError, OverflowError):
        raise UnknownMomentError(text) from None


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _check_aware(what: str, moment: datetime) -> None:
    if moment.utcoffset() is None:
        raise ImpossibleValueError(what=what, value=moment.isoformat(), rule="it must know its zone")


def _check_week_start(week_start: object) -> None:
    if not isinstance(week_start, int) or isinstance(week_start, bool) or week_start not in range(7):
        raise ImpossibleValueError(
            what="week_start", value=week_start, rule="it lies between 0 (Monday) and 6 (Sunday)"
        )


def _days(name: str, today: date, week_start: int, earliest: date) -> tuple[date, date]:
    tomorrow = today + timedelta(days=1)
    if name in _ROLLING_DAYS:
        return tomorrow - timedelta(days=_ROLLING_DAYS[name]), tomorrow
    current = current_days(today, week_start)
    monday, month = current["week"][0], current["month"][0]
    words = {
        **current,
        "yesterday": (today - timedelta(days=1), today),
        "last-week": (monday - timedelta(days=7), monday),
        "last-month": ((month - timedelta(days=1)).replace(day=1), month),
        "year": (date(today.year, 1, 1), date(today.year + 1, 1, 1)),
        "1y": (_year_before(tomorrow), tomorrow),
        "all": (min(earliest, today), tomorrow),
    }
    return words[name] if name in words else _dated(name)


def _dated(name: str) -> tuple[date, date]:
    try:
        if _YEAR.fullmatch(name):
            return date(int(name), 1, 1), date(int(name) + 1, 1, 1)
        if match := _MONTH.fullmatch(name):
            first = date(int(match[1]), int(match[2]), 1)
            return first, next_month(first)
        if match := _WEEK.fullmatch(name):
            first = date.fromisocalendar(int(match[1]), int(match[2]), 1)
            return first, first + timedelta(days=7)
        day = date.fromisoformat(name)
        return day, day + timedelta(days=1)
    except (ValueError, OverflowError):
        raise UnknownPeriodError(name) from None


def _year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


def _around(moment: datetime, grain: Grain, zone: tzinfo, week_start: int) -> tuple[datetime, datetime]:
    """Return the local opening and the UTC closing of the bucket that holds an instant (UTC)."""
    if grain is Grain.HOUR:
        return _hour_around(moment, zone)
    day = moment.astimezone(zone).date()
    # Where clocks went back across midnight, yesterday comes again for a while: that is counted to the new day.
    if midnight(day + _DAY, zone) <= moment:
        day += _DAY
    if grain is Grain.DAY:
        first, after = day, day + _DAY
    elif grain is Grain.WEEK:
        first = day - timedelta(days=(day.weekday() - week_start) % 7)
        after = first + timedelta(days=7)
    else:
        first = day.replace(day=1)
        after = next_month(first)
    return datetime.combine(first, time(), tzinfo=zone), midnight(after, zone)


def _hour_around(moment: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """Return the ends of a local hour; it is cut where the clocks change inside it, as on Lord Howe Island."""
    local = moment.astimezone(zone)
    opening = moment - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    closing = opening + _HOUR
    here = local.utcoffset()
    if opening.astimezone(zone).utcoffset() != here:
        opening = first_second(opening, moment, lambda then: then.astimezone(zone).utcoffset() == here)
    if (closing - _SECOND).astimezone(zone).utcoffset() != here:
        closing = first_second(moment, closing, lambda then: then.astimezone(zone).utcoffset() != here)
    return opening.astimezone(zone), closing


def _label(opening: datetime, grain: Grain, week_start: int) -> str:
    if grain is Grain.HOUR:
        return opening.isoformat(timespec="minutes")
    if grain is Grain.MONTH:
        return f"{opening:%Y-%m}"
    if grain is Grain.WEEK and week_start == MONDAY:
        return f"{opening:%G-W%V}"
    return f"{opening:%Y-%m-%d}"
