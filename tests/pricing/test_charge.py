from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokencli.domain.charge import CostStatus
from tokencli.domain.money import exact_sum, to_pico
from tokencli.domain.usage import TokenUsage
from tokencli.pricing.card import PriceCard, Rate, Unit
from tokencli.pricing.charge import SimpleRates, charge, simple_rates

D = Decimal


def card(**prices: str) -> PriceCard:
    rates = tuple(Rate(unit=Unit[name.upper()], price=D(price)) for name, price in prices.items())
    return PriceCard(provider="acme", model="big-1", source="list 1", rates=rates)


def cost(usage: TokenUsage, of: PriceCard) -> Decimal | None:
    return charge(usage, of).list_cost


FULL = card(
    input="3",
    cache_read="0.3",
    cache_write_5m="3.75",
    cache_write_1h="6",
    output="15",
    audio_input="30",
    audio_cache_read="4",
    image_input="8",
    image_output="60",
    web_search="10",
)
TIERED = replace(
    FULL,
    rates=(
        Rate(unit=Unit.INPUT, price=D(3), tiers=((200_000, D(6)),)),
        Rate(unit=Unit.CACHE_READ, price=D("0.3"), tiers=((200_000, D("0.6")),)),
        Rate(unit=Unit.OUTPUT, price=D(15), tiers=((200_000, D("22.5")),)),
    ),
)
AMOUNTS = st.decimals(min_value=0, max_value=1000, places=6)
COUNTS = st.integers(min_value=0, max_value=10**7)


@st.composite
def usages(draw: st.DrawFn) -> TokenUsage:
    """Any usage, also one that contradicts itself."""
    names = (
        "input_tokens",
        "cache_read_tokens",
        "cache_write_tokens",
        "cache_write_5m_tokens",
        "cache_write_1h_tokens",
        "output_tokens",
        "reasoning_tokens",
        "audio_input_tokens",
        "audio_cache_read_tokens",
        "audio_output_tokens",
        "image_input_tokens",
        "image_cache_read_tokens",
        "image_output_tokens",
        "video_input_tokens",
        "citation_tokens",
        "web_search_requests",
    )
    counts: dict[str, Any] = {name: draw(COUNTS) for name in names}
    tier = draw(st.sampled_from([None, "standard", "batch", "priority", "unheard-of"]))
    region = draw(st.sampled_from([None, "us", "global", "mars"]))
    return TokenUsage(**counts, service_tier=tier, inference_region=region, inconsistent=True)


@st.composite
def cards(draw: st.DrawFn) -> PriceCard:
    units = draw(st.lists(st.sampled_from(list(Unit)), unique=True))
    rates = tuple(
        Rate(unit=unit, price=draw(AMOUNTS), tiers=((draw(st.integers(1, 10**6)), draw(AMOUNTS)),)) for unit in units
    )
    return PriceCard(
        provider="acme",
        model="m",
        source="s",
        rates=rates,
        batch_factor=draw(st.none() | st.just(D("0.5"))),
        regions=(("us", D("1.1")),),
    )


@given(usages(), cards())
def test_lines_add_up_and_nothing_is_negative(usage: TokenUsage, of: PriceCard) -> None:
    found = charge(usage, of)
    if found.list_cost is None:
        assert found.status is CostStatus.UNPRICED
        assert found.reason
        return
    assert found.list_cost == exact_sum(line.amount for line in found.lines)
    assert all(line.amount >= 0 and line.quantity > 0 for line in found.lines)


@given(usages())
def test_every_token_is_paid_for_once(usage: TokenUsage) -> None:
    if usage.contradictions():
        return
    lines = charge(usage, card(input="1", output="1")).lines
    assert sum(line.quantity for line in lines if line.unit.endswith("_tokens")) == usage.total_tokens


@given(st.integers(0, 400_000), st.integers(0, 400_000), st.integers(0, 10**6))
def test_a_tier_holds_for_the_whole_prompt(fresh: int, cached: int, output: int) -> None:
    usage = TokenUsage(input_tokens=fresh + cached, cache_read_tokens=cached, output_tokens=output)
    prices = (6, D("0.6"), D("22.5")) if fresh + cached > 200_000 else (3, D("0.3"), 15)
    expected = fresh * prices[0] + cached * prices[1] + output * prices[2]
    assert cost(usage, TIERED) == expected / 1_000_000


