from __future__ import annotations

import pytest

from tokencli.pricing.names import is_open_model, is_unlisted_host, model_key, provider_key, without_routing


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Gemini-2.5-Flash ", "gemini-2.5-flash"),
        ("models/gemini-2.5-flash", "gemini-2.5-flash"),
        ("publishers/google/models/gemini-2.5-flash", "gemini-2.5-flash"),
        ("projects/p/locations/us/publishers/anthropic/models/claude-sonnet-4-5", "claude-sonnet-4-5"),
        ("accounts/fireworks/models/kimi-k3", "accounts/fireworks/models/kimi-k3"),
        ("openai/gpt-4o", "openai/gpt-4o"),
    ],
)
def test_a_resource_path_before_a_model_is_dropped(name: str, key: str) -> None:
    assert model_key(name) == key


def test_a_provider_has_one_spelling() -> None:
    assert provider_key(" Vertex_AI ") == "vertex-ai"
    assert provider_key(None) == ""


@pytest.mark.parametrize("name", ["nvidia", "siliconflow", "ollama", "vllm", "local-openai-compatible", "managed:x"])
def test_hosts_with_prices_of_their_own_are_not_in_the_list(name: str) -> None:
    assert is_unlisted_host(name)


@pytest.mark.parametrize("name", ["", "openai", "openai-compatible", "groq"])
def test_other_providers_may_be_looked_up(name: str) -> None:
    assert not is_unlisted_host(name)


@pytest.mark.parametrize(
    ("model", "is_open"),
    [("gpt-oss-120b", True), ("gemma-3-27b", True), ("deepseek-v3", True), ("deepseek-chat", False), ("gpt-4o", False)],
)
def test_open_models_are_sold_by_many(model: str, is_open: bool) -> None:  # noqa: FBT001 - a table's column
    assert is_open_model(model) is is_open


def test_a_suffix_that_only_routes_is_dropped_and_free_is_kept() -> None:
    assert without_routing("openai/gpt-4o:nitro") == "openai/gpt-4o"
    assert without_routing("qwen/qwq-32b:free") == "qwen/qwq-32b:free"
