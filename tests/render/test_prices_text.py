from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from decimal import Decimal

from tokencli.domain.charge import CostStatus
from tokencli.pricing.card import PriceCard, Rate, Unit
from tokencli.render.prices_text import diff_json, list_json, price_values, quote_json
from tokencli.services.prices import Named, PricedModel, Quote, differences

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
CARD = PriceCard(
    provider="acme",
    model="big-1",
    source="list 1",
    effective_from=date(2026, 6, 1),
    rates=(Rate(unit=Unit.INPUT, price=Decimal("2.50"), tiers=((100, Decimal("1E-7")),)),),
    service_tiers=(("batch", (Rate(unit=Unit.INPUT, price=Decimal("1.25")),)),),
    batch_factor=Decimal("0.5"),
    regions=(("us", Decimal("1.1")),),
    hours=(time(0, 30), time(16, 30)),
)
QUOTE = Quote(named=Named("acme", "big-1"), at=NOW, card=CARD, history=(CARD,))


def test_a_price_has_all_its_keys_and_exact_strings() -> None:
    assert price_values(CARD) == {
        "provider": "acme",
        "model": "big-1",
        "status": "priced",
        "source": "list 1",
        "effective_from": "2026-06-01",
        "is_disputed": False,
        "currency": "USD",
        "prices": [
            {
                "unit": "input_tokens",
                "per": 1_000_000,
                "price": "2.5",
                "tiers": [{"above_tokens": 100, "price": "0.0000001"}],
            }
        ],
        "service_tiers": {"batch": [{"unit": "input_tokens", "per": 1_000_000, "price": "1.25", "tiers": []}]},
        "batch_factor": "0.5",
        "regions": {"us": "1.1"},
        "hours_utc": ["00:30", "16:30"],
        "not_counted": [],
    }


def test_a_free_price_has_the_same_keys() -> None:
    free = PriceCard(provider=None, model="m", source="s", status=CostStatus.FREE)
    assert price_values(free).keys() == price_values(CARD).keys()


def test_a_quote_names_what_was_found_and_when() -> None:
    values = json.loads(quote_json(QUOTE))
    assert (values["provider"], values["model"], values["at"]) == ("acme", "big-1", "2026-11-01T12:00:00+00:00")
    assert values["price"] == values["history"][0] == price_values(CARD)


def test_an_unpriced_model_in_a_list_has_no_price() -> None:
    rows = [PricedModel(named=Named("acme", "big-1"), card=CARD), PricedModel(named=Named(None, "x"), card=None)]
    values = json.loads(list_json(rows, NOW))
    assert values["models"][0]["price"]["status"] == "priced"
    assert values["models"][1] == {"provider": None, "model": "x", "price": None}


def test_a_comparison_has_both_sides_and_each_price() -> None:
    values = json.loads(diff_json(QUOTE, QUOTE, differences(CARD, CARD)))
    assert values["first"] == values["second"]
    assert values["prices"][1] == {
        "unit": "input_tokens",
        "per": 1_000_000,
        "above_tokens": 100,
        "first": "0.0000001",
        "second": "0.0000001",
    }
