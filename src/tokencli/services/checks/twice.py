"""Twice: calls that count double. Two calls that merely look alike are two calls, so a few of them say nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tokencli.services.checks.evidence import calls_words, problem, warning
from tokencli.store import check_twice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokencli.domain.finding import Finding
    from tokencli.services.checks.evidence import Evidence

ID_LETTERS: Final = 20
"""Shorter ids ("chatcmpl-150") come back in the wild."""
NEWEST: Final = 50_000
LEAST_PAIRS: Final = 3
LEAST_SHARE: Final = 0.01
ALL: Final = -1
_LIMITS: Final[dict[str, int]] = {"input": 50, "output": 20, "apart_us": 2_000_000}


def same_ids(evidence: Evidence) -> Iterator[Finding]:
    """Find calls that have the same answer's id and the same counts."""
    for one in check_twice.same_ids(evidence.connection, evidence.period, letters=ID_LETTERS):
        name = one.subject or "(no provider named)"
        words = (
            f"{name}: {calls_words(one.again)} counted twice: same id of the answer, same tokens; see {one.example}."
        )
        advice = "Look which sources tell it with 'tokencli explain', and take in only one of them."
        yield problem("duplicate-response-id", words, advice, subject=name, count=one.again)


def same_calls(evidence: Evidence) -> Iterator[Finding]:
    """Find calls of one source with the same model, tokens and dollars within two seconds, among the newest ones."""
    most = ALL if evidence.is_deep else NEWEST
    for one in check_twice.alike(evidence.connection, evidence.period, most=most, **_LIMITS):
        if one.again < LEAST_PAIRS or one.again < LEAST_SHARE * one.calls:
            continue
        name = one.subject or "(no model named)"
        words = (
            f"{name}: {calls_words(one.again)} of {one.calls:,} equal another one in tokens and dollars within two "
            f"seconds, such as {one.example}."
        )
        advice = "If the backend did not ask twice, its line is logged twice (two handlers?): let one handler write it."
        yield warning("duplicate-calls", words, advice, subject=name, count=one.again)
