"""What is listed of models and providers, and that no key ever is."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tokencli.config.places import BUILTIN
from tokencli.config.settings import load_settings
from tokencli.config.values import ProviderSettings
from tokencli.domain.charge import CostStatus
from tokencli.domain.money import usd
from tokencli.domain.price import OwnPrice
from tokencli.pricing.book import PriceBook
from tokencli.services.catalogue import (
    IN_THE_FILE,
    ListedModel,
    NoSuchModelError,
    NoSuchProviderError,
    find_provider,
    list_models,
    list_providers,
    model_values,
    models_values,
    provider_values,
    providers_values,
)

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
SETTINGS = load_settings(BUILTIN)
BOOK = PriceBook([SETTINGS.own_prices])
CANARY = "sk-canary-1"


def listed(provider: str | None = None, search: str | None = None) -> list[ListedModel]:
    return list_models(SETTINGS, BOOK, NOW, {"MISTRAL_API_KEY": CANARY}, provider=provider, search=search)


def keys(rows: list[ListedModel]) -> list[str]:
    return [row.entry.key for row in rows]


def test_all_models_are_listed_in_the_order_of_the_file() -> None:
    assert keys(listed()) == list(SETTINGS.models)


@pytest.mark.parametrize(
    ("provider", "search", "found"),
    [
        ("Mistral", "vision", ["mistral/pixtral-large-2411"]),
        ("mistral", None, [key for key in SETTINGS.models if key.startswith("mistral/")]),
        ("google", "PRO", ["gemini/gemini-2.5-pro"]),
        (None, "moonshotai/", ["nvidia/kimi-k2.5", "nvidia/kimi-k2-thinking"]),
        (None, " ultra_fast ", ["groq/compound"]),
        ("kimi", None, ["kimi-code/kimi-for-coding"]),
    ],
)
def test_a_search_looks_at_keys_names_and_abilities(provider: str | None, search: str | None, found: list[str]) -> None:
    assert keys(listed(provider, search)) == found


@pytest.mark.parametrize(
    ("provider", "search", "sentence"),
    [
        (None, "codestrl", "config.toml has no model with 'codestrl' in its names or capabilities: did you mean "),
        (None, "codestrl", "'codestral-2501'?"),
        (None, "tol_use", "did you mean 'tool_use'?"),
        ("groq", "zzzz", "config.toml has no model at groq with 'zzzz' in its names or capabilities: 'tokencli prices"),
        ("openai", None, "config.toml names no model at openai: models can be asked for as openai/MODEL all the same."),
    ],
)
def test_a_search_without_an_answer_names_the_nearest(provider: str | None, search: str | None, sentence: str) -> None:
    with pytest.raises(NoSuchModelError) as caught:
        listed(provider, search)
    assert sentence in str(caught.value)


def test_no_models_at_all_are_an_empty_list() -> None:
    assert list_models(replace(SETTINGS, models={}), BOOK, NOW, {}) == []


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("mistrl", "there is no provider 'mistrl': did you mean 'mistral'?"),
        ("misrail", "there is no provider 'misrail': did you mean 'mistral'?"),
        ("trail", "there is no provider 'trail': 'tokencli providers' lists those there are."),
        ("zzz", "there is no provider 'zzz': 'tokencli providers' lists those there are."),
    ],
)
def test_a_provider_that_is_not_there_is_one_sentence(name: str, sentence: str) -> None:
    with pytest.raises(NoSuchProviderError) as caught:
        find_provider(SETTINGS, name)
    assert str(caught.value) == sentence


def test_a_model_has_its_price_its_context_and_whether_there_is_a_key() -> None:
    (large,) = listed(search="mistral-large")
    assert model_values(large) == {
        "key": "mistral/mistral-large-2411",
        "provider_name": "mistral",
        "model": "mistral-large-2411",
        "context_limit_tokens": 131_072,
        "capabilities": ["tool_use"],
        "has_key": True,
        "cost_status": "priced",
        "input_price": "2",
        "output_price": "6",
        "currency": "USD",
    }


@pytest.mark.parametrize(
    ("search", "status"),
    [
        ("kimi-for-coding", CostStatus.SUBSCRIPTION),
        ("aurora", CostStatus.FREE),
        ("Qwen/Qwen3-32B", CostStatus.UNPRICED),
        ("groq/compound", CostStatus.UNPRICED),
        ("pixtral", CostStatus.PRICED),
    ],
)
def test_a_model_says_how_its_calls_are_paid(search: str, status: CostStatus) -> None:
    row = next(row for row in listed(search=search) if row.entry.provider != "groq" or search == "groq/compound")
    assert row.cost_status is status
    assert (model_values(row)["input_price"] is None) == (status is not CostStatus.PRICED)


def test_an_own_price_is_the_one_that_is_shown() -> None:
    own = OwnPrice(provider_name="siliconflow", model="Qwen/Qwen3-32B", source="prices.toml", input_usd=usd("0.10"))
    (row,) = list_models(SETTINGS, PriceBook([[own]]), NOW, {}, provider="siliconflow", search="qwen")
    assert (model_values(row)["input_price"], model_values(row)["output_price"]) == ("0.1", None)


def test_a_context_that_the_file_does_not_say_is_looked_up() -> None:
    bare = {key: replace(each, context_limit_tokens=None) for key, each in SETTINGS.models.items()}
    (row,) = list_models(replace(SETTINGS, models=bare), BOOK, NOW, {}, search="gemini-2.5-pro")
    assert row.context_limit_tokens == 1_048_576


def test_a_provider_says_where_its_key_is_read_and_what_is_in_force() -> None:
    mistral = next(
        each for each in list_providers(SETTINGS, {"MISTRAL_API_KEY": CANARY}) if each.entry.name == "mistral"
    )
    assert provider_values(mistral) == {
        "name": "mistral",
        "type": "openai",
        "base_url": "https://api.mistral.ai/v1",
        "icon": "\N{LARGE BLUE DIAMOND}",
        "color": "blue",
        "models": 4,
        "has_key": True,
        "key_source": "MISTRAL_API_KEY",
        "is_wellknown": False,
        "limit_rpm": 60,
        "timeout_s": 120,
        "on_disconnect": "cancel",
        "drain_max_s": 300,
        "include_usage": False,
        "rewrite_model": True,
        "set_key": True,
    }


def test_the_source_of_a_key_is_a_variable_the_file_or_nothing() -> None:
    providers = {
        each.name: each
        for each in (
            ProviderSettings(name="a", api_key=CANARY),
            ProviderSettings(name="b", api_key="${B}"),
            ProviderSettings(name="c"),
        )
    }
    found = list_providers(replace(SETTINGS, providers=providers), {})
    assert [(each.has_key, each.key_source) for each in found] == [(True, IN_THE_FILE), (False, "B"), (False, None)]


def test_no_key_is_in_what_programs_get() -> None:
    providers = {
        **SETTINGS.providers,
        "mistral": replace(SETTINGS.providers["mistral"], api_key=CANARY),
        "mine": ProviderSettings(name="mine", api_key=CANARY),
    }
    settings, environ = replace(SETTINGS, providers=providers), {"GROQ_API_KEY": CANARY}
    told = json.dumps(
        [
            models_values(list_models(settings, BOOK, NOW, environ)),
            providers_values(list_providers(settings, environ)),
        ]
    )
    assert CANARY not in told + repr(list_providers(settings, environ))
    assert '"GROQ_API_KEY"' in told
