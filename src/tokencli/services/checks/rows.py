"""Rows: counts that cannot be true, as their source told them or as something put them into the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokencli.services.checks.evidence import calls_words, problem, warning
from tokencli.store import check_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokencli.domain.finding import Finding
    from tokencli.services.checks.evidence import Evidence


def impossible_counts(evidence: Evidence) -> Iterator[Finding]:
    """Find calls with counts or costs below zero, and parts above their wholes."""
    odd = check_rows.odd_counts(evidence.connection, evidence.period)
    if odd.below_zero:
        words = f"{calls_words(odd.below_zero)} have a count or a cost below zero, such as {odd.example}."
        advice = "tokencli writes no such row: another program changed the ledger. Bring back a copy, or ingest anew."
        yield problem("negative-counts", words, advice, count=odd.below_zero)
    marked = check_rows.marked_inconsistent(evidence.connection, evidence.period)
    contradicting = max(odd.calls - odd.below_zero, marked.calls)
    if contradicting:
        example = marked.example or odd.example
        words = (
            f"{calls_words(contradicting)} have a part above its whole, such as {example}: more cached than read, say."
        )
        advice = f"They are kept as the source told them: look at 'tokencli explain {example}', and tell the provider."
        yield warning("inconsistent-counts", words, advice, count=contradicting)
