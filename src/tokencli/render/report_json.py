"""A report as JSON: the contract of the interface, key by key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tokencli.domain.money import plain
from tokencli.domain.period import WEEKDAYS, zone_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tokencli.domain.money import Usd
    from tokencli.domain.period import Period
    from tokencli.domain.report import Report, Totals

TOTALS_KEYS = (
    "requests",
    "errors",
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
    "total_tokens",
    "list_cost",
    "reported_cost",
    "currency",
    "priced_requests",
    "unpriced_requests",
    "subscription_requests",
    "free_requests",
    "estimated_requests",
    "partial_requests",
)


def report_json(report: Report) -> str:
    """Return the report as one JSON document in ASCII, indented by two, without a line end."""
    rows = ",\n    ".join(
        f'{{\n      "key": {_object(row.key, 6)},\n      {_members(totals_values(row.totals), 6)}\n    }}'
        for row in report.rows
    )
    members = {
        "period": _object(period_values(report.period), 2),
        "group_by": json.dumps(list(report.group_by), indent=2).replace("\n", "\n  "),
        "totals": _object(totals_values(report.totals), 2),
        "rows": f"[\n    {rows}\n  ]" if rows else "[]",
    }
    if report.as_of is not None:
        members["as_of"] = f'"{report.as_of.astimezone(zone_of(report.period.zone)).isoformat()}"'
    return "{\n  " + ",\n  ".join(f'"{name}": {value}' for name, value in members.items()) + "\n}"


def _object(values: Mapping[str, Any], depth: int) -> str:
    """Return values without parts of their own as a JSON object that begins behind `depth` blanks."""
    if not values:
        return "{}"
    return f"{{\n{' ' * (depth + 2)}{_members(values, depth + 2)}\n{' ' * depth}}}"


def _members(values: Mapping[str, Any], depth: int) -> str:
    """Return the inside of an object; the library's own indenting takes four times as long."""
    return json.dumps(dict(values), separators=(f",\n{' ' * depth}", ": "))[1:-1]


def period_values(period: Period) -> dict[str, str]:
    """Return a period's JSON object; its ends are local times with their offset, the week's start a day's name."""
    zone = zone_of(period.zone)
    return {
        "name": period.name,
        "start": period.start.astimezone(zone).isoformat(),
        "end": period.end.astimezone(zone).isoformat(),
        "time_zone": period.zone,
        "week_start": WEEKDAYS[period.week_start].lower(),
    }


def totals_values(totals: Totals) -> dict[str, Any]:
    """Return the JSON object of some sums: money as exact strings, None for what is not known."""
    values: dict[str, Any] = {
        "list_cost": _exact(totals.list_cost),
        "reported_cost": _exact(totals.reported_cost),
        "currency": "USD",
    }
    return {key: values[key] if key in values else totals.sum_of(key) for key in TOTALS_KEYS}


def _exact(amount: Usd | None) -> str | None:
    return None if amount is None else plain(amount)
