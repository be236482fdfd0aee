"""What sources said their calls cost, beside the list: the same calls on both sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokencli.domain.charge import CostStatus
from tokencli.domain.money import ZERO, Usd, exact_product
from tokencli.domain.overview import PriceDifference
from tokencli.pricing.card import MILLION, PriceCard, Unit
from tokencli.store import queries
from tokencli.store.differences import comparisons

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tokencli.domain.period import Period
    from tokencli.domain.report import EventFilter
    from tokencli.store.database import Connection, Database
    from tokencli.store.differences import Comparison


def price_differences(database: Database, period: Period, where: EventFilter) -> tuple[PriceDifference, ...]:
    """Return what sources said their calls cost beside the list, model by model, those that agree included."""
    with database.reading() as connection:
        return differences(connection, period, where)


def differences(
    connection: Connection, period: Period, where: EventFilter = queries.EVERYTHING
) -> tuple[PriceDifference, ...]:
    """Return what `price_differences` returns, inside a reading of the ledger that is under way."""
    return _differences(comparisons(connection, period, where))


def _differences(found: Iterable[Comparison]) -> tuple[PriceDifference, ...]:
    return tuple(_difference(one) for one in found)


def _difference(one: Comparison) -> PriceDifference:
    cards = [_card(body) for body in one.price_bodies]
    return PriceDifference(
        provider_name=one.provider_name,
        model=one.model,
        requests=one.requests,
        list_cost=one.list_cost,
        reported_cost=one.reported_cost,
        first_seen=one.first_seen,
        last_seen=one.last_seen,
        logged_input_price=_first(exact_product(MILLION, price.input_usd) for price in one.logged_prices),
        list_input_price=_first(_price(card, Unit.INPUT) for card in cards),
        logged_output_price=_first(exact_product(MILLION, price.output_usd) for price in one.logged_prices),
        list_output_price=_first(_price(card, Unit.OUTPUT) for card in cards),
    )


def _card(body: str) -> PriceCard | None:
    """Return the price card; None for one that only a newer version can read."""
    try:
        return PriceCard.from_json(body)
    except (ValueError, KeyError, TypeError):
        return None


def _price(card: PriceCard | None, unit: Unit) -> Usd | None:
    """Return dollars per million tokens, of calls below the first tier."""
    if card is None:
        return None
    if card.status is not CostStatus.PRICED:
        return ZERO
    rate = card.rate(unit)
    return None if rate is None else Usd(rate.price)


def _first(prices: Iterable[Usd | None]) -> Usd | None:
    """Return the first price, which is that of most calls; None when there is none or it is not known."""
    return next(iter(prices), None)
