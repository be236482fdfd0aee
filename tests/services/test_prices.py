from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tokencli.config.settings import Settings
from tokencli.config.values import ModelSettings
from tokencli.domain.charge import CostStatus
from tokencli.domain.money import usd
from tokencli.domain.price import OwnPrice
from tokencli.pricing.book import PriceBook
from tokencli.pricing.card import PriceCard, Rate, Unit
from tokencli.services.prices import (
    Difference,
    Named,
    NoModelsError,
    UnpricedError,
    differences,
    near_models,
    price_list,
    quote,
    search_prices,
)

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
SETTINGS = Settings(
    place="config.toml",
    models={
        "acme/big": ModelSettings(key="acme/big", provider="acme", model="vendor/big-1"),
        "nvidia/kimi": ModelSettings(key="nvidia/kimi", provider="nvidia", model="moonshotai/kimi-k2.5"),
    },
)
OWN = OwnPrice(provider_name="acme", model="vendor/big-1", source="config.toml", input_usd=usd(1), output_usd=usd(2))
BY_KEY = OwnPrice(provider_name="acme", model="acme/big", source="config.toml", input_usd=usd(1), output_usd=usd(2))
MINE = OwnPrice(provider_name=None, model="toy", source="prices.toml", status=CostStatus.FREE)
BOOK = PriceBook([[OWN, BY_KEY], [MINE]])


@pytest.mark.parametrize(
    ("named", "meant"),
    [
        (Named(None, "acme/big"), Named("acme", "vendor/big-1")),
        (Named(None, "groq/qwen/qwen3-32b"), Named("groq", "qwen/qwen3-32b")),
        (Named("groq", "qwen/qwen3-32b"), Named("groq", "qwen/qwen3-32b")),
        (Named(None, "gpt-4o"), Named(None, "gpt-4o")),
        (Named(None, "models/gemini-2.5-flash"), Named(None, "models/gemini-2.5-flash")),
        (Named(None, "toy"), Named(None, "toy")),
    ],
)
def test_a_name_is_a_key_or_a_provider_and_model_or_a_model(named: Named, meant: Named) -> None:
    assert quote(BOOK, SETTINGS, named, NOW).named == meant


def test_a_quote_has_the_history() -> None:
    found = quote(BOOK, SETTINGS, Named("openai", "gpt-5.6-sol"), NOW)
    assert found.card == found.history[-1]
    assert len(found.history) == 2


@pytest.mark.parametrize(
    ("named", "sentence"),
    [
        (Named(None, "gpt-4oo"), "no price is known for gpt-4oo: did you mean gpt-4o or gpt-4?"),
        (Named(None, "llama-3.3-70b-versatile"), "no price is known for llama-3.3-70b-versatile, but at groq"),
        (Named("openai", "qwen/qwen3-32b"), "and 4 others: name one with --provider."),
        (Named("nvidia", "zzz"), "nvidia is in no price list: give zzz a price in config.toml."),
    ],
)
def test_a_model_without_a_price_says_what_may_be_meant(named: Named, sentence: str) -> None:
    with pytest.raises(UnpricedError) as caught:
        quote(BOOK, SETTINGS, named, NOW)
    assert sentence in str(caught.value)


def test_the_short_list_holds_the_own_models_priced_or_not() -> None:
    rows = {row.named: row.card.status if row.card else None for row in price_list(BOOK, SETTINGS, NOW)}
    assert rows == {
        Named("acme", "vendor/big-1"): CostStatus.PRICED,
        Named("nvidia", "moonshotai/kimi-k2.5"): None,
        Named(None, "toy"): CostStatus.FREE,
    }


def test_a_search_looks_through_own_prices_and_the_whole_list() -> None:
    names = [row.named for row in search_prices(BOOK, SETTINGS, NOW, "BIG-1")]
    assert names == [Named("acme", "vendor/big-1")]
    found = [row.named for row in search_prices(BOOK, SETTINGS, NOW, "gemini-2.5-flash", "gemini")]
    assert Named("google", "gemini-2.5-flash") in found
    assert {named.provider for named in found} == {"google"}


def test_a_search_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    book = PriceBook([[OWN]])
    monkeypatch.setattr(book, "card", lambda *_: None)
    assert search_prices(book, Settings(place="x"), NOW, "gpt-4o")
    assert book._histories == {}


def test_a_search_that_finds_nothing_says_so() -> None:
    with pytest.raises(NoModelsError, match=r"^no model with 'zzz' in its name at groq has a price"):
        search_prices(BOOK, SETTINGS, NOW, "zzz", "groq")


def test_differences_show_every_price_and_every_tier() -> None:
    def card(*rates: Rate) -> PriceCard:
        return PriceCard(provider="p", model="m", source="s", rates=rates)

    one, two, six = Decimal(1), Decimal(2), Decimal(6)
    left = card(Rate(unit=Unit.INPUT, price=one, tiers=((100, two),)), Rate(unit=Unit.OUTPUT, price=six))
    right = card(Rate(unit=Unit.INPUT, price=one), Rate(unit=Unit.WEB_SEARCH, price=six))
    assert differences(left, right) == [
        Difference(unit=Unit.INPUT, above_tokens=0, first=one, second=one),
        Difference(unit=Unit.INPUT, above_tokens=100, first=two, second=one),
        Difference(unit=Unit.OUTPUT, above_tokens=0, first=six, second=None),
        Difference(unit=Unit.WEB_SEARCH, above_tokens=0, first=None, second=six),
    ]


@pytest.mark.parametrize(
    ("name", "near"),
    [("gpt-4o-minii", "gpt-4o-mini"), ("gpt-4.1-atelier", "gpt-4.1"), ("qqqqqqqqqq", None)],
)
def test_a_model_that_no_list_knows_is_near_to_one_that_it_does(name: str, near: str | None) -> None:
    found = near_models(BOOK, Named("openai", name))
    assert near in found if near else not found