@given(usages(), cards())
def test_batch_never_costs_more_than_standard(usage: TokenUsage, of: PriceCard) -> None:
    standard = cost(replace(usage, service_tier=None), of)
    batch = cost(replace(usage, service_tier="batch"), of)
    if standard is not None and batch is not None:
        assert batch <= standard


@given(COUNTS, COUNTS, cards())
def test_simple_rates_agree_with_the_full_sum(into: int, out: int, of: PriceCard) -> None:
    simple = simple_rates(of)
    if simple is None:
        return
    first, second = simple.input_pico, simple.output_pico
    for above, tier_input, tier_output in simple.tiers:
        if into > above:
            first, second = tier_input, tier_output
    full = cost(TokenUsage(input_tokens=into, output_tokens=out), of)
    assert full is not None
    assert to_pico(full) == into * first + out * second


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (TokenUsage(input_tokens=1000, output_tokens=500), "0.0105"),
        (TokenUsage(input_tokens=1000, cache_read_tokens=1000), "0.0003"),
        (TokenUsage(input_tokens=1000, cache_write_tokens=1000), "0.00375"),
        (TokenUsage(input_tokens=1000, cache_write_tokens=1000, cache_write_5m_tokens=1000), "0.00375"),
        (TokenUsage(input_tokens=1000, cache_write_tokens=1000, cache_write_1h_tokens=1000), "0.006"),
        (TokenUsage(input_tokens=1000, cache_write_tokens=1000, cache_write_1h_tokens=400), "0.00465"),
        (TokenUsage(input_tokens=1000, audio_input_tokens=100), "0.0057"),
        (TokenUsage(input_tokens=1000, image_input_tokens=100), "0.0035"),
        (TokenUsage(input_tokens=1000, video_input_tokens=100), "0.003"),
        (
            TokenUsage(input_tokens=1000, cache_read_tokens=500, audio_input_tokens=300, audio_cache_read_tokens=200),
            "0.00509",
        ),
        (TokenUsage(output_tokens=1000, reasoning_tokens=400), "0.015"),
        (TokenUsage(output_tokens=1000, image_output_tokens=400), "0.033"),
        (TokenUsage(web_search_requests=3), "0.03"),
        (TokenUsage(), "0"),
    ],
)
def test_each_kind_of_token_has_its_price(usage: TokenUsage, expected: str) -> None:
    assert cost(usage, FULL) == D(expected)


def test_reasoning_and_citations_are_apart_where_they_have_prices() -> None:
    research = card(input="2", output="8", reasoning="3", citation="2")
    usage = TokenUsage(output_tokens=100, reasoning_tokens=25, citation_tokens=10)
    assert cost(usage, research) == D("0.000615")


def test_a_kind_without_a_price_is_paid_as_its_next_wider_kind() -> None:
    plain = card(input="3", output="15")
    usage = TokenUsage(
        input_tokens=1000, cache_read_tokens=300, cache_write_tokens=300, output_tokens=100, audio_output_tokens=50
    )
    assert cost(usage, plain) == D("0.0045")


def test_hour_long_writes_are_paid_as_short_ones_when_only_those_have_a_price() -> None:
    usage = TokenUsage(input_tokens=1000, cache_write_tokens=1000, cache_write_1h_tokens=1000)
    assert cost(usage, card(input="3", cache_write_5m="3.75", output="15")) == D("0.00375")


def test_batch_prices_of_the_list_go_before_the_rule_of_the_provider() -> None:
    listed = replace(FULL, service_tiers=(("batch", (Rate(unit=Unit.INPUT, price=D(2)),)),), batch_factor=D("0.5"))
    assert cost(TokenUsage(input_tokens=1000, service_tier="batch"), listed) == D("0.002")
    assert cost(TokenUsage(input_tokens=1000, service_tier="Batch"), replace(FULL, batch_factor=D("0.5"))) == D(
        "0.0015"
    )


def test_a_discount_and_a_surcharge_hold_for_tokens_and_not_for_searches() -> None:
    us = replace(FULL, batch_factor=D("0.5"), regions=(("us", D("1.1")),))
    usage = TokenUsage(
        input_tokens=1000, output_tokens=500, web_search_requests=10, service_tier="batch", inference_region="US"
    )
    assert cost(usage, us) == D("0.005775") + D("0.1")


@pytest.mark.parametrize("region", ["global", "not_available", "", "eu"])
def test_a_region_without_a_surcharge_costs_the_standard_price(region: str) -> None:
    us = replace(FULL, regions=(("us", D("1.1")),))
    assert cost(TokenUsage(input_tokens=1000, inference_region=region), us) == D("0.003")


