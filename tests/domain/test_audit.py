"""An audit's verdict follows its findings, and its mean leaves out what nobody counted."""

from __future__ import annotations

from datetime import UTC, datetime

from tokencli.domain.audit import Audit
from tokencli.domain.finding import Finding, Severity, Verdict
from tokencli.domain.period import period_of
from tokencli.domain.report import Totals

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
PERIOD = period_of("today", now=NOW, zone="UTC")


def test_the_mean_leaves_out_calls_that_nobody_counted() -> None:
    totals = Totals(requests=5, missing_requests=2, input_tokens=200, output_tokens=101)
    assert Audit(period=PERIOD, made_at=NOW, totals=totals).mean_tokens == 100


def test_there_is_no_mean_of_calls_that_nobody_counted() -> None:
    totals = Totals(requests=2, missing_requests=2)
    assert Audit(period=PERIOD, made_at=NOW, totals=totals).mean_tokens is None


def test_findings_of_the_file_count_for_the_verdict() -> None:
    audit = Audit(period=PERIOD, made_at=NOW)
    wrong = Finding(code="file-mode", severity=Severity.WARNING, message="It is so.", advice="Do something.")
    assert audit.verdict is Verdict.OK
    assert audit.with_findings([wrong]).verdict is Verdict.WARNING
