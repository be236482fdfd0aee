"""Prices as JSON: the same keys for show, list and diff; money is a string of dollars."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tokencli.domain.money import plain

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from decimal import Decimal

    from tokencli.pricing.card import PriceCard, Rate
    from tokencli.services.prices import Difference, PricedModel, Quote


def quote_json(quote: Quote) -> str:
    """Return a model's price at a time, and its history."""
    return _dump(
        {
            "provider": quote.named.provider,
            "model": quote.named.model,
            "at": quote.at.isoformat(),
            "price": price_values(quote.card),
            "history": [price_values(card) for card in quote.history],
        }
    )


def list_json(rows: Iterable[PricedModel], at: datetime) -> str:
    """Return many models with their prices at a time; the price of an unpriced one is null."""
    models = [
        {
            "provider": row.named.provider,
            "model": row.named.model,
            "price": price_values(row.card) if row.card else None,
        }
        for row in rows
    ]
    return _dump({"at": at.isoformat(), "models": models})


def diff_json(first: Quote, second: Quote, differences: Iterable[Difference]) -> str:
    """Return two prices and what differs between them."""
    sides = [
        {
            "provider": quote.named.provider,
            "model": quote.named.model,
            "at": quote.at.isoformat(),
            "price": price_values(quote.card),
        }
        for quote in (first, second)
    ]
    rows = [
        {
            "unit": row.unit.value,
            "per": row.unit.per,
            "above_tokens": row.above_tokens,
            "first": _exact(row.first),
            "second": _exact(row.second),
        }
        for row in differences
    ]
    return _dump({"first": sides[0], "second": sides[1], "prices": rows})


def price_values(card: PriceCard) -> dict[str, Any]:
    """Return a card as JSON values; every key is there, null or empty where there is nothing to say."""
    hours = [clock.isoformat(timespec="minutes") for clock in card.hours] if card.hours else None
    return {
        "provider": card.provider,
        "model": card.model,
        "status": card.status.value,
        "source": card.source,
        "effective_from": card.effective_from.isoformat() if card.effective_from else None,
        "is_disputed": card.is_disputed,
        "currency": "USD",
        "prices": _rates(card.rates),
        "service_tiers": {name: _rates(rates) for name, rates in card.service_tiers},
        "batch_factor": _exact(card.batch_factor),
        "regions": {name: plain(factor) for name, factor in card.regions},
        "hours_utc": hours,
        "not_counted": list(card.unmeasured),
    }


def _rates(rates: Iterable[Rate]) -> list[dict[str, Any]]:
    return [
        {
            "unit": rate.unit.value,
            "per": rate.unit.per,
            "price": plain(rate.price),
            "tiers": [{"above_tokens": above, "price": plain(price)} for above, price in rate.tiers],
        }
        for rate in rates
    ]


def _exact(amount: Decimal | None) -> str | None:
    return None if amount is None else plain(amount)


def _dump(values: dict[str, Any]) -> str:
    return json.dumps(values, indent=2, ensure_ascii=False)
