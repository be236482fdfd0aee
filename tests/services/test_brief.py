"""Limits for the line; `tests/cli/test_brief.py` holds the whole of it to the full program."""

from __future__ import annotations

import pytest

from tokencli.config.plain import PlainSettings
from tokencli.domain.plain import NotPlainError
from tokencli.services.brief import brief_limits

SETTINGS = PlainSettings({"daily_usd": 3 * 10**12}, {}, 0, None)


def test_the_environment_goes_before_the_file() -> None:
    assert brief_limits(SETTINGS, {}) == {"day": 3 * 10**12}
    assert brief_limits(SETTINGS, {"COST_DAILY_LIMIT": " 0.5 ", "COST_WEEKLY_LIMIT": "2"}) == {
        "day": 5 * 10**11,
        "week": 2 * 10**12,
    }


@pytest.mark.parametrize("written", ["lots", "1e3", "-1", "1000001"])
def test_limits_that_are_not_plain_are_left_to_the_full_program(written: str) -> None:
    with pytest.raises(NotPlainError):
        brief_limits(SETTINGS, {"COST_MONTHLY_LIMIT": written})
