from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.foreign_databases import cockpit, cost_row, dashboard, make
from tokencli.config.places import BUILTIN
from tokencli.config.settings import load_settings
from tokencli.domain.finding import Verdict
from tokencli.pricing.book import PriceBook
from tokencli.services.checks.evidence import Tools
from tokencli.services.foreign_checks import foreign_audit
from tokencli.services.foreign_ledger import kinds_of
from tokencli.services.report import Question

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cost_logs import Shop
    from tokencli.domain.audit import Audit

NOW = datetime(2025, 10, 12, tzinfo=UTC)


def audit(shop: Shop, path: Path) -> Audit:
    tools = Tools(book=PriceBook, settings=load_settings(BUILTIN))
    return foreign_audit(shop.database, (path, kinds_of(path)), Question(zone="UTC"), tools, now=NOW)


def cases(path: Path) -> Path:
    """Make the backend whose page said $0.00: one model counted, two not."""
    good = [cost_row(time=f"2025-10-10T12:{minute:02d}:00", model="gpt-4o-mini") for minute in range(20)]
    bad = [
        cost_row(time=f"2025-10-10T13:{minute:02d}:00", model=model, into=0, out=0, cost=0.0)
        for minute in range(20)
        for model in ("gemini-1.5-flash", "claude-3-5-haiku-20241022")
    ]
    return cockpit(path, *good, *bad)


def test_the_page_that_said_nothing_was_spent_is_explained(shop: Shop, tmp_path: Path) -> None:
    path = cases(tmp_path / "emergence.db")
    before = path.read_bytes(), set(tmp_path.iterdir())
    found = audit(shop, path)
    assert found.verdict is Verdict.PROBLEM
    silent = {finding.subject: finding.count for finding in found.findings if finding.code == "no-tokens"}
    assert silent == {"gemini-1.5-flash": 20, "claude-3-5-haiku-20241022": 20}
    assert (found.totals.requests, found.holdings.sessions) == (60, 1)
    assert (path.read_bytes(), set(tmp_path.iterdir())) == before


def test_the_ledger_that_is_named_is_the_foreign_one(shop: Shop, tmp_path: Path) -> None:
    path = cases(tmp_path / "emergence.db")
    info = audit(shop, path).ledger
    assert info is not None
    assert (info.place, info.schema, info.bytes) == (str(path), "cost-table", path.stat().st_size)


def test_nothing_is_said_that_only_a_ledger_of_ours_can_have(shop: Shop, tmp_path: Path) -> None:
    codes = {finding.code for finding in audit(shop, cases(tmp_path / "emergence.db")).findings}
    assert not codes & {"session-lost", "ledger-sound", "sums-agree"}


def test_rows_that_cannot_be_read_are_a_finding(shop: Shop, tmp_path: Path) -> None:
    path = cockpit(tmp_path / "emergence.db", cost_row(), cost_row(into=-1))
    (finding,) = [each for each in audit(shop, path).findings if each.code == "broken-rows"]
    assert finding.count == 1


def test_a_dashboards_estimates_are_found(shop: Shop, tmp_path: Path) -> None:
    rows = [(1, f"2025-10-10 12:{minute:02d}:00", 900, 1, None, None) for minute in range(40)]
    found = audit(shop, dashboard(tmp_path / "sessions.db", *rows))
    assert found.totals.estimated_requests == 40
    assert any("estimat" in finding.code for finding in found.findings)


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_a_ledger_that_is_being_written_is_checked_all_the_same(shop: Shop, tmp_path: Path, mode: str) -> None:
    path = make(cases(tmp_path / "emergence.db"), f"PRAGMA journal_mode = {mode}")
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO costs (timestamp, model) VALUES ('2025-10-10T15:00:00', 'gpt-4o')")
        before = path.read_bytes()
        assert audit(shop, path).totals.requests == 60
        assert path.read_bytes() == before
        writer.execute("ROLLBACK")
