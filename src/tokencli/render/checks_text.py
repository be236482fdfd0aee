"""An audit as text and as JSON: the seeds' rows by model, and the one object that programs read."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tokencli.domain.charge import CostStatus
from tokencli.domain.money import Usd
from tokencli.domain.text import visible
from tokencli.render.report_json import period_values, totals_values
from tokencli.render.terminal import UNKNOWN, counted, money
from tokencli.services.event_json import exact, local_time

if TYPE_CHECKING:
    from tokencli.domain.audit import Audit, ModelSum, NewCall
    from tokencli.domain.finding import Finding
    from tokencli.domain.ledger import LedgerInfo

_SAME = Decimal("0.005")
_FREE = {CostStatus.FREE: "free_requests", CostStatus.SUBSCRIPTION: "subscription_requests"}


def model_row(one: ModelSum) -> str:
    """Return a model's sums in the row that the diagnostics before tokencli printed; what has no price is left out."""
    totals = one.totals
    name = UNKNOWN if one.model is None else visible(one.model)
    cost = totals.list_cost or 0
    return f"  {name}: {totals.requests} entries, ${cost:.6f}, {totals.input_tokens} in, {totals.output_tokens} out"


def model_remarks(one: ModelSum) -> str:
    """Return what a model's row does not say: calls without price or tokens, and another figure of the source's."""
    totals = one.totals
    said: list[str] = []
    if totals.unpriced_requests:
        some = "" if totals.unpriced_requests == totals.requests else f"{totals.unpriced_requests:,} of them "
        said.append(f"{some}no price known")
    if totals.missing_requests:
        some = "" if totals.missing_requests == totals.requests else f"{totals.missing_requests:,} of them "
        said.append(f"{some}without token counts")
    said += [f"{number:,} {status.value}" for status, name in _FREE.items() if (number := getattr(totals, name))]
    if totals.reported_cost is not None and _differs(one):
        said.append(f"its source says {money(totals.reported_cost)}")
    return "; ".join(said)


def audit_json(audit: Audit, *, zone: str) -> str:
    """Return an audit as one JSON document in ASCII, indented, without a line end; times are shown in `zone`."""
    return json.dumps(audit_values(audit, zone=zone), indent=2)


def audit_values(audit: Audit, *, zone: str) -> dict[str, Any]:
    """Return the JSON values of an audit."""
    holdings = audit.holdings
    return {
        "status": audit.verdict.value,
        "period": period_values(audit.period),
        "is_deep": audit.is_deep,
        "counts": {
            "calls": holdings.calls,
            "sightings": holdings.sightings,
            "sessions": holdings.sessions,
            "open_calls": holdings.open_calls,
            "logs": holdings.logs,
            "failure_lines": holdings.failure_lines,
            "mean_tokens": audit.mean_tokens,
        },
        "totals": totals_values(audit.totals),
        "by_model": [
            {
                "model": one.model,
                "requests": one.totals.requests,
                "list_cost": exact(one.totals.list_cost),
                "reported_cost": exact(one.totals.reported_cost),
                "input_tokens": one.totals.sum_of("input_tokens"),
                "output_tokens": one.totals.sum_of("output_tokens"),
            }
            for one in audit.by_model
        ],
        "stretches": [
            {"name": one.name, "period": period_values(one.period), **totals_values(one.totals)}
            for one in audit.stretches
        ],
        "newest": [_call_values(call, zone) for call in audit.newest],
        "findings": [finding_values(finding) for finding in audit.findings],
        "left_out": list(audit.left_out),
        "ledger": None if audit.ledger is None else _ledger_values(audit.ledger),
    }


def finding_values(finding: Finding) -> dict[str, Any]:
    """Return the JSON values of a finding."""
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "subject": finding.subject,
        "count": finding.count,
        "message": finding.message,
        "advice": finding.advice,
    }


def verdict_words(audit: Audit) -> str:
    """Return the last line of an audit."""
    problems, warnings = (sum(each.severity == name for each in audit.findings) for name in ("problem", "warning"))
    if problems and warnings:
        return f"Verdict: {counted(problems, 'problem')} and {counted(warnings, 'warning')}."
    if problems:
        return f"Verdict: {counted(problems, 'problem')}."
    if warnings:
        return f"Verdict: no problem, {counted(warnings, 'warning')}."
    return "Verdict: all is well."


def _differs(one: ModelSum) -> bool:
    """Say whether a source's figure is another one than the list's, beyond what rounding in a log makes of it."""
    listed, reported = one.totals.list_cost or Usd(Decimal(0)), one.totals.reported_cost
    return reported is not None and abs(reported - listed) > _SAME * listed


def _call_values(call: NewCall, zone: str) -> dict[str, Any]:
    return {
        "event_id": call.event_id,
        "occurred_at": local_time(call.occurred_at, zone),
        "source": call.source,
        "model": call.model,
        "agent": call.agent,
        "input_tokens": call.input_tokens,
        "output_tokens": call.output_tokens,
        "list_cost": exact(call.list_cost),
        "reported_cost": exact(call.reported_cost),
    }


def _ledger_values(info: LedgerInfo) -> dict[str, Any]:
    return {
        "url": f"sqlite:///{info.path}",
        "schema": info.schema,
        "sqlite": info.sqlite,
        "synchronous": info.synchronous,
        "bytes": info.bytes,
        "mode": f"{info.mode:04o}",
    }
