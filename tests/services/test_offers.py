from __future__ import annotations

import pytest

from tokencli.domain.charge import CostStatus
from tokencli.domain.repricing import RepriceReason
from tokencli.pricing.card import PriceCard
from tokencli.services.offers import Sums, card_of, reason_of

OLD = PriceCard(provider="openai", model="m", source="genai-prices 0.2.3")
NEW = PriceCard(provider="openai", model="m", source="genai-prices 0.2.4")
OWN = PriceCard(provider="openai", model="m", source="config.toml")
OTHER = PriceCard(provider="openai", model="m", source="genai-prices 0.2.3, OpenAI's own price")


@pytest.mark.parametrize(
    ("old", "new", "is_own", "reason"),
    [
        (OLD, NEW, False, RepriceReason.NEWER_LIST),
        (OLD, OTHER, False, RepriceReason.CORRECTION),
        (OLD, OLD, False, RepriceReason.CORRECTION),
        (OLD, OWN, True, RepriceReason.OWN_PRICE),
        (None, OWN, True, RepriceReason.OWN_PRICE),
        (None, NEW, False, RepriceReason.KNOWN_NOW),
        (OWN, NEW, False, RepriceReason.OWN_PRICE_GONE),
        (OWN, None, False, RepriceReason.OWN_PRICE_GONE),
        (OLD, None, False, RepriceReason.UNKNOWN_NOW),
    ],
)
def test_each_reason_is_told(old: PriceCard | None, new: PriceCard | None, is_own: bool, reason: RepriceReason) -> None:  # noqa: FBT001
    status = CostStatus.PRICED if new else CostStatus.UNPRICED
    assert reason_of(old, new, status, is_own=is_own) is reason


def test_a_call_that_nobody_bills_any_more_is_a_correction() -> None:
    assert reason_of(OLD, None, CostStatus.FREE, is_own=False) is RepriceReason.CORRECTION


@pytest.mark.parametrize("body", [None, "{", '{"model": "m"}'])
def test_a_card_that_cannot_be_read_is_no_card(body: str | None) -> None:
    assert card_of(body) is None


def test_sums_know_how_many_had_a_price() -> None:
    sums = Sums()
    sums.add(None, 5)
    sums.add(3, None)
    assert (sums.requests, sums.priced_before, sums.priced_after, sums.before_pico, sums.after_pico) == (2, 1, 1, 3, 5)
