"""A call's sum is made again from the price that was kept with it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tokencli.config.values import Settings
from tokencli.domain.charge import CostStatus
from tokencli.domain.event import EventId, UnitPrices, UsageEvent
from tokencli.domain.money import usd
from tokencli.domain.usage import Basis, TokenUsage
from tokencli.pricing.book import PriceBook
from tokencli.services.explain import NoCallsError, explain
from tokencli.services.record import record
from tokencli.services.sessions import Wish, begin
from tokencli.store.database import Database, open_ledger
from tokencli.store.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Return an empty ledger."""
    with open_ledger(tmp_path / "ledger.db", write=True, create=True) as opened:
        yield opened


def keep(database: Database, **facts: object) -> None:
    told: dict[str, object] = {
        "event_id": EventId("0123456789ab.7"),
        "occurred_at": AT,
        "source": "cost-line",
        "basis": Basis.REPORTED,
        "provider_name": "openai",
        "request_model": "gpt-4o",
        "usage": TokenUsage(input_tokens=1000, output_tokens=500, reasoning_tokens=100),
        **facts,
    }
    with database.transaction():
        record(Ledger(database.connection), PriceBook(), UsageEvent(**told))  # type: ignore[arg-type]  # from a table


def test_the_lines_add_up_to_what_the_ledger_holds(database: Database) -> None:
    keep(database)
    told = explain(database, None)
    assert told.charge.list_cost == Decimal("0.0075")
    assert sum(line.amount for line in told.charge.lines) == Decimal("0.0075")
    assert told.event.usage == TokenUsage(input_tokens=1000, output_tokens=500, reasoning_tokens=100)
    assert told.place is None or "byte 7" in told.place


def test_a_session_is_told_by_its_name(database: Database) -> None:
    with database.transaction() as connection:
        session = begin(connection, Settings(place="config.toml"), Wish(name="search"), now=AT)
    keep(database, session_id=session.id)
    assert explain(database, None).session_name == "search"
    keep(database, session_id="a log's own", event_id=EventId("0123456789ab.8"))
    assert explain(database, "0123456789ab.8").session_name is None


def test_what_the_log_printed_is_multiplied_out(database: Database) -> None:
    prices = UnitPrices(input_usd=usd("0.000005"), output_usd=usd("0.000015"))
    keep(database, reported_cost=usd("0.0125"), reported_prices=prices)
    told = explain(database, "0123456789ab.7")
    assert told.logged_amount == Decimal("0.0125")
    assert told.difference == Decimal("0.005")


def test_a_call_without_tokens_or_price_says_why_it_has_no_cost(database: Database) -> None:
    keep(database, usage=None, basis=Basis.MISSING)
    assert explain(database, None).charge.reason == "no source told the token counts"
    keep(database, event_id=EventId("0123456789ab.8"), request_model="no-such-model")
    told = explain(database, "0123456789ab.8")
    assert told.charge.status is CostStatus.UNPRICED
    assert told.charge.reason == "no price is known for no-such-model"


def test_an_empty_ledger_has_nothing_to_explain(database: Database) -> None:
    with pytest.raises(NoCallsError):
        explain(database, None)
