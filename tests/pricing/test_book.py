from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tokencli.domain.charge import CostStatus
from tokencli.domain.money import usd
from tokencli.domain.price import OwnPrice
from tokencli.domain.usage import TokenUsage
from tokencli.pricing.book import PriceBook
from tokencli.pricing.catalog import Catalog, list_version

if TYPE_CHECKING:
    from pathlib import Path

    from tokencli.pricing.card import PriceCard

D = Decimal
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
BOOK = PriceBook()


@pytest.mark.parametrize(
    ("provider", "model", "usage", "expected"),
    [
        ("anthropic", "claude-sonnet-4-5", TokenUsage(input_tokens=1000, output_tokens=500), "0.0105"),
        (
            "anthropic",
            "claude-sonnet-4-5",
            TokenUsage(input_tokens=100_000, cache_write_tokens=100_000, cache_write_1h_tokens=100_000),
            "0.60",
        ),
        (
            "anthropic",
            "claude-sonnet-4-5",
            TokenUsage(input_tokens=1000, output_tokens=500, web_search_requests=10),
            "0.1105",
        ),
        (
            "anthropic",
            "claude-sonnet-4-5",
            TokenUsage(input_tokens=1000, output_tokens=500, service_tier="batch"),
            "0.00525",
        ),
        (
            "anthropic",
            "claude-opus-4-6",
            TokenUsage(input_tokens=5000, output_tokens=20_000),
            "0.525",
        ),
        (
            "anthropic",
            "claude-opus-4-6",
            TokenUsage(input_tokens=5000, output_tokens=20_000, inference_region="us"),
            "0.5775",
        ),
        (
            "openai",
            "gpt-5.2",
            TokenUsage(input_tokens=100_000, cache_read_tokens=80_000, output_tokens=1000, reasoning_tokens=400),
            "0.063",
        ),
        ("openai", "gpt-5.4", TokenUsage(input_tokens=300_000, output_tokens=1000), "1.5225"),
        (
            "openai",
            "gpt-5.4",
            TokenUsage(input_tokens=300_000, cache_read_tokens=150_000, output_tokens=1000),
            "0.8475",
        ),
    ],
)
def test_the_known_right_answers_come_out_to_the_last_digit(
    provider: str, model: str, usage: TokenUsage, expected: str
) -> None:
    charge = BOOK.charge(usage, provider, model, NOW)
    assert charge.list_cost == D(expected)
    assert charge.status is CostStatus.PRICED
    assert charge.price_source == f"genai-prices {list_version()}"


def test_an_unknown_claude_is_unpriced_and_never_free() -> None:
    charge = BOOK.charge(TokenUsage(input_tokens=1000, output_tokens=500), "anthropic", "claude-of-tomorrow", NOW)
    assert (charge.status, charge.list_cost) == (CostStatus.UNPRICED, None)
    assert charge.reason == "no price is known for claude-of-tomorrow at anthropic"


@pytest.mark.parametrize(
    ("provider", "model", "reason"),
    [
        ("openai", None, "the source names no model"),
        (None, "nexus-9000", "no price is known for nexus-9000"),
        ("nvidia", "kimi", "nvidia is in no price list: give kimi a price in config.toml"),
        ("ollama", "llama3", "ollama serves models on a machine of its own: give llama3 a price in config.toml"),
    ],
)
def test_an_unpriced_call_says_why(provider: str | None, model: str | None, reason: str) -> None:
    assert BOOK.charge(TokenUsage(), provider, model, NOW).reason == reason


def test_a_call_without_counts_is_unpriced() -> None:
    assert BOOK.charge(None, "openai", "gpt-4o", NOW).reason == "no tokens were counted"


def own(price: str, source: str, since: date | None = None) -> OwnPrice:
    return OwnPrice(
        provider_name="openai",
        model="gpt-4o",
        source=source,
        input_usd=usd(price),
        output_usd=usd(0),
        effective_from=since,
    )


def source_at(book: PriceBook, moment: datetime) -> str:
    card = book.card("openai", "gpt-4o", moment)
    assert card is not None
    return card.source


def test_config_goes_before_the_own_list_and_that_before_the_price_list() -> None:
    book = PriceBook([[own("1", "config.toml", date(2026, 6, 1))], [own("2", "prices.toml", date(2026, 3, 1))]])
    assert source_at(book, datetime(2026, 2, 1, tzinfo=UTC)).startswith("genai-prices")
    assert source_at(book, datetime(2026, 4, 1, tzinfo=UTC)) == "prices.toml"
    assert source_at(book, datetime(2026, 7, 1, tzinfo=UTC)) == "config.toml"
    assert [card.source for card in book.own_cards()] == ["config.toml", "prices.toml"]
    assert [card.source for card in book.histories("openai", "gpt-4o")][:2] == ["config.toml", "prices.toml"]


