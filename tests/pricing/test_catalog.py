from __future__ import annotations

import sys
from datetime import UTC, datetime
from decimal import Decimal
from importlib import metadata
from typing import TYPE_CHECKING

import pytest

from tokencli.domain.charge import CostStatus
from tokencli.pricing.card import PriceCard, Unit, card_at
from tokencli.pricing.catalog import Catalog, list_version

if TYPE_CHECKING:
    from pathlib import Path

CATALOG = Catalog()


def at(provider: str | None, model: str, moment: str = "2026-11-01T12:00+00:00") -> PriceCard | None:
    when = datetime.fromisoformat(moment).astimezone(UTC)
    return card_at(CATALOG.history(provider, model), when.date(), when.time())


def price(card: PriceCard | None, unit: Unit = Unit.INPUT) -> Decimal | None:
    rate = card.rate(unit) if card else None
    return rate.price if rate else None


@pytest.mark.parametrize(
    ("provider", "model", "input_price"),
    [
        ("gemini", "gemini-2.5-flash", "0.3"),
        ("gemini", "models/gemini-2.5-flash", "0.3"),
        ("google", "gemini-2.5-flash", "0.3"),
        ("vertex_ai", "claude-sonnet-4-5@20250929", "3"),
        ("gcp.gemini", "gemini-2.5-flash", "0.3"),
        ("Anthropic", "claude-3-5-haiku-20241022", "0.8"),
        ("anthropic", "anthropic/claude-3-5-haiku-20241022", "0.8"),
        ("bedrock", "global.anthropic.claude-haiku-4-5-20251001-v1:0", "1"),
        ("azure", "gpt-4o", "2.5"),
        ("xai", "grok-4.3", "1.25"),
        ("mistral", "mistral-large-2411", "2"),
        ("groq", "qwen/qwen3-32b", "0.29"),
    ],
)
def test_a_model_is_found_under_the_names_that_are_in_use(provider: str, model: str, input_price: str) -> None:
    assert price(at(provider, model)) == Decimal(input_price)


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("anthropic", "claude-sonnet-99"),
        ("openai", "gpt-99"),
        ("openai", "ft:gpt-4o-mini:org::id"),
        ("openai", ""),
        ("nvidia", "moonshotai/kimi-k2.5"),
        ("siliconflow", "Qwen/Qwen3-32B"),
        ("ollama", "gpt-4o"),
        ("some-proxy", "gpt-oss-120b"),
        ("some-proxy", "llama-3.1-8b"),
        (None, "nexus-9000"),
    ],
)
def test_what_the_list_does_not_know_has_no_price(provider: str | None, model: str) -> None:
    assert CATALOG.history(provider, model) == ()


@pytest.mark.parametrize(
    ("provider", "model", "vendor"),
    [
        (None, "gpt-4o", "openai"),
        (None, "claude-sonnet-4-5", "anthropic"),
        ("openai-compatible", "grok-3-mini", "x-ai"),
        ("litellm-proxy", "anthropic/claude-haiku-4-5", "anthropic"),
        ("my-gateway", "gemini-2.5-flash", "google"),
        ("my-gateway", "text-embedding-3-small", "openai"),
    ],
)
def test_an_unknown_provider_passes_on_what_the_only_vendor_asks(provider: str | None, model: str, vendor: str) -> None:
    card = at(provider, model)
    assert card is not None
    assert card.provider == vendor


def test_a_router_costs_what_the_vendor_asked_on_the_day() -> None:
    before = at("openrouter", "openai/gpt-5.6-sol", "2026-07-17T11:00+00:00")
    assert (price(before), price(before, Unit.CACHE_WRITE_5M)) == (Decimal(5), Decimal("6.25"))
    assert before is not None
    assert before.source == f"genai-prices {list_version()}, OpenAI's own price"
    now = at("openrouter", "openai/gpt-5.6-sol")
    assert price(now) == 4
    assert now is not None
    assert now.source == f"genai-prices {list_version()}"


def test_a_router_sells_what_only_its_vendor_lists() -> None:
    card = at("openrouter", "x-ai/grok-4", "2025-11-02T06:00+00:00")
    assert card is not None
    assert (card.provider, price(card), price(card, Unit.CACHE_READ)) == ("openrouter", Decimal(3), Decimal("0.75"))


def test_a_router_fills_in_what_its_list_leaves_out() -> None:
    assert price(at("openrouter", "google/gemini-3.1-flash-lite-image"), Unit.IMAGE_OUTPUT) == 30


@pytest.mark.parametrize(
    ("model", "fee"), [("openai/gpt-4.1-mini", 10), ("deepseek/deepseek-chat", 7), ("google/gemini-2.5-flash", 7)]
)
def test_a_router_searches_by_the_vendor_or_by_its_own_engine(model: str, fee: int) -> None:
    assert price(at("openrouter", model), Unit.WEB_SEARCH) == fee


def test_a_free_route_is_free() -> None:
    card = at("openrouter", "openai/gpt-oss-120b:free")
    assert card is not None
    assert card.status is CostStatus.FREE


def test_a_router_suffix_does_not_change_the_price() -> None:
    assert at("openrouter", "openai/gpt-4o:nitro") == at("openrouter", "openai/gpt-4o")


def test_prices_by_the_hour_follow_the_clock() -> None:
    assert price(at("deepseek", "deepseek-chat", "2025-06-01T17:00+00:00")) == Decimal("0.135")
    assert price(at("deepseek", "deepseek-chat", "2025-06-01T12:00+00:00")) == Decimal("0.27")


def test_a_retired_model_keeps_its_last_price() -> None:
    assert price(at("gemini", "gemini-1.5-flash")) == Decimal("0.075")


def test_whatever_the_list_holds_can_be_read_and_stored() -> None:
    for provider, model in CATALOG.entries():
        for card in CATALOG.history(provider, model):
            assert PriceCard.from_json(card.to_json()) == card
            assert card.rates or card.unmeasured or card.status is not CostStatus.PRICED


def test_no_batch_price_of_the_list_is_above_the_standard_one() -> None:
    for provider, model in CATALOG.entries():
        for card in CATALOG.history(provider, model):
            standard = {rate.unit: rate for rate in card.rates}
            for rate in dict(card.service_tiers).get("batch", ()):
                for tokens in (0, 10**9):
                    assert rate.tier_at(tokens)[1] <= standard[rate.unit].tier_at(tokens)[1]


def test_the_lists_version_is_that_of_its_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert list_version() == metadata.version("genai-prices")
    list_version.cache_clear()
    monkeypatch.setattr(sys, "path", [str(tmp_path / "none"), str(tmp_path)])
    (tmp_path / "genai_prices-9.8.7.dist-info").mkdir()
    assert list_version() == "9.8.7"
    list_version.cache_clear()
    monkeypatch.setattr(sys, "path", [str(tmp_path / "none")])
    monkeypatch.setattr(metadata, "version", "installed {}".format)
    assert list_version() == "installed genai-prices"
    list_version.cache_clear()
