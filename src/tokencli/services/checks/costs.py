"""Costs: what sources said beside the price list, and what no list knows.

A difference counts beyond what six printed decimals can hide, and above 5 %; from a factor of 1.25 on the price that
the backend multiplies by is wrong, not old.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from tokencli.domain.charge import CostStatus
from tokencli.domain.money import Usd, from_pico
from tokencli.domain.usage import Basis
from tokencli.services.checks.evidence import (
    BACKENDS,
    calls_words,
    day_name,
    name_of,
    problem,
    requests_of,
    warning,
)
from tokencli.services.differences import differences
from tokencli.services.prices import Named, near_models

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokencli.domain.finding import Finding
    from tokencli.domain.overview import PriceDifference
    from tokencli.services.checks.evidence import Evidence
    from tokencli.store.check_sums import ComparedDay
    from tokencli.store.facets import Facet

ROUNDING_PICO: Final = 500_000
"""Logs print six decimals: so far may each call's dollars be off."""
TOLERANCE: Final = Decimal("0.05")
_NO_MODEL: Final = "no model"
WRONG: Final = Decimal("1.25")
"""From this factor on, either way, a logged price is wrong; below it, it is old or a discount."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What a source said of one model's calls, on the days on which it differs from the list."""

    facet: Facet
    requests: int
    list_pico: int
    reported_pico: int
    first_day: int
    last_day: int
    is_over: bool

    @property
    def factor(self) -> Decimal:
        """Return reported / list."""
        return Decimal(self.reported_pico) / Decimal(self.list_pico)


def zero_costs(evidence: Evidence) -> Iterator[Finding]:
    """Find models whose calls have tokens while their source says that they cost nothing."""
    for said in _differing(evidence):
        if said.reported_pico:
            continue
        name, listed = name_of(said.facet), from_pico(said.list_pico)
        words = (
            f"{name}: {calls_words(said.requests)} with tokens, for which the source says $0.00 "
            f"and the price list {dollars(listed)}."
        )
        advice = "Trust the list cost, and give the backend a price for this model: it takes an unknown one for free."
        if is_own(said.facet):
            yield problem("tokens-no-cost", words, advice, subject=name, count=said.requests)
        else:
            advice = "A client says $0 for what a subscription pays: if one does, set price = 'subscription' for it."
            yield warning("tokens-no-cost", words, advice, subject=name, count=said.requests)


def price_differences(evidence: Evidence) -> Iterator[Finding]:
    """Find models whose logged cost is far from the list: by what factor, since when, how many dollars in all."""
    listed = {(one.provider_name, one.model): one for one in differences(evidence.connection, evidence.period)}
    for said in _differing(evidence):
        if not said.reported_pico:
            continue
        name = name_of(said.facet)
        unit_prices = _unit_prices(listed.get((said.facet.provider, said.facet.model)))
        words = f"{name}: {_difference(said)}{unit_prices}."
        is_wrong = max(said.factor, 1 / said.factor) >= WRONG
        if is_own(said.facet) and is_wrong:
            advice = "The price in the backend's table is wrong: correct it there; the list cost here is right already."
            yield problem("price-differs", words, advice, subject=name, count=said.requests)
        else:
            advice = "If you pay a price of your own, write it into config.toml; else trust the list cost."
            yield warning("price-differs", words, advice, subject=name, count=said.requests)


def free_but_paid(evidence: Evidence) -> Iterator[Finding]:
    """Find models that the list calls free while their source says dollars."""
    for found in evidence.by(lambda facet: facet.model if facet.status == CostStatus.FREE else None).values():
        numbers = {facet.id for facet, _ in found if facet.basis != Basis.MISSING}
        days = [day for day in evidence.compared if day.facet_id in numbers]
        reported = sum(day.reported_pico for day in days)
        requests = sum(day.requests for day in days)
        if reported <= ROUNDING_PICO * requests:
            continue
        name = name_of(found[0][0])
        words = (
            f"{name}: its source says {dollars(from_pico(reported))} for {calls_words(requests)} that count as free."
        )
        advice = "Look at the model's price with 'tokencli prices show MODEL', and correct it in config.toml."
        yield warning("cost-though-free", words, advice, subject=name, count=requests)


def unpriced(evidence: Evidence) -> Iterator[Finding]:
    """Find models that no price list knows, with the nearest known name; and calls whose source names no model."""
    for found in evidence.by(_unpriced_model).values():
        facet, calls = found[0][0], requests_of(found)
        tokens = sum(tally.total_tokens for _, tally in found)
        if not tokens:
            continue
        if facet.model is None:
            words = (
                f"{calls_words(calls)} with {tokens:,} tokens name no model, so that no price can be found for them."
            )
            advice = "Have the source name the model, as in (model=gpt-4o, input=..., output=...)."
            yield warning("no-model", words, advice, count=calls)
            continue
        where = f" at {facet.provider}" if facet.provider else ""
        words = f"{facet.model}{where}: {calls_words(calls)} with {tokens:,} tokens and no known price; this is not $0."
        yield warning("unpriced", words, _price_advice(evidence, facet), subject=facet.model, count=calls)


