"""The sum of one call: disjoint counts times unit prices.

Pure arithmetic on Decimal and int, exact: a sum is rounded once, to whole picodollars, where it is stored. A
count above its whole never makes another one negative.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from operator import attrgetter
from typing import TYPE_CHECKING

from tokencli.domain.charge import Charge, ChargeLine, CostStatus, unpriced
from tokencli.domain.money import MAX_PICO, PICO_PER_USD, ZERO, Usd, exact_product, exact_sum
from tokencli.pricing.card import PriceCard, Rate, Unit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tokencli.domain.usage import TokenUsage

DIGITS = 60
_ONE = Decimal(1)
LARGEST_CALL_USD = Decimal(MAX_PICO // PICO_PER_USD)
_STANDARD = frozenset({"standard", "default", "auto", "on_demand", "unspecified", "standard_only"})
_ANYWHERE = frozenset({"global", "not_available", "unspecified"})
_REQUEST_UNITS = {"low": Unit.REQUEST_LOW, "medium": Unit.REQUEST_MEDIUM, "high": Unit.REQUEST_HIGH}
_NO_RATE = "the price list has no rate for these"
_media_parts = attrgetter(
    "audio_input_tokens",
    "image_input_tokens",
    "video_input_tokens",
    "audio_cache_read_tokens",
    "image_cache_read_tokens",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SimpleRates:
    """A price in whole picodollars a token, for calls that have plain input and output tokens only.

    `tiers` are (above, input, output), rising: the last one with input_tokens > above holds for all tokens.
    """

    input_pico: int
    output_pico: int
    tiers: tuple[tuple[int, int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the call's tier and region do to a card: replaced rates, a factor on tokens, and words for it."""

    rates: dict[Unit, Rate]
    factor: Decimal
    notes: tuple[str, ...]


def charge(usage: TokenUsage, card: PriceCard) -> Charge:
    """Return the list cost of a call by a card, with the lines of its sum.

    It is unpriced when the card prices the model by nothing that was counted, but by audio hours, say.
    """
    if card.status is not CostStatus.PRICED:
        return _whole(card, ZERO, ())
    found = terms(usage, card)
    counts = priced_counts(usage, found.rates)
    if not is_measured(counts, found.rates):
        what = ", ".join(card.unmeasured).replace("_", " ") or "something else"
        return unpriced(f"{card.model} is priced by {what}, which was not counted")
    lines = tuple(_line(unit, count, found, usage.input_tokens) for unit, count in counts.items() if count)
    total = exact_sum(line.amount for line in lines)
    if total > LARGEST_CALL_USD:
        return unpriced("the counts come to more than $9.2 million, which no single call costs")
    return _whole(card, total, lines)


def simple_rates(card: PriceCard) -> SimpleRates | None:
    """Return a card's price for plain input and output in whole picodollars; None when that would not be exact."""
    if card.status in {CostStatus.FREE, CostStatus.SUBSCRIPTION}:
        return SimpleRates(input_pico=0, output_pico=0)
    into, out = card.rate(Unit.INPUT), card.rate(Unit.OUTPUT)
    if card.status is not CostStatus.PRICED or None in (into, out) or _request_unit(None, _by_unit(card.rates)):
        return None
    steps = sorted({0} | {above for rate in (into, out) if rate for above, _ in rate.tiers})
    found: list[tuple[int, int, int]] = []
    for above in steps:
        pair = [_pico_a_token(rate, above + 1) for rate in (into, out)]
        if None in pair:
            return None
        found.append((above, pair[0] or 0, pair[1] or 0))
    return SimpleRates(input_pico=found[0][1], output_pico=found[0][2], tiers=tuple(found[1:]))


def _whole(card: PriceCard, cost: Usd, lines: tuple[ChargeLine, ...]) -> Charge:
    return Charge(
        status=card.status,
        list_cost=cost,
        lines=lines,
        price_source=card.source,
        price_effective_from=card.effective_from,
        is_disputed=card.is_disputed,
    )


