"""Thresholds show what a report over the same days shows, and each crossing is told once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tokencli.config.values import LimitSettings
from tokencli.domain.money import PICO_PER_USD, usd
from tokencli.domain.threshold import Level
from tokencli.services.budgets import (
    BadLimitError,
    Calendar,
    crossings,
    limits_of,
    threshold_values,
    thresholds,
)
from tokencli.services.record import micros
from tokencli.services.report import Question, report
from tokencli.store.database import Database, open_ledger
from tokencli.store.dictionary import Facet
from tokencli.store.ledger import EventRow, Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
PARIS = Calendar(NOW, "Europe/Paris")
LIMITS = {"day": usd("3"), "week": usd("12"), "month": usd("20")}


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with open_ledger(tmp_path / "ledger.db", write=True, create=True) as opened:
        yield opened


def spend(db: Database, at: datetime, dollars: str | None) -> None:
    """Add a call that cost this much; None: its price is not known."""
    with db.transaction():
        ledger = Ledger(db.connection)
        status = "priced" if dollars else "unpriced"
        facet = ledger.dictionary.facet(
            Facet(
                source="proxy",
                provider_name="openai",
                operation_name="chat",
                request_model="gpt-4o",
                response_model=None,
                session_id=None,
                project=None,
                agent=None,
                client=None,
                tags="{}",
                basis="reported",
                cost_status=status,
                finish="ok",
                error_type=None,
                price_id=None,
                logged_price_id=None,
            )
        )
        (number,) = db.connection.execute("SELECT count(*) + 1 FROM event").fetchone()
        cost = None if dollars is None else int(Decimal(dollars) * PICO_PER_USD)
        ledger.insert(EventRow(number, micros(at), facet, 10, 0, 0, 5, 0, cost, None))


def test_the_environment_goes_before_the_file() -> None:
    settings = LimitSettings(daily_usd=usd("3"), monthly_usd=usd("20"))
    environ = {"COST_DAILY_LIMIT": " 4.50 ", "COST_WEEKLY_LIMIT": "0", "COST_MONTHLY_LIMIT": ""}
    assert limits_of(settings, environ) == {"day": usd("4.50"), "week": usd("0"), "month": usd("20")}
    assert limits_of(LimitSettings(), {}) == {}


@pytest.mark.parametrize("written", ["three", "-1", "NaN", "Infinity", "1e9"])
def test_a_variable_that_is_no_amount_is_named(written: str) -> None:
    with pytest.raises(BadLimitError, match="COST_DAILY_LIMIT is"):
        limits_of(LimitSettings(), {"COST_DAILY_LIMIT": written})


def test_days_are_those_of_the_users_zone(db: Database) -> None:
    spend(db, NOW - timedelta(hours=2), "1")  # 22:30 in Paris, the day before
    spend(db, NOW, "2.5")  # 00:30 in Paris
    day, week, month = thresholds(db.connection, LIMITS, PARIS)
    assert (day.spent, day.level) == (usd("2.5"), Level.WARNING)
    assert (week.spent, month.spent) == (usd("3.5"), usd("3.5"))


@pytest.mark.parametrize(("name", "period"), [("day", "today"), ("week", "week"), ("month", "month")])
def test_what_was_spent_is_what_the_report_says(db: Database, name: str, period: str) -> None:
    for days in range(0, 40, 3):
        spend(db, NOW - timedelta(days=days, minutes=days), f"0.{days + 1:02}")
    spend(db, NOW, None)
    (found,) = thresholds(db.connection, {name: LIMITS[name]}, PARIS)
    totals = report(db, Question(zone="Europe/Paris", period=period), now=NOW).totals
    assert (found.spent, found.unpriced_requests) == (totals.list_cost, 1)


def test_each_crossing_is_told_once_in_its_period(db: Database) -> None:
    def crossed(now: datetime) -> list[tuple[str, Level]]:
        with db.transaction():
            found = thresholds(db.connection, {"day": usd("3")}, Calendar(now, "UTC"))
            return [(each.name, each.level) for each in crossings(db.connection, found)]

    assert crossed(NOW) == []
    spend(db, NOW, "2.5")
    assert crossed(NOW) == [("day", Level.WARNING)]
    assert crossed(NOW) == []
    spend(db, NOW, "1")
    assert crossed(NOW) == [("day", Level.OVER)]
    assert crossed(NOW) == []
    spend(db, NOW + timedelta(days=1), "9")
    assert crossed(NOW + timedelta(days=1)) == [("day", Level.OVER)]


def test_values_keep_money_exact(db: Database) -> None:
    spend(db, NOW, "0.000000000001")
    (found,) = thresholds(db.connection, {"month": usd("20")}, Calendar(NOW, "UTC"))
    values = threshold_values(found)
    assert (values["spent"], values["limit"], values["level"]) == ("0.000000000001", "20", "ok")
    assert values["start"] == "2026-11-01T00:00:00+00:00"
