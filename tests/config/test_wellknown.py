from __future__ import annotations

import pytest

from tokencli.config.wellknown import WELLKNOWN, defaults_of


@pytest.mark.parametrize(
    ("name", "kind", "rpm", "wait_s", "color"),
    [
        ("managed:kimi-code", "kimi", 40, 120, "purple"),
        ("nvidia", None, 40, 150, "green"),
        ("mistral", None, 60, 120, "blue"),
        ("openrouter", None, 30, 150, "orange"),
        ("siliconflow", None, 100, 120, "cyan"),
        ("groq", None, 100, 60, "yellow"),
        ("cerebras", None, 100, 60, "red"),
        ("gemini", None, 60, 180, "indigo"),
        ("openai", None, None, 120, "teal"),
        ("anthropic", None, None, 120, "brown"),
        ("chatgpt", None, None, 120, "teal"),
        ("somebody", "openai", 40, 120, "gray"),
    ],
)
def test_a_provider_has_its_own_limit_patience_and_colour(
    name: str, kind: str | None, rpm: int | None, wait_s: int, color: str
) -> None:
    found = defaults_of(name, kind)
    assert (found.rpm, found.wait_s, found.color) == (rpm, wait_s, color)
    assert found.icon


def test_only_providers_with_an_address_exist_by_themselves() -> None:
    assert WELLKNOWN == ("gemini", "openai", "anthropic", "chatgpt")
    assert all(defaults_of(name).base_url for name in WELLKNOWN)
    assert [name for name in WELLKNOWN if not defaults_of(name).api_key_env] == ["chatgpt"]