def test_an_unknown_service_tier_is_priced_as_standard_and_says_so() -> None:
    (line,) = charge(TokenUsage(input_tokens=1000, service_tier="priority"), FULL).lines
    assert line.note == "no priority price is known: the standard one is used"
    assert line.amount == D("0.003")


def test_searches_without_a_price_are_shown_as_a_line_of_nothing() -> None:
    lines = charge(TokenUsage(input_tokens=1, web_search_requests=2), card(input="3", output="15")).lines
    assert (lines[1].unit, lines[1].quantity, lines[1].note) == (
        "web_search_requests",
        2,
        "the price list has no rate for these",
    )


def test_cached_tokens_above_the_prompt_do_not_go_negative() -> None:
    usage = TokenUsage(input_tokens=12, cache_read_tokens=100, output_tokens=1, inconsistent=True)
    quantities = {line.unit: line.quantity for line in charge(usage, FULL).lines}
    assert quantities == {"cache_read_tokens": 100, "output_tokens": 1}


def test_tokens_that_were_both_read_and_written_leave_the_others_uncached() -> None:
    usage = TokenUsage(
        input_tokens=2168, cache_read_tokens=2161, cache_write_tokens=2161, output_tokens=0, inconsistent=True
    )
    quantities = {line.unit: line.quantity for line in charge(usage, FULL).lines}
    assert quantities == {"input_tokens": 7, "cache_read_tokens": 2161, "cache_write_5m_tokens": 2161}


def test_a_model_priced_by_what_was_not_counted_is_unpriced() -> None:
    hours = PriceCard(provider="acme", model="ear-1", source="list 1", unmeasured=("audio_hours",))
    for usage in (TokenUsage(), TokenUsage(input_tokens=10)):
        found = charge(usage, hours)
        assert found.status is CostStatus.UNPRICED
        assert found.reason == "ear-1 is priced by audio hours, which was not counted"


@pytest.mark.parametrize("status", [CostStatus.FREE, CostStatus.SUBSCRIPTION])
def test_free_and_subscription_calls_cost_nothing_and_say_why(status: CostStatus) -> None:
    found = charge(TokenUsage(input_tokens=10), PriceCard(provider="p", model="m", source="s", status=status))
    assert (found.status, found.list_cost, found.lines) == (status, D(0), ())


def test_embeddings_have_no_output_price() -> None:
    assert cost(TokenUsage(input_tokens=1000), card(input="0.02")) == D("0.00002")


@pytest.mark.parametrize(("size", "fee"), [(None, 5), ("low", 5), ("medium", 8), ("HIGH", 12)])
def test_the_fee_of_a_request_follows_its_search_context(size: str | None, fee: int) -> None:
    sonar = card(input="1", output="1", request_low="5", request_medium="8", request_high="12")
    assert cost(TokenUsage(input_tokens=10, search_context_size=size), sonar) == D(fee) / 1000 + D("0.00001")


def test_a_sum_that_no_ledger_can_hold_is_unpriced() -> None:
    found = charge(TokenUsage(input_tokens=2**53), card(input="1000", output="1"))
    assert found.status is CostStatus.UNPRICED


def test_a_charge_names_its_source_and_marks_a_disputed_price() -> None:
    found = charge(TokenUsage(input_tokens=1), replace(FULL, is_disputed=True))
    assert (found.price_source, found.is_disputed) == ("list 1", True)


def test_simple_rates_hold_the_tiers() -> None:
    assert simple_rates(TIERED) == SimpleRates(
        input_pico=3_000_000, output_pico=15_000_000, tiers=((200_000, 6_000_000, 22_500_000),)
    )


@pytest.mark.parametrize(
    "of",
    [
        card(input="0.0833333333333333", output="1"),
        card(output="1"),
        card(input="1", output="1", request="5"),
        PriceCard(provider="p", model="m", source="s", status=CostStatus.UNPRICED),
    ],
)
def test_there_are_no_simple_rates_where_they_would_not_be_exact(of: PriceCard) -> None:
    assert simple_rates(of) is None


def test_a_free_card_has_simple_rates_of_nothing() -> None:
    free = PriceCard(provider="p", model="m", source="s", status=CostStatus.FREE)
    assert simple_rates(free) == SimpleRates(input_pico=0, output_pico=0)
