"""A limit is one sentence."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tokencli.domain.money import usd
from tokencli.domain.period import period_of
from tokencli.domain.threshold import Threshold
from tokencli.render.threshold_words import threshold_words

DAY = period_of("today", now=datetime(2026, 11, 20, 12, tzinfo=UTC), zone="UTC")


@pytest.mark.parametrize(
    ("spent", "unpriced", "words"),
    [
        ("2.5", 0, "this day has cost $2.50 of its limit of $3.00."),
        ("3.5", 0, "the day's limit of $3.00 is passed: $3.50 so far."),
        ("3.5", 2, "the day's limit of $3.00 is passed: at least $3.50 so far."),
        ("0.0123", 0, "this day has cost $0.0123 of its limit of $3.0000."),
    ],
)
def test_a_limit_is_one_sentence(spent: str, unpriced: int, words: str) -> None:
    threshold = Threshold(name="day", period=DAY, limit=usd("3"), spent=usd(spent), unpriced_requests=unpriced)
    assert threshold_words(threshold) == words