def _pico_a_token(rate: Rate | None, input_tokens: int) -> int | None:
    """Return whole picodollars a token; None without a rate, or when it is not a whole number."""
    if rate is None:
        return None
    pico = rate.tier_at(input_tokens)[1] * (PICO_PER_USD // rate.unit.per)
    return int(pico) if pico == pico.to_integral_value() else None


def is_measured(counts: Mapping[Unit, int], rates: Mapping[Unit, Rate]) -> bool:
    """Say whether a card prices a call by anything that was counted."""
    return any(unit in rates for unit in counts) if counts else bool(rates)


def terms(usage: TokenUsage, card: PriceCard) -> Terms:
    """Return what a call's service tier and region do to a card; nothing else of the usage matters."""
    rates = _by_unit(card.rates)
    factor = _ONE
    notes: list[str] = []
    tier = (usage.service_tier or "").strip().lower().replace("-", "_")
    if tier and tier not in _STANDARD:
        special = dict(card.service_tiers).get(tier)
        if special is not None:
            rates |= _by_unit(special)
            notes.append(tier)
        elif tier == "batch" and card.batch_factor is not None:
            factor = card.batch_factor
            notes.append(f"batch: {factor} x standard")
        else:
            notes.append(f"no {tier} price is known: the standard one is used")
    region = (usage.inference_region or "").strip().lower()
    surcharge = dict(card.regions).get(region)
    if surcharge is not None and region not in _ANYWHERE:
        factor *= surcharge
        notes.append(f"served in {region}: x {surcharge}")
    return Terms(rates=rates, factor=factor, notes=tuple(notes))


def _by_unit(rates: tuple[Rate, ...]) -> dict[Unit, Rate]:
    return {rate.unit: rate for rate in rates}


def _line(unit: Unit, count: int, terms: Terms, input_tokens: int) -> ChargeLine:
    rate = terms.rates.get(unit)
    if rate is None:
        return ChargeLine(unit=unit.value, quantity=count, unit_price_usd=ZERO, amount=ZERO, note=_NO_RATE)
    above, price = rate.tier_at(input_tokens)
    notes = [f"above {above:,} input tokens"] if above else []
    with localcontext(prec=DIGITS):
        unit_price = Usd(price / unit.per)
        if unit.is_token:
            unit_price = Usd(unit_price * terms.factor)
            notes += terms.notes
    return ChargeLine(
        unit=unit.value,
        quantity=count,
        unit_price_usd=unit_price,
        amount=exact_product(count, unit_price),
        note="; ".join(notes) or None,
    )


def priced_counts(usage: TokenUsage, rates: dict[Unit, Rate]) -> dict[Unit, int]:
    """Return how many of each unit are paid for; a kind without a rate counts as its next wider kind."""
    counts: dict[Unit, int] = {}
    for count, *kinds in (*_input_parts(usage), *_output_parts(usage, rates)):
        if count:
            unit = next((kind for kind in kinds if kind in rates), kinds[-1])
            counts[unit] = counts.get(unit, 0) + count
    if usage.web_search_requests:
        counts[Unit.WEB_SEARCH] = usage.web_search_requests
    if request := _request_unit(usage.search_context_size, rates):
        counts[request] = 1
    return counts


def _input_parts(usage: TokenUsage) -> tuple[tuple[int, *tuple[Unit, ...]], ...]:
    """Return disjoint parts of the input, each with the units that may price it, the best fitting one first."""
    hourly = usage.cache_write_1h_tokens
    writes = max(usage.cache_write_tokens, usage.cache_write_5m_tokens + hourly)
    fresh = usage.input_tokens - usage.cache_read_tokens - writes
    if fresh < 0:
        # The same tokens were read and written, or a part is above the whole: what is left outside is not cached.
        fresh = max(0, usage.input_tokens - max(usage.cache_read_tokens, writes))
    if not any(_media_parts(usage)):
        return (
            (fresh, Unit.INPUT),
            (usage.cache_read_tokens, Unit.CACHE_READ, Unit.INPUT),
            (writes - hourly, Unit.CACHE_WRITE_5M, Unit.INPUT),
            (hourly, Unit.CACHE_WRITE_1H, Unit.CACHE_WRITE_5M, Unit.INPUT),
        )
    audio = min(fresh, max(0, usage.audio_input_tokens - usage.audio_cache_read_tokens))
    image = min(fresh - audio, max(0, usage.image_input_tokens - usage.image_cache_read_tokens))
    video = min(fresh - audio - image, usage.video_input_tokens)
    read_audio = min(usage.cache_read_tokens, usage.audio_cache_read_tokens)
    read_image = min(usage.cache_read_tokens - read_audio, usage.image_cache_read_tokens)
    return (
        (fresh - audio - image - video, Unit.INPUT),
        (audio, Unit.AUDIO_INPUT, Unit.INPUT),
        (image, Unit.IMAGE_INPUT, Unit.INPUT),
        (video, Unit.VIDEO_INPUT, Unit.INPUT),
        (usage.cache_read_tokens - read_audio - read_image, Unit.CACHE_READ, Unit.INPUT),
        (read_audio, Unit.AUDIO_CACHE_READ, Unit.CACHE_READ, Unit.AUDIO_INPUT, Unit.INPUT),
        (read_image, Unit.IMAGE_CACHE_READ, Unit.CACHE_READ, Unit.IMAGE_INPUT, Unit.INPUT),
        (writes - hourly, Unit.CACHE_WRITE_5M, Unit.INPUT),
        (hourly, Unit.CACHE_WRITE_1H, Unit.CACHE_WRITE_5M, Unit.INPUT),
    )


def _output_parts(usage: TokenUsage, rates: dict[Unit, Rate]) -> tuple[tuple[int, *tuple[Unit, ...]], ...]:
    """Return disjoint parts of the output; a part that has no price of its own stays in the rest."""
    left = usage.output_tokens
    parts: list[tuple[int, *tuple[Unit, ...]]] = []
    for unit, count in (
        (Unit.REASONING, usage.reasoning_tokens),
        (Unit.AUDIO_OUTPUT, usage.audio_output_tokens),
        (Unit.IMAGE_OUTPUT, usage.image_output_tokens),
        (Unit.CITATION, usage.citation_tokens),
    ):
        if unit in rates:
            part = min(left, count)
            left -= part
            parts.append((part, unit))
    return ((left, Unit.OUTPUT), *parts)


def _request_unit(context_size: str | None, rates: dict[Unit, Rate]) -> Unit | None:
    """Return the unit of the fee for the request itself; a provider's default is the small search context."""
    sized = _REQUEST_UNITS.get((context_size or "low").lower(), Unit.REQUEST_LOW)
    return next((unit for unit in (sized, Unit.REQUEST) if unit in rates), None)
