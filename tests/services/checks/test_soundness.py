"""Damage, broken references and wrong sums are problems; a ledger too large for it is looked at when asked to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.services.checks import plants
from tests.services.checks.ledgers import NOW, audit_of, prices
from tokencli.domain.errors import DamagedLedgerError
from tokencli.domain.finding import Severity
from tokencli.services.checks import evidence
from tokencli.services.checks.evidence import Tools
from tokencli.services.checks.files import check_ledger
from tokencli.services.report import Question
from tokencli.store import check_links

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


def test_of_a_damaged_ledger_nothing_else_is_said(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_links, "damage", lambda *_, **__: ["row 7 missing from index event_occurred_at"])
    audit = check_ledger(bench.database, Question(zone="UTC"), Tools(book=prices, settings=bench.settings), now=NOW)
    assert [finding.code for finding in audit.findings] == ["ledger-damaged"]
    assert "row 7 missing" in audit.findings[0].message


def test_pages_that_break_the_reading_are_told_as_damage(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise DamagedLedgerError(bench.database.place, "database disk image is malformed")

    monkeypatch.setattr(check_links, "sums_apart", broken)
    assert set(bench.found()) == {"ledger-damaged"}


def test_pages_of_a_large_ledger_are_left_to_the_deep_check(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "MOST_BYTES", 1)
    plants.facet_gone(bench)
    assert "broken-references" not in bench.found()
    assert audit_of(bench.database, bench.book).left_out
    assert "broken-references" in codes(bench, is_deep=True)
