"""Days: the instant at which a local day begins, the days of the week and the month that it is, and whose zone."""

from __future__ import annotations

import os
from datetime import UTC, datetime, time, timedelta

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, tzinfo

DAY = timedelta(days=1)


def zone_named(name: str) -> tzinfo | None:
    """Return the zone of that name; None when there is none."""
    if name in {"UTC", "Etc/UTC"}:
        return UTC
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def local_zone_name() -> str:
    """Return the machine's zone by name: TZ, else where /etc/localtime leads, else UTC."""
    place = os.environ.get("TZ", "").removeprefix(":") or os.path.realpath("/etc/localtime")
    name = place.rpartition("zoneinfo/")[2]
    return "UTC" if name.startswith("/") or zone_named(name) is None else name


def current_days(today: date, week_start: int) -> dict[str, tuple[date, date]]:
    """Return the first day of "today", "week" and "month", and the day after the last."""
    monday = today - timedelta(days=(today.weekday() - week_start) % 7)
    month = today.replace(day=1)
    return {
        "today": (today, today + DAY),
        "week": (monday, monday + 7 * DAY),
        "month": (month, next_month(month)),
    }


def next_month(first: date) -> date:
    """Return the first day of the month after the one that begins on that day."""
    return (first + timedelta(days=32)).replace(day=1)


def midnight(day: date, zone: tzinfo) -> datetime:
    """Return the first instant (UTC) of a local day, also where midnight is skipped or comes twice."""
    wall = datetime.combine(day, time(), tzinfo=zone)
    midnight = wall.astimezone(UTC)
    if midnight.astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return midnight
    return first_second(midnight - DAY, midnight + DAY, lambda moment: moment.astimezone(zone).date() >= day)


def first_second(low: datetime, high: datetime, holds: Callable[[datetime], bool]) -> datetime:
    """Return the first whole second after `low` and up to `high` at which a claim holds that then stays true."""
    start, before, after = low.replace(microsecond=0), 0, int((high - low).total_seconds())
    while after - before > 1:
        middle = (before + after) // 2
        if holds(start + timedelta(seconds=middle)):
            after = middle
        else:
            before = middle
    return start + timedelta(seconds=after)
