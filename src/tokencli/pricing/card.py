"""PriceCard: what one model cost at one provider at one time, as data that can be stored and read back.

Prices are dollars per `per` units (a million tokens, a thousand searches). A card never says $0 for what
is not known: a unit without a rate is priced by its nearest wider unit, or not at all.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from typing import Any

from tokencli.domain.charge import CostStatus
from tokencli.domain.money import plain

MILLION = 1_000_000
THOUSAND = 1_000


class Unit(StrEnum):
    """What can be priced; the names are those of TokenUsage."""

    INPUT = "input_tokens"
    CACHE_READ = "cache_read_tokens"
    CACHE_WRITE_5M = "cache_write_5m_tokens"
    CACHE_WRITE_1H = "cache_write_1h_tokens"
    AUDIO_INPUT = "audio_input_tokens"
    AUDIO_CACHE_READ = "audio_cache_read_tokens"
    IMAGE_INPUT = "image_input_tokens"
    IMAGE_CACHE_READ = "image_cache_read_tokens"
    VIDEO_INPUT = "video_input_tokens"
    OUTPUT = "output_tokens"
    REASONING = "reasoning_tokens"
    AUDIO_OUTPUT = "audio_output_tokens"
    IMAGE_OUTPUT = "image_output_tokens"
    CITATION = "citation_tokens"
    WEB_SEARCH = "web_search_requests"
    REQUEST = "requests"
    REQUEST_LOW = "requests_low_context"
    REQUEST_MEDIUM = "requests_medium_context"
    REQUEST_HIGH = "requests_high_context"

    @property
    def is_token(self) -> bool:
        """Say whether the unit is a kind of token; surcharges and discounts hold for tokens only."""
        return self.value.endswith("_tokens")

    @property
    def per(self) -> int:
        """Return how many units a price is for."""
        return MILLION if self.is_token else THOUSAND


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """The price of one unit in dollars per `unit.per`.

    `tiers` are (above, price), rising: the last one whose `above` is below the call's whole input_tokens
    (cached included) is the price of ALL units of the call.
    """

    unit: Unit
    price: Decimal
    tiers: tuple[tuple[int, Decimal], ...] = ()

    def tier_at(self, input_tokens: int) -> tuple[int, Decimal]:
        """Return (above, price) for a call with so many input tokens; above is 0 below the first tier."""
        found = (0, self.price)
        for tier in self.tiers:
            if input_tokens > tier[0]:
                found = tier
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceCard:
    """The prices of one model at one provider, from `effective_from` on (None: since the list begins).

    `source` names the list. `service_tiers` replaces rates for batch, flex, priority or fast calls;
    `batch_factor` discounts tokens where the list has no batch prices of its own. `regions` multiplies
    tokens served in a region. `hours` bounds a price that holds for a part of the day only, in UTC, from
    the first time up to the second. `unmeasured` names units that the model is priced by and that
    TokenUsage does not count.
    """

    provider: str | None
    model: str
    source: str
    status: CostStatus = CostStatus.PRICED
    effective_from: date | None = None
    is_disputed: bool = False
    rates: tuple[Rate, ...] = ()
    service_tiers: tuple[tuple[str, tuple[Rate, ...]], ...] = ()
    batch_factor: Decimal | None = None
    regions: tuple[tuple[str, Decimal], ...] = ()
    hours: tuple[time, time] | None = None
    unmeasured: tuple[str, ...] = ()

    def rate(self, unit: Unit) -> Rate | None:
        """Return the standard rate of a unit; None when the card has none."""
        return next((rate for rate in self.rates if rate.unit is unit), None)

    def is_open_at(self, day: date, clock: time) -> bool:
        """Say whether the card holds on that day at that time, both UTC."""
        if self.effective_from is not None and day < self.effective_from:
            return False
        if self.hours is None:
            return True
        start, end = self.hours
        return start <= clock < end if start <= end else clock >= start or clock < end

    def same_prices(self, other: PriceCard) -> bool:
        """Say whether two cards differ in nothing but the day they begin."""
        return self == replace(other, effective_from=self.effective_from)

    def to_json(self) -> str:
        """Return the card as canonical JSON: equal cards give equal text."""
        return json.dumps(self.to_dict(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    def to_dict(self) -> dict[str, Any]:
        """Return the card as JSON values; money is a string of dollars, and what is empty is left out."""
        start, end = self.hours or (None, None)
        full: dict[str, Any] = {
            "provider": self.provider,
            "model": self.model,
            "source": self.source,
            "status": self.status.value,
            "effective_from": self.effective_from.isoformat() if self.effective_from else None,
            "is_disputed": self.is_disputed or None,
            "rates": _rates_to_list(self.rates),
            "service_tiers": {name: _rates_to_list(rates) for name, rates in self.service_tiers},
            "batch_factor": None if self.batch_factor is None else plain(self.batch_factor),
            "regions": {name: plain(factor) for name, factor in self.regions},
            "hours": [start.isoformat(), end.isoformat()] if start is not None and end is not None else None,
            "unmeasured": list(self.unmeasured),
        }
        return {key: value for key, value in full.items() if value not in (None, [], {})}

    @classmethod
    def from_json(cls, text: str) -> PriceCard:
        """Return the card of `to_json`; raise ValueError, KeyError or TypeError for any other text."""
        return cls.from_dict(json.loads(text))

    @classmethod
    def from_dict(cls, body: dict[str, Any]) -> PriceCard:
        """Return the card of `to_dict`; raise ValueError, KeyError or TypeError for anything else."""
        hours = [time.fromisoformat(text) for text in body.get("hours", ())]
        begins = body.get("effective_from")
        factor = body.get("batch_factor")
        return cls(
            provider=body.get("provider"),
            model=body["model"],
            source=body["source"],
            status=CostStatus(body["status"]),
            effective_from=date.fromisoformat(begins) if begins else None,
            is_disputed=body.get("is_disputed", False),
            rates=_rates_from_list(body.get("rates", ())),
            service_tiers=tuple(
                (name, _rates_from_list(rates)) for name, rates in sorted(body.get("service_tiers", {}).items())
            ),
            batch_factor=None if factor is None else _decimal(factor),
            regions=tuple((name, _decimal(value)) for name, value in sorted(body.get("regions", {}).items())),
            hours=(hours[0], hours[1]) if hours else None,
            unmeasured=tuple(body.get("unmeasured", ())),
        )


def card_at(cards: tuple[PriceCard, ...], day: date, clock: time) -> PriceCard | None:
    """Return the card that holds at a time (UTC) out of a model's history, oldest first; None when none does yet.

    Cards of the latest day that has begun count, and of these the last one whose hours hold.
    """
    found: PriceCard | None = None
    for card in cards:
        if card.is_open_at(day, clock):
            found = card
    return found


def _rates_to_list(rates: tuple[Rate, ...]) -> list[dict[str, Any]]:
    return [
        {"unit": rate.unit.value, "per": rate.unit.per, "price": plain(rate.price)}
        | ({"tiers": [[above, plain(price)] for above, price in rate.tiers]} if rate.tiers else {})
        for rate in rates
    ]


def _rates_from_list(rates: Any) -> tuple[Rate, ...]:
    return tuple(
        Rate(
            unit=Unit(rate["unit"]),
            price=_decimal(rate["price"]),
            tiers=tuple((int(above), _decimal(price)) for above, price in rate.get("tiers", ())),
        )
        for rate in rates
    )


def _decimal(text: Any) -> Decimal:
    if not isinstance(text, str) or not text.replace(".", "", 1).isdecimal():
        msg = f"{text!r} is no price"
        raise ValueError(msg)
    return Decimal(text)
