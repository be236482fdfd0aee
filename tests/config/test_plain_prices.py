"""Prices that are words are read as the full reader reads them (test_plain holds that for changed files, too)."""

from __future__ import annotations

import pytest

from tokencli.config.places import BUILTIN
from tokencli.config.plain import plain_settings
from tokencli.config.plain_prices import plain_prices
from tokencli.config.settings import load_settings
from tokencli.domain.plain import NotPlainError

FILE = """
[providers.local]
base_url = "http://localhost:1/v1"
[models.mine]
provider = "Local"
model = "m"
price = " Free "
[models.plan]
provider = "anthropic"
price = "subscription"
[models.listed]
provider = "openai"
"""


def test_the_built_in_prices_are_read_alike() -> None:
    full = load_settings(BUILTIN)
    plain = plain_settings(BUILTIN.read_bytes())
    assert plain_prices(plain.models.values(), full.place) == full.own_prices != ()


def test_a_model_that_has_another_name_at_its_provider_is_priced_by_both() -> None:
    prices = plain_prices(plain_settings(FILE.encode()).models.values(), "/etc/x/my.toml")
    assert [(one.provider_name, one.model, one.status, one.source) for one in prices] == [
        ("local", "m", "free", "my.toml"),
        ("local", "mine", "free", "my.toml"),
        ("anthropic", "plan", "subscription", "my.toml"),
    ]


def test_amounts_are_not_plain() -> None:
    models = plain_settings(FILE.encode() + b"price = { input = 1 }\n").models.values()
    with pytest.raises(NotPlainError):
        plain_prices(models, "config.toml")
