"""A report as JSON: the contract of the interface, key by key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tokencli.domain.money import plain
from tokencli.domain.period import WEEKDAYS, zone_of

if TYPE_CHECKING:
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
    """Return the report as one JSON document in ASCII, indented, without a line end."""
    document: dict[str, Any] = {
        "period": period_values(report.period),
        "group_by": list(report.group_by),
        "totals": totals_values(report.totals),
        "rows": [{"key": dict(row.key), **totals_values(row.totals)} for row in report.rows],
    }
    if report.as_of is not None:
        document["as_of"] = report.as_of.astimezone(zone_of(report.period.zone)).isoformat()
    return json.dumps(document, indent=2)


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
