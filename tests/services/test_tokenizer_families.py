"""Which tokenizer a model has."""

from __future__ import annotations

import pytest

from tokencli.services.tokenizer_families import TokenizerFamily, family_of


@pytest.mark.parametrize(
    ("provider_name", "model", "family"),
    [
        ("openai", "gpt-4o-mini", "o200k"),
        ("openai", "gpt-4.1", "o200k"),
        ("openai", "gpt-5.4-nano", "o200k"),
        ("openai", "o3-mini", "o200k"),
        ("groq", "openai/gpt-oss-120b", "o200k"),
        ("openai", "gpt-4", "cl100k"),
        ("openai", "gpt-4-0613", "cl100k"),
        ("openai", "gpt-4-turbo-2024-04-09", "cl100k"),
        ("openai", "gpt-3.5-turbo", "cl100k"),
        ("openai", "text-embedding-3-small", "cl100k"),
        ("anthropic", "claude-sonnet-4-5", "claude"),
        ("openrouter", "anthropic/claude-opus-4", "claude"),
        ("gemini", "gemini-2.5-pro", "gemini"),
        ("mistral", "codestral-latest", "mistral"),
        ("groq", "llama-3.3-70b-versatile", "llama3"),
        ("groq", "deepseek-r1-distill-llama-70b", "deepseek"),
        ("cerebras", "qwen-3-coder-480b", "qwen"),
        ("siliconflow", "deepseek-ai/DeepSeek-V3", "deepseek"),
        ("managed:kimi-code", "kimi-for-coding", "general"),
        ("anthropic", None, "claude"),
        ("mistral", "labs-unheard-of", "mistral"),
        (None, None, "general"),
    ],
)
def test_family_follows_the_model_then_the_provider(provider_name: str | None, model: str | None, family: str) -> None:
    assert family_of(provider_name, model) is TokenizerFamily(family)