def test_a_model_of_a_plan_has_no_price_for_its_tokens() -> None:
    plan = OwnPrice(
        provider_name="managed:kimi-code",
        model="kimi-for-coding",
        source="config.toml",
        status=CostStatus.SUBSCRIPTION,
    )
    charge = PriceBook([[plan]]).charge(TokenUsage(input_tokens=9), "managed:kimi-code", "kimi-for-coding", NOW)
    assert (charge.status, charge.list_cost) == (CostStatus.SUBSCRIPTION, D(0))


def test_a_day_is_a_utc_day_whatever_the_zone_of_the_time() -> None:
    book = PriceBook([[own("1", "config.toml", date(2026, 6, 1))]])
    paris = timezone(timedelta(hours=2))
    assert source_at(book, datetime(2026, 6, 1, 1, 59, tzinfo=paris)).startswith("genai-prices")
    assert source_at(book, datetime(2026, 6, 1, 2, 0, tzinfo=paris)) == "config.toml"


def test_a_price_by_the_hour_is_looked_up_by_the_hour() -> None:
    prices = [BOOK.card("deepseek", "deepseek-chat", datetime(2025, 6, 1, hour, tzinfo=UTC)) for hour in (17, 12, 17)]
    assert [card.rates[0].price for card in prices if card] == [D("0.135"), D("0.27"), D("0.135")]


class CountingCatalog(Catalog):
    """A catalogue that counts how often it is asked."""

    def __init__(self) -> None:
        self.questions = 0

    def history(self, provider_name: str | None, model: str) -> tuple[PriceCard, ...]:
        self.questions += 1
        return super().history(provider_name, model)


def test_the_list_is_asked_once_for_a_model_and_once_for_one_that_it_lacks() -> None:
    catalog = CountingCatalog()
    book = PriceBook(catalog=catalog)
    for day in range(20):
        for model in ("gpt-4o", "GPT-4o", "nexus-9000"):
            book.card("openai", model, NOW + timedelta(days=day))
    assert catalog.questions == 2


def test_the_next_run_need_not_ask_the_list_again(tmp_path: Path) -> None:
    first = PriceBook(cache_dir=tmp_path).card("gemini", "gemini-2.5-flash", NOW)
    catalog = CountingCatalog()
    assert PriceBook(cache_dir=tmp_path, catalog=catalog).card("gemini", "gemini-2.5-flash", NOW) == first
    assert catalog.questions == 0


def test_many_made_up_models_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tokencli.pricing.book._MOST_REMEMBERED", 10)
    book = PriceBook()
    for number in range(100):
        assert book.card("nvidia", f"made-up-{number}", NOW) is None
    assert len(book._by_day) <= 10
    assert len(book._histories) <= 10


def test_the_price_list_is_not_imported_for_what_the_own_prices_answer() -> None:
    program = """
import sys
from datetime import UTC, datetime
from tokencli.domain.charge import CostStatus
from tokencli.domain.price import OwnPrice
from tokencli.pricing.book import PriceBook
plan = OwnPrice(provider_name="p", model="m", source="s", status=CostStatus.FREE)
book = PriceBook([[plan]])
assert book.card("p", "m", datetime(2026, 1, 1, tzinfo=UTC))
assert book.card("nvidia", "m", datetime(2026, 1, 1, tzinfo=UTC)) is None
print(book.version, "genai_prices" in sys.modules, "pydantic" in sys.modules)
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["genai-prices", list_version(), "False", "False"]


def test_own_prices_name_their_providers() -> None:
    prices = [
        OwnPrice(provider_name=name, model=model, source="config.toml", status=CostStatus.FREE)
        for name, model in (("acme", "one"), ("acme", "two"), ("other", "One"), (None, "two"))
    ]
    book = PriceBook([prices[:1], prices[1:]])
    assert book.own_providers("ONE") == ("acme", "other")
    assert book.own_providers("two") == ("acme", None)
    assert book.own_providers("three") == ()


def test_renewed_own_prices_hold_for_the_next_question_and_the_list_stays() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    free = OwnPrice(provider_name="p", model="m", source="s", status=CostStatus.FREE)
    book = PriceBook([[free]])
    listed = book.card("openai", "gpt-4o", at)
    assert book.card("p", "m", at) is not None
    book.renew([])
    assert book.card("p", "m", at) is None
    assert book.card("openai", "gpt-4o", at) == listed
    book.renew([[free]])
    assert book.card("p", "m", at) is not None
