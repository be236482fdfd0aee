"""The words by which calls are told apart are those of the ledger and of the interface."""

from __future__ import annotations

from tokencli.domain.charge import CostStatus
from tokencli.domain.event import Finish
from tokencli.domain.usage import Basis


def test_kinds_are_told_by_these_words() -> None:
    assert [*Basis] == ["reported", "estimated", "partial", "missing"]
    assert [*Finish] == ["ok", "error", "truncated", "cancelled", "unknown"]
    assert [*CostStatus] == ["priced", "free", "subscription", "unpriced"]
