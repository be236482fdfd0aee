from __future__ import annotations

import pytest

from tokencli.config.values import LimitSettings, ProviderSettings, ReportSettings, Settings

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
