"""How a threshold stands is decided by exact comparison."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tokencli.domain.errors import ImpossibleValueError
from tokencli.domain.money import Usd, usd
from tokencli.domain.period import period_of
from tokencli.domain.threshold import Level, Threshold

DAY = period_of("today", now=datetime(2026, 11, 20, 12, tzinfo=UTC), zone="UTC")


def threshold(limit: str, spent: str) -> Threshold:
    return Threshold(name="day", period=DAY, limit=usd(limit), spent=usd(spent))


@pytest.mark.parametrize(
    ("limit", "spent", "level"),
    [
        ("3", "0", Level.OK),
        ("3", "2.399999999999", Level.OK),
        ("3", "2.4", Level.WARNING),
        ("3", "3", Level.WARNING),
        ("3", "3.000000000001", Level.OVER),
        ("0", "0", Level.OK),
        ("0", "0.000000000001", Level.OVER),
    ],
)
def test_level_changes_at_80_percent_and_above_the_limit(limit: str, spent: str, level: Level) -> None:
    assert threshold(limit, spent).level is level


def test_ratio_of_a_limit_of_nothing_is_not_known() -> None:
    assert threshold("0", "1").ratio is None
    assert threshold("3", "1.5").ratio == Decimal("0.5")


@pytest.mark.parametrize("limit", ["-1", "NaN"])
def test_an_impossible_limit_is_refused(limit: str) -> None:
    with pytest.raises(ImpossibleValueError):
        Threshold(name="day", period=DAY, limit=Usd(Decimal(limit)))
