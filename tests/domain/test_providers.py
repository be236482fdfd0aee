from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokencli.domain.providers import canonical_provider, provider_of_model


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("OpenAI", "openai"),
        ("Open AI", "openai"),
        ("Anthropic", "anthropic"),
        ("Claude", "anthropic"),
        ("Gemini", "gemini"),
        ("google", "gemini"),
        (" Google AI ", "gemini"),
        ("Mistral AI", "mistral"),
        ("kimi", "managed:kimi-code"),
        ("managed:kimi-code", "managed:kimi-code"),
        ("SiliconFlow", "siliconflow"),
        ("", ""),
    ],
)
def test_provider_has_one_name_however_it_is_written(written: str, name: str) -> None:
    assert canonical_provider(written) == name


@given(st.text())
def test_name_of_a_provider_is_its_own_name(written: str) -> None:
    once = canonical_provider(written)
    assert canonical_provider(once) == once


@pytest.mark.parametrize(
    ("model", "maker"),
    [
        ("claude-3-5-haiku-20241022", "anthropic"),
        ("gemini-2.5-flash", "gemini"),
        ("Gemma-3", "gemini"),
        ("gpt-4o-mini", "openai"),
        ("chatgpt-4o-latest", "openai"),
        ("o1", "openai"),
        ("o3-mini", "openai"),
        ("text-embedding-3-small", "openai"),
        ("mistral-large-2411", "mistral"),
        ("open-mixtral-8x7b", "mistral"),
        ("codestral-2501", "mistral"),
        ("o1x", None),
        ("llama-3.3-70b-versatile", None),
        ("openai/gpt-oss-120b", None),
        ("my-claude", None),
        ("", None),
    ],
)
def test_maker_of_a_model_of_a_known_family_is_told_by_its_name(model: str, maker: str | None) -> None:
    assert provider_of_model(model) == maker
