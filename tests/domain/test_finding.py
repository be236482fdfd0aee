"""A finding names its next step, and the heaviest one decides the verdict."""

from __future__ import annotations

import pytest

from tokencli.domain.errors import ImpossibleValueError
from tokencli.domain.finding import Finding, Severity, Verdict, ranked, verdict_of


def finding(code: str, severity: Severity, count: int = 0) -> Finding:
    advice = "" if severity is Severity.SUCCESS else "Do something."
    return Finding(code=code, severity=severity, message="It is so.", advice=advice, count=count)


GOOD = finding("good", Severity.SUCCESS)
DOUBTFUL = finding("doubtful", Severity.WARNING)
WRONG = finding("wrong", Severity.PROBLEM)


@pytest.mark.parametrize(
    ("findings", "verdict"),
    [
        ((), Verdict.OK),
        ((GOOD,), Verdict.OK),
        ((GOOD, DOUBTFUL), Verdict.WARNING),
        ((WRONG, DOUBTFUL, GOOD), Verdict.PROBLEM),
    ],
)
def test_the_heaviest_finding_is_the_verdict(findings: tuple[Finding, ...], verdict: Verdict) -> None:
    assert verdict_of(findings) is verdict


def test_problems_come_first_and_then_what_is_about_most() -> None:
    few, many = finding("few", Severity.WARNING, 2), finding("many", Severity.WARNING, 9)
    assert ranked([GOOD, few, WRONG, many]) == (WRONG, many, few, GOOD)


@pytest.mark.parametrize("severity", [Severity.PROBLEM, Severity.WARNING])
def test_a_bad_finding_without_a_next_step_is_refused(severity: Severity) -> None:
    with pytest.raises(ImpossibleValueError, match="names the next step"):
        Finding(code="x", severity=severity, message="It is so.")


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(ImpossibleValueError):
        finding("x", Severity.SUCCESS, -1)
