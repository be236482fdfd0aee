"""A model's entry in the price list, read as PriceCards: dates, hours of the day, tiers and service tiers.

The list gives the last price whose conditions hold, else the first one; so does a history of cards.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from tokencli.domain.charge import CostStatus
from tokencli.pricing.card import PriceCard, Rate, Unit
from tokencli.pricing.supplement import complete

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice, Provider

    History = tuple[PriceCard, ...]

ROUTER = "openrouter"
BEFORE_ALL = date(2000, 1, 1)
UNITS = {
    "input_mtok": Unit.INPUT,
    "cache_read_mtok": Unit.CACHE_READ,
    "cache_write_mtok": Unit.CACHE_WRITE_5M,
    "cache_write_1h_mtok": Unit.CACHE_WRITE_1H,
    "input_audio_mtok": Unit.AUDIO_INPUT,
    "cache_audio_read_mtok": Unit.AUDIO_CACHE_READ,
    "input_image_mtok": Unit.IMAGE_INPUT,
    "cache_image_read_mtok": Unit.IMAGE_CACHE_READ,
    "input_video_mtok": Unit.VIDEO_INPUT,
    "output_mtok": Unit.OUTPUT,
    "output_reasoning_mtok": Unit.REASONING,
    "output_audio_mtok": Unit.AUDIO_OUTPUT,
    "output_image_mtok": Unit.IMAGE_OUTPUT,
    "output_citation_mtok": Unit.CITATION,
    "web_searches_kcount": Unit.WEB_SEARCH,
    "requests_kcount": Unit.REQUEST,
}
_TIERS = {
    "batch": {"processing": "batch"},
    "flex": {"service_tier": "flex"},
    "priority": {"service_tier": "priority"},
    "fast": {"service_tier": "fast", "speed": "fast"},
}


class Found(NamedTuple):
    """A model's entry in the list, and whose entry it is."""

    provider: Provider
    model: ModelInfo


def cards_of(found: Found, asked: str, source: str) -> History:
    """Return a model's prices, oldest first; nothing when the list names the model without a price."""
    cards: list[PriceCard] = []
    for day in _breaks(found.model):
        for hours in (None, *_hours(found.model)):
            card = _card(found, day, hours, source)
            if card is None:
                return _unlisted(found, asked, source)
            cards.append(card)
    return joined(cards)


def joined(cards: list[PriceCard]) -> History:
    """Return the cards without those that only repeat what held before; cards with hours stay side by side."""
    kept: list[PriceCard] = []
    has_hours = any(card.hours for card in cards)
    for card in cards:
        if has_hours or not kept or not kept[-1].same_prices(card):
            kept.append(card)
    return tuple(kept)


def _card(found: Found, day: date | None, hours: tuple[time, time] | None, source: str) -> PriceCard | None:
    """Return what holds from one day on, in these hours; None when the list names no price at all."""
    prices = found.model.get_prices(_moment(found.model, day, hours))
    if not any(_priced(prices)):
        return None
    rates = _rates(prices)
    is_free = bool(rates) and not any(rate.price or rate.tiers for rate in rates)
    card = PriceCard(
        provider=found.provider.id,
        model=found.model.id,
        source=source,
        status=CostStatus.FREE if is_free else CostStatus.PRICED,
        effective_from=day,
        rates=rates,
        service_tiers=_service_tiers(found, day, rates),
        hours=hours,
        unmeasured=tuple(key for key, _ in _priced(prices) if key not in UNITS),
    )
    return card if found.provider.id == ROUTER else complete(card, found.provider.id, found.model.id)


def _priced(prices: ModelPrice) -> list[tuple[str, object]]:
    return [(key, value) for key, value in sorted(vars(prices).items()) if value is not None]


