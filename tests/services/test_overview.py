"""The parts of an overview agree with each other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.priced_calls import add
from tokencli.domain.period import Grain, Period
from tokencli.domain.report import EventFilter
from tokencli.services.overview import chart_grain, overview
from tokencli.services.report import Question, report
from tokencli.store.database import Database, open_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def ask(**changes: object) -> Question:
    return Question(**{"zone": "UTC", **changes})  # type: ignore[arg-type]


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with open_ledger(tmp_path / "ledger.db", write=True, create=True) as opened:
        yield opened


@pytest.mark.parametrize(
    ("days", "grain"),
    [(1, Grain.HOUR), (2, Grain.HOUR), (3, Grain.DAY), (366, Grain.DAY), (800, Grain.WEEK), (4000, Grain.MONTH)],
)
def test_charts_have_neither_one_bar_nor_thousands(days: int, grain: Grain) -> None:
    period = Period(name="x", start=NOW, end=NOW + timedelta(days=days), zone="UTC")
    assert chart_grain(period) is grain


def test_the_parts_of_an_overview_have_one_total(db: Database) -> None:
    for hour in range(9):
        add(db, NOW - timedelta(hours=hour), model=f"m{hour % 3}")
    add(db, NOW - timedelta(days=30), model="old")
    found = overview(db, ask(period="7d", group_by=("model", "day")), now=NOW)
    reports = (found.report, found.by_day, found.by_day_model, found.by_model, found.by_provider)
    assert {one.totals for one in reports} == {report(db, ask(period="7d"), now=NOW).totals}
    assert found.report.totals.requests == 9
    for one in reports:
        assert sum(row.totals.requests for row in one.rows) == 9
    for cells in (found.cost_bins, found.size_cells, found.heat_cells, found.price_differences):
        assert sum(cell.requests for cell in cells) == 9
    assert found.report.group_by == ("model", "day")
    assert (found.generated_at, found.ledger) == (NOW, db.place)


def test_an_overview_counts_only_what_its_filter_lets_in(db: Database) -> None:
    add(db, NOW, model="a")
    add(db, NOW, model="b")
    where = EventFilter(names={"model": ("b",)})
    found = overview(db, ask(period="today", where=where), now=NOW)
    assert found.filter is where
    assert (found.report.totals.requests, found.cost_bins[0].requests, found.price_differences[0].model) == (1, 1, "b")
