"""What `tokencli run` says: at the start where the calls go, at the end what they were."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tokencli.domain.text import visible
from tokencli.render.report_json import totals_values
from tokencli.render.terminal import count, counted, money

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from tokencli.domain.report import Totals
    from tokencli.services.run_summary import Peak, RunSummary

_MINUTE_S, _HOUR_S = 60, 3600


def start_words(session: str, base_url: str, *, is_own: bool) -> str:
    """Return where a run's calls go; the proxy `is_own` when it was started for this run."""
    return f"session {session}, through {'a proxy of its own' if is_own else 'the proxy'} at {base_url}."


def other_proxy_words(base_url: str, *, is_shut: bool) -> str:
    """Return why the proxy that runs at a place is not the one for this run."""
    why = "asks for a token that TOKENCLI_TOKEN does not hold" if is_shut else "writes another ledger"
    return f"the tokencli at {base_url} {why}, so this run gets a proxy of its own."


def summary_text(summary: RunSummary) -> str:
    """Return what a run used, in lines of plain text without a line end."""
    totals, name = summary.totals, visible(summary.session.name)
    length = _duration(summary.ended_at - summary.began_at)
    calls = counted(totals.requests, "call")
    if not totals.requests:
        calls = "no call ended" if summary.open_requests else "no call passed through"
    head = f"tokencli: {calls} in {length}, session {name}"
    if not totals.requests:
        return "\n".join((head, *_rows(_open_row(summary))))
    rows = [
        ("tokens", _token_words(totals)),
        ("cost", _cost_words(totals)),
        ("context", _context_words(summary.peak)),
        ("counted", _basis_words(totals)),
        ("failed", counted(totals.errors, "call") if totals.errors else ""),
        *_open_row(summary),
        ("models", _model_words(summary)),
    ]
    return "\n".join((head, *_rows([row for row in rows if row[1]])))


def summary_json(summary: RunSummary) -> str:
    """Return what a run used as one JSON object, without a line end; the sums are those of a report."""
    peak = summary.peak
    values: dict[str, Any] = {
        "session": summary.session.name,
        "session_id": summary.session.id,
        "client": summary.client,
        "exit_code": summary.exit_code,
        "began_at": _moment(summary.began_at),
        "ended_at": _moment(summary.ended_at),
        **totals_values(summary.totals),
        "missing_requests": summary.totals.missing_requests,
        "open_requests": summary.open_requests,
        "context_peak_tokens": None if peak is None else peak.used_tokens,
        "context_limit_tokens": None if peak is None or not peak.is_limit_known else peak.limit_tokens,
        "context_peak_ratio": None if peak is None or not peak.is_limit_known else round(peak.ratio, 6),
        "context_peak_model": None if peak is None else peak.model,
        "is_context_estimated": peak is not None and peak.is_estimated,
        "by_model": [{"model": row.key["model"], **totals_values(row.totals)} for row in summary.by_model.rows],
    }
    return json.dumps(values, indent=2)


def _rows(rows: list[tuple[str, str]]) -> list[str]:
    width = max((len(label) for label, _ in rows), default=0)
    return [f"  {label:<{width}}  {text}" for label, text in rows]


def _token_words(totals: Totals) -> str:
    if not totals.has_counts:
        return "nobody counted"
    parts = ((totals.cache_read_tokens, "from cache"), (totals.cache_write_tokens, "into it"))
    cached = ", ".join(f"{count(number)} {words}" for number, words in parts if number)
    reasoning = f" ({count(totals.reasoning_tokens)} of reasoning)" if totals.reasoning_tokens else ""
    told = f"{count(totals.input_tokens)} in{f' ({cached})' if cached else ''}"
    return f"{told}, {count(totals.output_tokens)} out{reasoning}"


def _cost_words(totals: Totals) -> str:
    for number, words in ((totals.subscription_requests, "subscription"), (totals.free_requests, "free")):
        if number == totals.requests:
            return words
    cost = money(totals.list_cost, is_lower_bound=totals.is_lower_bound)
    if totals.list_cost is None or not totals.unpriced_requests:
        return cost
    return f"{cost}, {counted(totals.unpriced_requests, 'call')} unpriced"


def _context_words(peak: Peak | None) -> str:
    if peak is None:
        return ""
    model = f", {visible(peak.model)}" if peak.model else ""
    estimated = ", estimated" if peak.is_estimated else ""
    used = f"at most {count(peak.used_tokens)}"
    if not peak.is_limit_known:
        return f"{used} tokens{model}, whose limit is not known{estimated}"
    return f"{used} of {count(peak.limit_tokens)} tokens ({peak.ratio:.0%}){model}{estimated}"


def _basis_words(totals: Totals) -> str:
    """Return how many calls' counts are not the provider's whole word; empty when all are."""
    parts = (
        (totals.estimated_requests, "estimated by tokencli"),
        (totals.partial_requests, "cut off before the end"),
        (totals.missing_requests, "without any count"),
    )
    return ", ".join(f"{counted(number, 'call')} {words}" for number, words in parts if number)


def _open_row(summary: RunSummary) -> list[tuple[str, str]]:
    calls = counted(summary.open_requests, "call")
    if not summary.open_requests:
        return []
    if summary.is_proxy_gone:
        return [("lost", f"{calls}: the proxy ended before the answer did; the next one to start settles it")]
    return [("open", f"{calls} still on the way")]


def _model_words(summary: RunSummary) -> str:
    rows = summary.by_model.rows
    if len(rows) == 1:
        return ""  # the context's line names it
    return ", ".join(f"{visible(row.key['model'] or '(unknown)')} {row.totals.requests}" for row in rows)


def _duration(length: timedelta) -> str:
    seconds = round(length.total_seconds())
    if seconds < _MINUTE_S:
        return f"{seconds} s"
    if seconds < _HOUR_S:
        return f"{seconds // _MINUTE_S} min {seconds % _MINUTE_S:02} s"
    return f"{seconds // _HOUR_S} h {seconds % _HOUR_S // _MINUTE_S:02} min"


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