def _rates(prices: ModelPrice) -> tuple[Rate, ...]:
    from genai_prices.types import TieredPrices

    found: list[Rate] = []
    for key, unit in UNITS.items():
        price = getattr(prices, key, None)
        if isinstance(price, TieredPrices):
            tiers = tuple((tier.start, tier.price) for tier in price.tiers)
            found.append(Rate(unit=unit, price=price.base, tiers=tiers))
        elif price is not None:
            found.append(Rate(unit=unit, price=price))
    return tuple(found)


def _service_tiers(found: Found, day: date | None, rates: tuple[Rate, ...]) -> tuple[tuple[str, tuple[Rate, ...]], ...]:
    """Return the rates of batch, flex, priority and fast calls, where the list has them.

    The list dates them by the day they were first read. Before it they hold too, as long as the standard
    prices were the same.
    """
    own = any(model is found.model for model in found.provider.models)
    tiers: list[tuple[str, tuple[Rate, ...]]] = []
    for name, wanted in _TIERS.items():
        days = _variant_days(found.model, wanted)
        if not days or not (own or name == "batch"):
            continue
        best = next((begins for begins in reversed(days) if begins <= (day or BEFORE_ALL)), days[0])
        then = datetime.combine(max(best, day or BEFORE_ALL), time(), UTC)
        if _rates(found.model.get_prices(then)) == rates:
            special = _rates(found.model.get_prices(then, wanted))
            tiers.append((name, tuple(rate for rate in special if rate not in rates)))
    return tuple((name, special) for name, special in sorted(tiers) if special)


def _variant_days(model: ModelInfo, wanted: dict[str, str]) -> list[date]:
    """Return the days on which prices for a request context begin, oldest first."""
    return sorted(
        getattr(variant.constraint, "start_date", BEFORE_ALL)
        for variant in model.price_variants or ()
        if all(wanted.get(key) == value for key, value in variant.when.items())
    )


def _breaks(model: ModelInfo) -> list[date | None]:
    """Return the days on which anything changes, oldest first, beginning with None for the first prices."""
    prices = model.prices if isinstance(model.prices, list) else []
    constraints = [price.constraint for price in prices]
    constraints += [variant.constraint for variant in model.price_variants or ()]
    return [None, *sorted({day for item in constraints if (day := getattr(item, "start_date", None))})]


def _hours(model: ModelInfo) -> list[tuple[time, time]]:
    """Return the parts of the day that have prices of their own, in UTC, the one that prevails last."""
    from genai_prices.types import TimeOfDateConstraint

    prices = model.prices if isinstance(model.prices, list) else []
    return [
        (_utc(price.constraint.start_time), _utc(price.constraint.end_time))
        for price in prices
        if isinstance(price.constraint, TimeOfDateConstraint)
    ]


def _utc(clock: time) -> time:
    if clock.tzinfo is None:
        return clock
    return datetime.combine(BEFORE_ALL, clock).astimezone(UTC).time()


def _moment(model: ModelInfo, day: date | None, hours: tuple[time, time] | None) -> datetime:
    """Return an instant at which exactly these conditions hold; outside all special hours when `hours` is None."""
    first = day or BEFORE_ALL
    if hours is not None:
        return datetime.combine(first, hours[0], UTC)
    probe = PriceCard(provider=None, model="", source="")
    taken = [replace(probe, hours=each) for each in _hours(model)]
    clocks = (datetime.combine(first, time(), UTC) + timedelta(minutes=15 * step) for step in range(96))
    return next(
        (at for at in clocks if not any(card.is_open_at(first, at.time()) for card in taken)),
        datetime.combine(first, time(), UTC),
    )


def _unlisted(found: Found, asked: str, source: str) -> History:
    """Return the card of a model that the list names without a price: free or paid by a plan if it says so."""
    words = f"{found.model.price_comments or ''} {found.model.description or ''}".lower()
    free = asked.endswith(":free") or found.model.id.endswith(":free") or "free of charge" in words
    if not free and "included in the subscription" not in words:
        return ()
    status = CostStatus.FREE if free else CostStatus.SUBSCRIPTION
    return (PriceCard(provider=found.provider.id, model=found.model.id, source=source, status=status),)
