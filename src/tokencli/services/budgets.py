"""Thresholds: what a day, a week and a month may cost, what they did cost, and each crossing told once.

The limits are those of config.toml's [limits]; COST_DAILY_LIMIT, COST_WEEKLY_LIMIT and COST_MONTHLY_LIMIT go before
them. Days, weeks and months are those of the user's zone, as in every report.
"""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tokencli.domain.errors import InputError
from tokencli.domain.money import ZERO, Usd, plain
from tokencli.domain.period import MONDAY, period_of
from tokencli.domain.threshold import Level, Threshold
from tokencli.store import queries
from tokencli.store.meta import meta_value, set_meta

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from tokencli.config.values import LimitSettings
    from tokencli.domain.report import Report
    from tokencli.store.database import Connection

PERIODS: Final = {"day": "today", "week": "week", "month": "month"}
VARIABLES: Final = {"day": "COST_DAILY_LIMIT", "week": "COST_WEEKLY_LIMIT", "month": "COST_MONTHLY_LIMIT"}
_KEYS: Final = {"day": "daily_usd", "week": "weekly_usd", "month": "monthly_usd"}
_MOST_USD: Final = Decimal(10**6)
_CROSSED: Final = "crossed_thresholds"
_RANKS: Final = {Level.OK: 0, Level.WARNING: 1, Level.OVER: 2}


class BadLimitError(InputError):
    """An environment variable that should hold an amount of dollars."""

    def __init__(self, name: str, value: str) -> None:
        """Name both, and what to write."""
        super().__init__(f"{name} is {value!r}: write dollars from 0 to 1000000, such as {name}=3.50, or unset it.")


class Calendar(NamedTuple):
    """Which day it is for the user: the time, the zone by name, the first day of the week (0 for Monday)."""

    now: datetime
    zone: str
    week_start: int = MONDAY


def limits_of(settings: LimitSettings, environ: Mapping[str, str]) -> dict[str, Usd]:
    """Return the limits in dollars by "day", "week" and "month", those that there are.

    Raises:
        BadLimitError: a variable of the environment is no amount.
    """
    found: dict[str, Usd] = {}
    for name, variable in VARIABLES.items():
        written = environ.get(variable, "").strip()
        limit = _amount(variable, written) if written else getattr(settings, _KEYS[name])
        if limit is not None:
            found[name] = limit
    return found


def _amount(variable: str, written: str) -> Usd:
    try:
        amount = Decimal(written)
    except InvalidOperation:
        raise BadLimitError(variable, written) from None
    if not (amount.is_finite() and 0 <= amount <= _MOST_USD):
        raise BadLimitError(variable, written)
    return Usd(amount)


def thresholds(connection: Connection, limits: Mapping[str, Usd], calendar: Calendar) -> tuple[Threshold, ...]:
    """Return how each limit stands; money is the list cost, as a report over the same days shows it."""
    found = ((name, limit, current(connection, name, calendar)) for name, limit in limits.items())
    return tuple(
        Threshold(
            name=name,
            period=report.period,
            limit=limit,
            spent=ZERO if report.totals.list_cost is None else report.totals.list_cost,
            unpriced_requests=report.totals.unpriced_requests,
        )
        for name, limit, report in found
    )


def current(connection: Connection, name: str, calendar: Calendar, by: Sequence[str] = ()) -> Report:
    """Return the sums of the "day", "week" or "month" that it is, by some dimensions."""
    period = period_of(PERIODS[name], now=calendar.now, zone=calendar.zone, week_start=calendar.week_start)
    return queries.report(connection, period, by)


def crossings(connection: Connection, found: Iterable[Threshold]) -> tuple[Threshold, ...]:
    """Return the thresholds that have come to a higher level than was ever told in their period, and remember them.

    It belongs inside the caller's transaction. What was told survives a restart; a new day, week or month begins anew.
    """
    told: dict[str, Any] = json.loads(meta_value(connection, _CROSSED) or "{}")
    new = [each for each in found if _RANKS[each.level] > _told_rank(told.get(each.name), each)]
    if new:
        told.update({each.name: [each.period.start.isoformat(), each.level.value] for each in new})
        set_meta(connection, _CROSSED, json.dumps(told))
    return tuple(new)


def _told_rank(told: list[str] | None, threshold: Threshold) -> int:
    is_of_period = told is not None and told[0] == threshold.period.start.isoformat()
    return _RANKS[Level(told[1])] if is_of_period and told else 0


def threshold_values(threshold: Threshold) -> dict[str, Any]:
    """Return a threshold as JSON values: money as a string of dollars, the ratio as a number or None."""
    ratio = threshold.ratio
    return {
        "name": threshold.name,
        "start": threshold.period.start.isoformat(),
        "end": threshold.period.end.isoformat(),
        "time_zone": threshold.period.zone,
        "limit": plain(threshold.limit),
        "spent": plain(threshold.spent),
        "unpriced_requests": threshold.unpriced_requests,
        "ratio": None if ratio is None else round(float(ratio), 4),
        "level": threshold.level.value,
    }
