"""What sources said is laid beside the list, for the same calls."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.priced_calls import add
from tokencli.domain.charge import CostStatus
from tokencli.domain.money import usd
from tokencli.domain.report import EventFilter
from tokencli.pricing.card import PriceCard, Rate, Unit
from tokencli.services.differences import price_differences
from tokencli.services.report import Question, period_asked
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


def differences(db: Database) -> list[tuple[object, ...]]:
    period = period_asked(ask(period="month"), now=NOW, span=None)
    return [
        (one.logged_input_price, one.list_input_price, one.logged_output_price, one.list_output_price)
        for one in price_differences(db, period, EventFilter())
    ]


def test_prices_on_both_sides_are_dollars_per_million_tokens(db: Database) -> None:
    add(db, NOW)
    assert differences(db) == [(usd(5), usd("2.5"), usd(15), usd(10))]


def test_of_several_prices_those_of_most_calls_are_shown(db: Database) -> None:
    other = PriceCard(
        provider="openai", model="gpt-4o", source="a list", rates=(Rate(unit=Unit.INPUT, price=Decimal(3)),)
    )
    add(db, NOW)
    add(db, NOW, body=other.to_json(), logged=(5_000_000, 1))
    assert differences(db) == [(usd(5), usd("2.5"), usd(15), usd(10))]
    add(db, NOW, body=other.to_json(), logged=(5_000_000, 1))
    assert differences(db) == [(usd(5), usd(3), usd("0.000001"), None)]


@pytest.mark.parametrize("body", ['{"from": "a newer version"}', "no JSON", None])
def test_a_price_card_that_cannot_be_read_leaves_its_price_open(db: Database, body: str | None) -> None:
    add(db, NOW, body=body, logged=None)
    assert differences(db) == [(None, None, None, None)]


def test_a_free_model_has_a_list_price_of_zero(db: Database) -> None:
    add(db, NOW, body=PriceCard(provider="x", model="y", source="a list", status=CostStatus.FREE).to_json())
    assert differences(db)[0][1] == 0
