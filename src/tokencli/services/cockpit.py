"""The cockpit: the figures of the chat backend's dashboard, in the shapes that its pages read.

Dollars are JSON numbers here, as those pages expect them; everywhere else money is a string. The figures are those of
the report, days are those of the user's zone, and days without calls are there with zero.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from tokencli.domain.errors import UsageError
from tokencli.domain.period import period_of
from tokencli.domain.report import EventFilter
from tokencli.services.report import Question, period_asked
from tokencli.store import queries
from tokencli.store.sessions import named, sessions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tokencli.domain.money import Usd
    from tokencli.domain.period import Period
    from tokencli.domain.report import Totals
    from tokencli.services.budgets import Calendar
    from tokencli.store.database import Connection

STRETCHES: Final = ("7d", "30d", "90d", "1y")
TIMELINES: Final = ("activity", "costs", "tokens")
DISTRIBUTIONS: Final = ("messages", "threads", "tokens", "costs")
_THRESHOLDS: Final = {"day": "daily_threshold", "week": "weekly_threshold", "month": "monthly_threshold"}
_EVERYTHING: Final = EventFilter()


class BadStretchError(UsageError):
    """A stretch of time that the cockpit does not show."""

    def __init__(self, name: str) -> None:
        """Name it, and those there are."""
        super().__init__(f"there is no period {name!r} here: use one of {', '.join(STRETCHES)}.")


def summary(
    connection: Connection, limits: Mapping[str, Usd], calendar: Calendar, session_id: str | None = None
) -> dict[str, Any]:
    """Return the cockpit's summary, of all calls or of one session's."""
    where = _EVERYTHING if session_id is None else EventFilter(names={"session": (session_id,)})
    sums = {
        name: queries.report(connection, period, (), where).totals for name, period in _periods(connection, calendar)
    }
    everything = sums["all"]
    known = [each for each in sessions(connection) if session_id in {None, each.id}]
    return {
        "costs": {
            "total_cost": _dollars(everything),
            "today_cost": _dollars(sums["today"]),
            "current_week_cost": _dollars(sums["week"]),
            "current_month_cost": _dollars(sums["month"]),
        },
        "monitoring": {"total_documents": 0, "total_sessions": len(known)},
        "thresholds": {key: _number(limits.get(name)) for name, key in _THRESHOLDS.items()},
        "messages": {
            "total": everything.requests,
            **{name: sums[name].requests for name in ("today", "week", "month")},
        },
        "tokens": {
            "total": everything.total_tokens,
            "input": everything.input_tokens,
            "output": everything.output_tokens,
            "avgPerMessage": round(everything.total_tokens / everything.requests, 2) if everything.requests else 0,
        },
        "raw_data": {
            "documents": [],
            "sessions": [
                {"id": each.id, "title": each.name, "created_at": each.created_at.isoformat()} for each in known
            ],
        },
    }


def session_id_of(connection: Connection, name_or_id: str) -> str:
    """Return a session's id; what no session is called is taken for an id, for logs have sessions of their own."""
    found = named(connection, name_or_id)
    return name_or_id if found is None else found.id


def timeline(connection: Connection, kind: str, stretch: str, calendar: Calendar) -> list[dict[str, Any]]:
    """Return one entry a day, "activity", "costs" or "tokens", the oldest first.

    Raises:
        BadStretchError: the stretch is none of the cockpit's.
    """
    period = _stretch(stretch, calendar)
    by_day, by_thread = queries.reports(connection, period, [("day",), ("day", "session")])
    threads: dict[str | None, int] = defaultdict(int)
    for row in by_thread.rows:
        threads[row.key["day"]] += bool(row.totals.requests)
    values: dict[str, Callable[[Totals, str | None], dict[str, Any]]] = {
        "activity": lambda totals, day: {"messages": totals.requests, "threads": threads[day]},
        "costs": lambda totals, _: {"cost": _dollars(totals)},
        "tokens": lambda totals, _: {"input": totals.input_tokens, "output": totals.output_tokens},
    }
    return [{"date": row.key["day"], **values[kind](row.totals, row.key["day"])} for row in by_day.rows]


def distribution(connection: Connection, kind: str, stretch: str, calendar: Calendar) -> list[dict[str, Any]]:
    """Return who has how much of the "messages", "threads", "tokens" or "costs", by model, the most first.

    Raises:
        BadStretchError: the stretch is none of the cockpit's.
    """
    by_model, by_thread = queries.reports(connection, _stretch(stretch, calendar), [("model",), ("model", "session")])
    threads: dict[str | None, int] = defaultdict(int)
    for row in by_thread.rows:
        threads[row.key["model"]] += 1
    values: dict[str, Callable[[Totals, str | None], float]] = {
        "messages": lambda totals, _: totals.requests,
        "threads": lambda _, model: threads[model],
        "tokens": lambda totals, _: totals.total_tokens,
        "costs": lambda totals, _: _dollars(totals),
    }
    found = [{"label": row.key["model"], "value": values[kind](row.totals, row.key["model"])} for row in by_model.rows]
    return sorted(found, key=lambda each: (-each["value"], each["label"] or ""))


def by_agent(connection: Connection, calendar: Calendar) -> list[dict[str, Any]]:
    """Return what each agent used of each model, over all time, the dearest first."""
    period = dict(_periods(connection, calendar))["all"]
    rows = queries.report(connection, period, ("agent", "model")).rows
    return [
        {
            "agent": row.key["agent"],
            "model": row.key["model"],
            "total_cost": _dollars(row.totals),
            "input_tokens": row.totals.input_tokens,
            "output_tokens": row.totals.output_tokens,
            "request_count": row.totals.requests,
            "unpriced_requests": row.totals.unpriced_requests,
        }
        for row in rows
    ]


def _periods(connection: Connection, calendar: Calendar) -> list[tuple[str, Period]]:
    everything = period_asked(
        Question(zone=calendar.zone, week_start=calendar.week_start), now=calendar.now, span=queries.span(connection)
    )
    return [("all", everything), *((name, _named(name, calendar)) for name in ("today", "week", "month"))]


def _named(name: str, calendar: Calendar) -> Period:
    return period_of(name, now=calendar.now, zone=calendar.zone, week_start=calendar.week_start)


def _stretch(name: str, calendar: Calendar) -> Period:
    if name not in STRETCHES:
        raise BadStretchError(name)
    return _named(name, calendar)


def _dollars(totals: Totals) -> float:
    return _number(totals.list_cost)


def _number(amount: Usd | None) -> float:
    return 0.0 if amount is None else float(amount)
