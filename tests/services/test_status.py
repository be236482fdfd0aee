"""The status is what the report and the session's own view say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.services.live_calls import NOW, event
from tokencli.config.values import Settings
from tokencli.domain.money import usd
from tokencli.domain.session import Session
from tokencli.services.budgets import Calendar
from tokencli.services.record import record
from tokencli.services.status import status
from tokencli.store.ledger import Ledger
from tokencli.store.sessions import activate, create

if TYPE_CHECKING:
    from tests.cost_logs import Shop

CALENDAR = Calendar(NOW, "UTC")
SETTINGS = Settings(place="config.toml")


def test_sums_limits_and_the_active_session_are_there(shop: Shop) -> None:
    with shop.database.transaction() as connection:
        create(connection, Session(id="s1", name="work", created_at=NOW, provider_name="openai", model="gpt-4o"))
        activate(connection, "s1")
        record(Ledger(connection), shop.book, event(1, 64_000, session_id="s1"))
    found = status(shop.database, SETTINGS, {"week": usd("12")}, CALENDAR)
    assert found.totals["day"].requests == found.totals["month"].requests == 1
    assert found.session is not None
    assert found.session.context_used_tokens == 70_400
    week = found.threshold("week")
    assert week is not None
    assert week.spent == found.totals["week"].list_cost
    assert found.threshold("day") is None


def test_without_a_session_there_is_none(shop: Shop) -> None:
    assert status(shop.database, SETTINGS, {}, CALENDAR).session is None
