"""An audit in the terminal: no line wider than the console, every sign of ASCII, the worst last."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from rich.console import Console

from tokencli.domain.audit import Audit, Holdings, ModelSum, NewCall, StretchSum
from tokencli.domain.finding import Finding, Severity, ranked
from tokencli.domain.money import usd
from tokencli.domain.period import period_of
from tokencli.domain.report import Totals
from tokencli.render.checks_view import audit_progress, audit_view

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
PERIOD = period_of("month", now=NOW, zone="UTC")
TOTALS = Totals(
    requests=3, priced_requests=2, unpriced_requests=1, input_tokens=600, output_tokens=90, list_cost=usd(3)
)


def finding(code: str, severity: Severity, advice: str = "") -> Finding:
    return Finding(code=code, severity=severity, message=f"The sentence of {code}.", advice=advice)


AUDIT = Audit(
    period=PERIOD,
    made_at=NOW,
    holdings=Holdings(calls=3, sessions=1, logs=2, failure_lines=1),
    totals=TOTALS,
    by_model=(ModelSum(model="claude-3-5-haiku-20241022", totals=TOTALS),),
    stretches=tuple(StretchSum(name=name, period=PERIOD, totals=TOTALS) for name in ("today", "this week")),
    newest=(
        NewCall(
            event_id="a.1",
            occurred_at=NOW,
            source="cost-line",
            model="claude-3-5-haiku-20241022",
            agent="neo",
            input_tokens=12_345,
            output_tokens=1_234,
            list_cost=usd("0.0123"),
            reported_cost=None,
        ),
    ),
    findings=ranked(
        [
            finding("good", Severity.SUCCESS),
            finding("doubtful", Severity.WARNING, "Do this."),
            finding("wrong", Severity.PROBLEM, "Do that."),
            replace(finding("wrong", Severity.PROBLEM, "Do that."), subject="b"),
        ]
    ),
    left_out=("Something was left out.",),
)


def printed(width: int, audit: Audit = AUDIT) -> str:
    out = io.StringIO()
    Console(file=out, width=width, markup=False, emoji=False).print(audit_view(audit, zone="UTC", width=width))
    return out.getvalue()


@pytest.mark.parametrize("width", [80, 100, 160])
def test_no_line_is_wider_than_the_console(width: int) -> None:
    assert max(len(line.rstrip()) for line in printed(width).split("\n")) <= width


def test_everything_is_ascii() -> None:
    assert printed(80).isascii()


def test_the_worst_comes_last_and_then_the_verdict() -> None:
    said = printed(80)
    places = [said.index(words) for words in ("Successes (1)", "Warnings (1)", "Problems (2)", "Verdict: 2 problems")]
    assert places == sorted(places)
    assert "Something was left out." in said


def test_what_several_findings_advise_is_said_once() -> None:
    assert printed(80).count("-> Do that.") == 1


def test_a_narrow_console_keeps_the_models_name_whole() -> None:
    assert "2026-11-20 12:00  claude-3-5-haiku-20241022  12,345 in  1,234 out  $0.0123" in printed(80)


def test_an_empty_ledger_is_shown_without_empty_blocks() -> None:
    said = printed(80, Audit(period=PERIOD, made_at=NOW))
    assert "Costs by model" not in said
    assert "Newest calls" not in said
    assert "mean tokens per call: -" in said


def test_names_from_outside_drive_no_terminal() -> None:
    evil = replace(AUDIT.findings[0], message="a \x1b]52;c;aGk=\x07 b [bold]c[/bold]")
    assert "\x1b" not in printed(80, replace(AUDIT, findings=(evil,)))
    assert "[bold]c[/bold]" in printed(80, replace(AUDIT, findings=(evil,)))


def test_progress_stays_away_from_what_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with audit_progress(enabled=True) as advance:
        advance(5, 10**6)
    assert capsys.readouterr().err == ""
