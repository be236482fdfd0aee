"""An audit in words: the seeds' row to the letter, what it leaves unsaid beside it, and the last line."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tokencli.domain.audit import Audit, ModelSum
from tokencli.domain.finding import Finding, Severity
from tokencli.domain.money import usd
from tokencli.domain.period import period_of
from tokencli.domain.report import Totals
from tokencli.render.checks_text import audit_json, model_remarks, model_row, verdict_words

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
PERIOD = period_of("today", now=NOW, zone="UTC")


def one(model: str | None = "gpt-4o-mini", **named: Any) -> ModelSum:
    return ModelSum(model=model, totals=Totals(**{"requests": 101, "priced_requests": 101, **named}))


def finding(severity: Severity) -> Finding:
    return Finding(code="x", severity=severity, message="It is so.", advice="Do something.")


def test_a_models_row_is_that_of_the_diagnostics_before() -> None:
    row = model_row(one(list_cost=usd("0.21"), input_tokens=200000, output_tokens=13000))
    assert row == "  gpt-4o-mini: 101 entries, $0.210000, 200000 in, 13000 out"


def test_a_model_without_a_price_or_a_name_has_a_row_too() -> None:
    assert model_row(one(None, list_cost=None)) == "  (unknown): 101 entries, $0.000000, 0 in, 0 out"


def test_a_row_of_hostile_text_is_one_line() -> None:
    assert "\n" not in model_row(one("a\nb\x1b[2J"))


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ({"list_cost": usd(1), "reported_cost": usd("1.004")}, ""),
        ({"list_cost": usd(1), "reported_cost": usd("2")}, "its source says $2.0000"),
        ({"list_cost": None, "priced_requests": 0, "unpriced_requests": 101}, "no price known"),
        (
            {"priced_requests": 96, "unpriced_requests": 5, "missing_requests": 5},
            "5 of them no price known; 5 of them without token counts",
        ),
        ({"priced_requests": 1, "subscription_requests": 100}, "100 subscription"),
    ],
)
def test_what_a_row_does_not_say_stands_beside_it(named: dict[str, Any], words: str) -> None:
    assert model_remarks(one(**named)) == words


@pytest.mark.parametrize(
    ("severities", "words"),
    [
        ((), "Verdict: all is well."),
        ((Severity.WARNING,), "Verdict: no problem, 1 warning."),
        ((Severity.PROBLEM, Severity.PROBLEM), "Verdict: 2 problems."),
        ((Severity.PROBLEM, Severity.WARNING), "Verdict: 1 problem and 1 warning."),
    ],
)
def test_the_last_line_counts_what_is_bad(severities: tuple[Severity, ...], words: str) -> None:
    assert verdict_words(Audit(period=PERIOD, made_at=NOW, findings=tuple(map(finding, severities)))) == words


def test_the_json_of_a_ledger_without_a_file_says_null() -> None:
    values = json.loads(audit_json(Audit(period=PERIOD, made_at=NOW, by_model=(one(),)), zone="UTC"))
    assert values["ledger"] is None
    assert (values["status"], values["by_model"][0]["requests"]) == ("ok", 101)