def is_own(facet: Facet) -> bool:
    """Say whether a source is a backend of the user's own, whose prices the user can correct."""
    return facet.source in BACKENDS


def dollars(amount: Usd) -> str:
    """Return an amount in words, with cents, or with six decimals below ten cents."""
    places = Decimal("0.01") if amount >= Decimal("0.1") or not amount else Decimal("0.000001")
    return f"${amount.quantize(places):,}"


def _differing(evidence: Evidence) -> Iterator[_Said]:
    """Yield each source and model that differs, over the days on which it does, those above and below apart."""
    models: dict[tuple[object, ...], list[ComparedDay]] = defaultdict(list)
    for day in evidence.compared:
        facet = evidence.facets[day.facet_id]
        models[facet.source, facet.provider, facet.model].append(day)
    for days in models.values():
        sides: dict[tuple[bool, bool], list[ComparedDay]] = defaultdict(list)
        for day in _by_prices(evidence, days):
            if differs(day):
                sides[day.reported_pico > day.list_pico, not day.reported_pico].append(day)
        for (is_over, _), chosen in sides.items():
            yield _Said(
                facet=evidence.facets[chosen[0].facet_id],
                requests=sum(day.requests for day in chosen),
                list_pico=sum(day.list_pico for day in chosen),
                reported_pico=sum(day.reported_pico for day in chosen),
                first_day=min(day.day for day in chosen),
                last_day=max(day.day for day in chosen),
                is_over=is_over,
            )


def _by_prices(evidence: Evidence, days: list[ComparedDay]) -> Iterator[ComparedDay]:
    """Yield one row a day and pair of printed prices: agents and sessions apart would be noise."""
    joined: dict[tuple[int, int | None], list[ComparedDay]] = defaultdict(list)
    for day in days:
        joined[day.day, evidence.facets[day.facet_id].logged_price_id].append(day)
    for same in joined.values():
        yield same[0]._replace(
            requests=sum(day.requests for day in same),
            list_pico=sum(day.list_pico for day in same),
            reported_pico=sum(day.reported_pico for day in same),
        )


def differs(day: ComparedDay) -> bool:
    """Say whether the costs of a day differ by more than rounding and 5 %; what the list gives for nothing does not."""
    gap = abs(day.reported_pico - day.list_pico)
    return day.list_pico > 0 and gap > ROUNDING_PICO * day.requests and gap > TOLERANCE * day.list_pico


def _difference(said: _Said) -> str:
    reported, listed = from_pico(said.reported_pico), from_pico(said.list_pico)
    factor = max(said.factor, 1 / said.factor)
    words = f"{factor:.2f}" if factor < 10 else f"{factor:,.0f}"  # noqa: PLR2004 - two digits are enough from ten on
    side = f"{words} times the list price" if said.is_over else f"1/{words} of the list price"
    first, last = day_name(said.first_day), day_name(said.last_day)
    when = f"on {first}" if first == last else f"from {first} to {last}"
    gap = Usd(abs(reported - listed))
    return (
        f"the source says {dollars(reported)} for {calls_words(said.requests)} {when}, which is {side} "
        f"({dollars(listed)}): {dollars(gap)} too {'much' if said.is_over else 'little'}"
    )


def _unit_prices(one: PriceDifference | None) -> str:
    """Return the unit prices that differ, as the end of a sentence."""
    if one is None:
        return ""
    pairs = (
        ("input", one.logged_input_price, one.list_input_price),
        ("output", one.logged_output_price, one.list_output_price),
    )
    words = [
        f"{side} logged at {_price(logged)}/M, list {_price(price)}/M"
        for side, logged, price in pairs
        if logged is not None and price is not None and logged != price
    ]
    return f"; {', '.join(words)}" if words else ""


def _price(price: Usd) -> str:
    text = f"{price.normalize():f}" if price else "0"
    whole, _, fraction = text.partition(".")
    return f"${whole}.{fraction.ljust(2, '0')}"


def _unpriced_model(facet: Facet) -> object | None:
    is_counted = facet.status == CostStatus.UNPRICED and facet.basis != Basis.MISSING
    if not is_counted:
        return None
    return _NO_MODEL if facet.model is None else (facet.provider, facet.model)


def _price_advice(evidence: Evidence, facet: Facet) -> str:
    near = near_models(evidence.tools.book(), Named(facet.provider, facet.model or ""))
    known = f"The list knows {' and '.join(near)}. " if near else ""
    return f'{known}Give {facet.model} a price in config.toml ("free" and "subscription" are prices too).'
