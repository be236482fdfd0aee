"""Impossible counts are told with one call as an example."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.services.checks.plants import contradicting, negative
from tokencli.domain.finding import Severity

if TYPE_CHECKING:
    from tests.services.checks.ledgers import Bench


def test_counts_below_zero_are_a_problem(bench: Bench) -> None:
    negative(bench)
    found = bench.found()["negative-counts"]
    assert (found.severity, found.count) == (Severity.PROBLEM, 1)
    assert "00c1ea11ed0e.3000" in found.message


def test_parts_above_their_wholes_are_the_sources_own(bench: Bench) -> None:
    contradicting(bench)
    found = bench.found()["inconsistent-counts"]
    assert (found.severity, found.count) == (Severity.WARNING, 1)
    assert "explain 91a47ed00000." in found.advice
