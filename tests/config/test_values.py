from __future__ import annotations

import pytest

from tokencli.config.values import (
    LimitSettings,
    ModelSettings,
    ProviderSettings,
    ReportSettings,
    ServerSettings,
    Settings,
)

ENVIRON = {"ACME_KEY": "k1", "EMPTY": ""}


@pytest.mark.parametrize(
    ("api_key", "api_key_env", "key"),
    [
        ("${ACME_KEY}", None, "k1"),
        ("plain", None, "plain"),
        ("${MISSING}", None, None),
        ("${EMPTY}", None, None),
        (None, "ACME_KEY", "k1"),
        (None, "MISSING", None),
        (None, None, None),
        ("other", "ACME_KEY", "k1"),
    ],
)
def test_a_key_is_read_from_the_environment(api_key: str | None, api_key_env: str | None, key: str | None) -> None:
    provider = ProviderSettings(name="acme", api_key=api_key, api_key_env=api_key_env)
    assert provider.key(ENVIRON) == key


def test_a_key_is_not_shown_when_settings_are_printed() -> None:
    provider = ProviderSettings(name="acme", api_key="sk-secret")
    assert "sk-secret" not in repr(Settings(place="x", providers={"acme": provider}))


def test_nothing_said_means_mondays_the_own_zone_and_no_limits() -> None:
    settings = Settings(place="x")
    assert settings.report == ReportSettings(week_start=0, time_zone=None)
    assert settings.limits == LimitSettings(daily_usd=None, weekly_usd=None, monthly_usd=None)


def test_nothing_said_means_a_server_for_this_machine_alone() -> None:
    server = Settings(place="x").server
    assert server == ServerSettings(host="127.0.0.1", port=8000)
    assert (server.max_request_bytes, server.measured_bytes) == (67_108_864, 67_108_864)
    assert (server.header_timeout_s, server.body_timeout_s, server.drain_s) == (10, 30, 30)


@pytest.mark.parametrize(
    ("provider", "in_force"),
    [
        (ProviderSettings(name="gemini", type="gemini"), (60, 180, 300)),
        (ProviderSettings(name="managed:kimi-code", type="kimi"), (40, 120, 300)),
        (ProviderSettings(name="my-kimi", type="kimi"), (40, 120, 300)),
        (ProviderSettings(name="Groq"), (100, 60, 300)),
        (ProviderSettings(name="openai"), (None, 120, 300)),
        (ProviderSettings(name="anthropic", rpm=7, timeout_s=8, drain_max_s=9), (7, 8, 9)),
        (ProviderSettings(name="mine", rpm=0), (None, 120, 300)),
        (ProviderSettings(name="mine"), (40, 120, 300)),
    ],
)
def test_what_is_not_said_of_a_provider_has_its_default(
    provider: ProviderSettings, in_force: tuple[int | None, int, int]
) -> None:
    assert (provider.limit_rpm, provider.wait_s, provider.drain_s) == in_force


def test_a_host_is_that_of_the_base_url() -> None:
    assert ProviderSettings(name="x", base_url="https://API.x.ai:8443/v1").host == "api.x.ai"
    assert ProviderSettings(name="x", base_url="http://[::1]:8000/v1").host == "::1"
    assert ProviderSettings(name="x").host == ""


@pytest.mark.parametrize(
    ("provider", "source"),
    [
        (ProviderSettings(name="x", api_key="${A_KEY}"), "A_KEY"),
        (ProviderSettings(name="x", api_key="${A_KEY}", api_key_env="B_KEY"), "B_KEY"),
        (ProviderSettings(name="x", api_key="sk-1"), None),
        (ProviderSettings(name="x"), None),
    ],
)
def test_a_key_source_is_the_variable_that_is_read(provider: ProviderSettings, source: str | None) -> None:
    assert provider.key_source == source


def model(key: str, provider: str, name: str, context: int | None = None) -> ModelSettings:
    return ModelSettings(key=key, provider=provider, model=name, context_limit_tokens=context)


SHOP = Settings(
    place="x",
    providers={name: ProviderSettings(name=name) for name in ("groq", "nvidia", "gemini", "managed:kimi-code")},
    models={
        each.key: each
        for each in (
            model("groq/qwen", "groq", "qwen/qwen3-32b", 131_072),
            model("groq/oss", "groq", "openai/gpt-oss-120b", 65_536),
            model("nvidia/oss", "nvidia", "openai/gpt-oss-120b"),
            model("gemini/flash", "gemini", "gemini-2.5-flash"),
        )
    },
)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("groq/qwen", ("groq/qwen", "groq", "qwen/qwen3-32b")),
        ("qwen/qwen3-32b", ("groq/qwen", "groq", "qwen/qwen3-32b")),
        ("openai/gpt-oss-120b", None),
        ("nvidia/openai/gpt-oss-120b", ("nvidia/oss", "nvidia", "openai/gpt-oss-120b")),
        ("nvidia/new/model", ("nvidia/new/model", "nvidia", "new/model")),
        ("google/gemini-3", ("google/gemini-3", "gemini", "gemini-3")),
        ("google/gemini-2.5-flash", ("gemini/flash", "gemini", "gemini-2.5-flash")),
        ("groq/", None),
        ("unknown/model", None),
        ("gpt-5", None),
        ("", None),
    ],
)
def test_a_model_is_found_by_key_by_name_and_by_provider(name: str, found: tuple[str, str, str] | None) -> None:
    resolved = SHOP.resolve_model(name)
    assert (resolved and (resolved.key, resolved.provider, resolved.model)) == found


def test_the_smallest_context_is_that_of_the_providers_own_models() -> None:
    assert (SHOP.smallest_context("groq"), SHOP.smallest_context("nvidia"), SHOP.smallest_context("zzz")) == (
        65_536,
        None,
        None,
    )
