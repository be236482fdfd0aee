"""Calls with prices on both sides in a ledger, for the tests of reports and of what stands beside them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from tokencli.pricing.card import PriceCard, Rate, Unit
from tokencli.store.dictionary import Facet
from tokencli.store.ledger import EventRow, Ledger

if TYPE_CHECKING:
    from tokencli.store.database import Database

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CARD = PriceCard(
    provider="openai",
    model="gpt-4o",
    source="a list",
    rates=(
        Rate(unit=Unit.INPUT, price=Decimal("2.5")),
        Rate(unit=Unit.OUTPUT, price=Decimal(10), tiers=((200_000, Decimal(20)),)),
    ),
)


def add(
    db: Database,
    at: datetime,
    *,
    body: str | None = CARD.to_json(),
    logged: tuple[int, int] | None = (5_000_000, 15_000_000),
    model: str = "gpt-4o",
    status: str = "priced",
) -> None:
    """Add a call of 1,000 tokens in and 100 out."""
    with db.transaction() as connection:
        ledger = Ledger(connection)
        origin = ledger.dictionary.origin("0123456789ab", "log", "backend.log")
        (count,) = connection.execute("SELECT count(*) FROM event").fetchone()
        facet = Facet(
            source="cost-line",
            provider_name="openai",
            request_model=model,
            cost_status=status,
            price_id=None if body is None else ledger.dictionary.price(body),
            logged_price_id=None if logged is None else ledger.dictionary.logged_price(*logged),
        )
        row = EventRow(
            (origin << 40) + count,
            (at - EPOCH) // timedelta(microseconds=1),
            ledger.dictionary.facet(facet),
            1000,
            0,
            0,
            100,
            0,
            3_500_000_000,
            6_500_000_000,
        )
        ledger.insert(row)
