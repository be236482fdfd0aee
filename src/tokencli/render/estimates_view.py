"""The errors of the estimates, for the terminal and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tokencli.render.report_json import period_values
from tokencli.render.report_view import period_words
from tokencli.render.terminal import count, counted, safe, stacked

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table

    from tokencli.services.estimate_report import EstimateError, EstimateReport

_NOTHING = (
    "no call of this period has both an estimate and a reported count:",
    "'tokencli serve' estimates the calls that go through it.",
)
_HEADS = ("calls", "mean error", "mean |error|", "p90 |error|", "bias")
_EXPLAINED = (
    "errors are parts of the reported tokens; + is too high. 9 calls of 10 stay below p90.",
    "bias is the error of all calls' sum.",
)
_PLACES = 6
_WIDE = 100


def estimates_view(report: EstimateReport, console: Console) -> RenderableType:
    """Return the period, the table, and how to read it; narrow terminals see the provider below the model."""
    from rich.console import Group
    from rich.text import Text

    parts: list[RenderableType] = [Text(period_words(report.period), style="bold"), Text()]
    if not report.rows:
        return Group(*parts, *(Text(line) for line in _NOTHING))
    calls = sum(row.calls for row in report.rows if row.side == "input")
    parts += [
        _table(report, is_wide=console.width >= _WIDE),
        Text(),
        Text(f"{counted(calls, 'call')} with both figures; {_EXPLAINED[0]}"),
    ]
    return Group(*parts, Text(_EXPLAINED[1]))


def estimates_json(report: EstimateReport) -> str:
    """Return the report as one JSON object in ASCII, without a line end; errors are percentages of reported tokens."""
    values = {"period": period_values(report.period), "rows": [_values(row) for row in report.rows]}
    return json.dumps(values, indent=2)


def _table(report: EstimateReport, *, is_wide: bool) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1))
    table.add_column("model", overflow="fold")
    if is_wide:
        table.add_column("provider", no_wrap=True)
    table.add_column("tokens", no_wrap=True)
    for head in _HEADS:
        table.add_column(head, justify="right", no_wrap=True)
    for row in report.rows:
        model, provider = safe(row.model or "-"), safe(row.provider_name or "-")
        table.add_row(
            *([model, provider] if is_wide else [stacked(model, [provider])]),
            row.side,
            count(row.calls),
            _signed(row.mean_error),
            _percent(row.mean_absolute_error),
            _percent(row.p90_absolute_error),
            _signed(row.bias),
        )
    return table


def _values(row: EstimateError) -> dict[str, Any]:
    return {
        "provider": row.provider_name,
        "model": row.model,
        "tokens": row.side,
        "calls": row.calls,
        "estimated_tokens": row.estimated_tokens,
        "reported_tokens": row.reported_tokens,
        "mean_error_percent": round(100 * row.mean_error, _PLACES),
        "mean_absolute_error_percent": round(100 * row.mean_absolute_error, _PLACES),
        "p90_absolute_error_percent": round(100 * row.p90_absolute_error, _PLACES),
        "bias_percent": round(100 * row.bias, _PLACES),
    }


def _percent(part: float) -> str:
    return f"{100 * part:.1f} %"


def _signed(part: float) -> str:
    return f"{100 * part:+.1f} %"
