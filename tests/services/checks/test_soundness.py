"""Damage, broken references and wrong sums are problems; a ledger too large for it is looked at when asked to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.services.checks import plants
from tests.services.checks.ledgers import audit_of
from tokencli.domain.finding import Severity
from tokencli.services.checks import evidence

if TYPE_CHECKING:
    import pytest

    from tests.services.checks.ledgers import Bench


def codes(bench: Bench, *, is_deep: bool = False) -> set[str]:
    return {one.code for one in audit_of(bench.database, bench.book, is_deep=is_deep).findings}


def test_a_sound_ledger_says_so(bench: Bench) -> None:
    assert {"ledger-sound", "sums-agree"} <= codes(bench)


def test_sums_that_were_changed_are_told_with_both_figures(bench: Bench) -> None:
    plants.sums_wrong(bench)
    found = bench.found()["sums-differ"]
    assert found.severity is Severity.PROBLEM
    assert "input_tokens" in found.message


def test_pages_of_a_large_ledger_are_left_to_the_deep_check(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "MOST_BYTES", 1)
    plants.facet_gone(bench)
    assert "broken-references" not in bench.found()
    assert audit_of(bench.database, bench.book).left_out
    assert "broken-references" in codes(bench, is_deep=True)
