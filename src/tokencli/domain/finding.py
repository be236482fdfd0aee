"""Finding: one thing that a check of the ledger has to say, in one sentence and with the next step."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from tokencli.domain.errors import ImpossibleValueError
from tokencli.domain.report import check_sum

if TYPE_CHECKING:
    from collections.abc import Iterable


class Severity(StrEnum):
    """How much a finding weighs: a problem makes sums wrong, a warning makes them doubtful, a success is good news."""

    PROBLEM = "problem"
    WARNING = "warning"
    SUCCESS = "success"


class Verdict(StrEnum):
    """What all findings come to."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding. `code` is stable, and docs/reference/findings.md explains it.

    `subject` names what it is about (a model, a provider, a file), None for the whole ledger. `count` is how many
    calls, lines or rows it is about. `message` is one plain sentence; `advice` the next step, empty for a success.
    Names in them are as they came from outside: whoever shows them makes them visible text.

    Raises:
        ImpossibleValueError: a negative count, or a bad finding without advice.
    """

    code: str
    severity: Severity
    message: str
    subject: str | None = None
    count: int = 0
    advice: str = ""

    def __post_init__(self) -> None:
        """Refuse what helps nobody."""
        check_sum("count", self.count)
        if self.severity is not Severity.SUCCESS and not self.advice:
            raise ImpossibleValueError(what="advice", value="", rule=f"a {self.severity.value} names the next step")


def verdict_of(findings: Iterable[Finding]) -> Verdict:
    """Return the verdict: the weight of the heaviest finding."""
    found = {finding.severity for finding in findings}
    if Severity.PROBLEM in found:
        return Verdict.PROBLEM
    return Verdict.WARNING if Severity.WARNING in found else Verdict.OK


def ranked(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings in the order in which they are shown: problems first, then the codes that are about most."""
    found = list(findings)
    order = list(Severity)
    weights: dict[str, int] = {}
    for each in found:
        weights[each.code] = max(each.count, weights.get(each.code, 0))

    def rank(each: Finding) -> tuple[int, int, str, int, str]:
        return order.index(each.severity), -weights[each.code], each.code, -each.count, each.subject or ""

    return tuple(sorted(found, key=rank))
