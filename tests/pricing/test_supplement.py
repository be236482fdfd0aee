from __future__ import annotations

from decimal import Decimal

import pytest

from tokencli.domain.charge import CostStatus
from tokencli.pricing.card import PriceCard, Rate, Unit
from tokencli.pricing.supplement import complete

BARE = PriceCard(provider="p", model="m", source="s", rates=(Rate(unit=Unit.INPUT, price=Decimal(1)),))


@pytest.mark.parametrize(
    "model",
    ["claude-opus-4-6", "claude-opus-4-8", "claude-opus-5", "claude-sonnet-4-6", "claude-sonnet-5", "claude-haiku-5-5"],
)
def test_tokens_served_in_the_us_cost_a_tenth_more_on_later_claude_models(model: str) -> None:
    assert dict(complete(BARE, "anthropic", model).regions) == {"us": Decimal("1.1")}


@pytest.mark.parametrize(
    "model",
    [
        "claude-v1",
        "claude-2",
        "claude-3-5-haiku-latest",
        "claude-opus-4-0",
        "claude-opus-4-1",
        "claude-sonnet-4-5",
        "claude-sonnet-4-5-20250929",
        "claude-sonnet-4-20250514",
        "claude-haiku-4-5",
    ],
)
def test_earlier_claude_models_have_no_regional_price(model: str) -> None:
    assert complete(BARE, "anthropic", model).regions == ()


def test_openai_asks_more_in_a_region_from_gpt_5_4_on() -> None:
    assert complete(BARE, "openai", "gpt-5.4-mini").regions
    assert not complete(BARE, "openai", "gpt-5.2").regions
    assert not complete(BARE, "openai", "gpt-4o").regions


def test_a_missing_search_fee_is_filled_in_and_a_listed_one_kept() -> None:
    filled = complete(BARE, "x-ai", "grok-4.3").rate(Unit.WEB_SEARCH)
    assert filled is not None
    assert filled.price == 5
    listed = PriceCard(provider="p", model="m", source="s", rates=(Rate(unit=Unit.WEB_SEARCH, price=Decimal(1)),))
    kept = complete(listed, "x-ai", "grok-4.3").rate(Unit.WEB_SEARCH)
    assert kept is not None
    assert kept.price == 1


def test_the_one_request_fee_of_the_list_gives_way_to_the_three_of_the_provider() -> None:
    listed = PriceCard(provider="p", model="m", source="s", rates=(Rate(unit=Unit.REQUEST, price=Decimal(12)),))
    sonar = complete(listed, "perplexity", "sonar")
    assert {rate.unit: rate.price for rate in sonar.rates} == {
        Unit.REQUEST_LOW: 5,
        Unit.REQUEST_MEDIUM: 8,
        Unit.REQUEST_HIGH: 12,
    }


def test_a_free_model_stays_as_it_is() -> None:
    free = PriceCard(provider="p", model="m", source="s", status=CostStatus.FREE)
    assert complete(free, "anthropic", "claude-opus-5") is free
