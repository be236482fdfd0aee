"""A tariff gives what the sum of a call's lines gives, to the picodollar."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tokencli.domain.charge import CostStatus
from tokencli.domain.money import to_pico
from tokencli.domain.usage import TokenUsage
from tokencli.pricing.card import PriceCard, Rate, Unit
from tokencli.pricing.charge import charge
from tokencli.pricing.tariff import Tariff

CARD = PriceCard(provider="acme", model="big-1", source="list 1")
PRICES = st.decimals(min_value=0, max_value=1000, places=7)
COUNTS = st.integers(min_value=0, max_value=10**7) | st.just(2**49)


@st.composite
def rates(draw: st.DrawFn) -> tuple[Rate, ...]:
    found = draw(st.lists(st.sampled_from(Unit), unique=True))
    return tuple(
        Rate(
            unit=unit,
            price=draw(PRICES),
            tiers=tuple((above, draw(PRICES)) for above in draw(st.sampled_from([(), (1000,), (1000, 200_000)]))),
        )
        for unit in found
    )


@st.composite
def cards(draw: st.DrawFn) -> PriceCard:
    return replace(
        CARD,
        status=draw(st.sampled_from([CostStatus.PRICED, CostStatus.PRICED, CostStatus.FREE, CostStatus.SUBSCRIPTION])),
        rates=draw(rates()),
        service_tiers=draw(st.sampled_from([(), (("flex", draw(rates())),)])),
        batch_factor=draw(st.sampled_from([None, Decimal("0.5"), Decimal("0.333333333")])),
        regions=draw(st.sampled_from([(), (("us", Decimal("1.1")),)])),
    )


@st.composite
def usages(draw: st.DrawFn) -> TokenUsage:
    """Any usage, also one that contradicts itself."""
    names = [name for name in TokenUsage.__slots__ if name.endswith(("_tokens", "_requests"))]
    return TokenUsage(
        **{name: draw(COUNTS) for name in draw(st.lists(st.sampled_from(names), unique=True))},
        search_context_size=draw(st.sampled_from([None, "low", "medium", "high", "odd"])),
        service_tier=draw(st.sampled_from([None, "batch", "flex", "standard", "odd"])),
        inference_region=draw(st.sampled_from([None, "us", "global"])),
        inconsistent=True,
    )


@given(card=cards(), calls=st.lists(usages(), min_size=1, max_size=4))
def test_cost_is_the_sum_of_the_lines_to_the_picodollar(card: PriceCard, calls: list[TokenUsage]) -> None:
    tariff = Tariff(card)
    for usage in calls:
        listed = charge(usage, card).list_cost
        assert tariff.cost(usage) == (None if listed is None else to_pico(listed))


def test_price_that_is_not_whole_picodollars_is_rounded_once_for_the_call() -> None:
    card = replace(CARD, rates=(Rate(unit=Unit.INPUT, price=Decimal("0.0000015")),))
    assert Tariff(card).cost(TokenUsage(input_tokens=3)) == 4


def test_what_a_card_cannot_measure_has_no_cost() -> None:
    card = replace(CARD, rates=(Rate(unit=Unit.AUDIO_INPUT, price=Decimal(1)),))
    assert Tariff(card).cost(TokenUsage(output_tokens=3)) is None


def test_terms_that_never_repeat_do_not_fill_the_memory() -> None:
    tariff = Tariff(replace(CARD, rates=(Rate(unit=Unit.INPUT, price=Decimal(1)),)))
    costs = {tariff.cost(TokenUsage(input_tokens=5, service_tier=f"tier-{number}")) for number in range(2500)}
    assert costs == {5_000_000}
    assert len(tariff._prices) <= 1000


def test_slopes_tell_what_a_token_more_costs_below_and_above_a_threshold() -> None:
    tiered = Rate(unit=Unit.INPUT, price=Decimal(3), tiers=((200_000, Decimal(6)),))
    card = replace(CARD, rates=(tiered, Rate(unit=Unit.OUTPUT, price=Decimal(15))))
    low, high = Tariff(card).slopes(None, None)
    assert (low.above, low.fresh, low.said) == (-1, 3_000_000, 15_000_000)
    assert (high.above, high.fresh, high.cache_read) == (200_000, 6_000_000, 6_000_000)


def test_there_are_no_slopes_where_a_token_has_no_whole_price() -> None:
    odd = Rate(unit=Unit.INPUT, price=Decimal("0.0000001"))
    assert Tariff(replace(CARD, rates=(odd,))).slopes(None, None) == ()
    assert Tariff(replace(CARD, status=CostStatus.FREE)).slopes(None, None)[0].fresh == 0
