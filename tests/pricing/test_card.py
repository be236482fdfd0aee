from __future__ import annotations

from datetime import date, time
from decimal import Decimal

import pytest

from tokencli.domain.charge import CostStatus
from tokencli.pricing.card import PriceCard, Rate, Unit, card_at

D = Decimal
FULL = PriceCard(
    provider="acme",
    model="big-1",
    source="list 1",
    effective_from=date(2026, 3, 1),
    is_disputed=True,
    rates=(
        Rate(unit=Unit.INPUT, price=D("2.50"), tiers=((200_000, D(5)),)),
        Rate(unit=Unit.WEB_SEARCH, price=D(10)),
    ),
    service_tiers=(("batch", (Rate(unit=Unit.INPUT, price=D("1.25")),)),),
    batch_factor=D("0.5"),
    regions=(("us", D("1.1")),),
    hours=(time(0, 30), time(16, 30)),
    unmeasured=("audio_hours",),
)


def test_a_card_comes_back_from_its_json_as_it_was() -> None:
    assert PriceCard.from_json(FULL.to_json()) == FULL


def test_equal_cards_give_equal_json() -> None:
    again = PriceCard.from_json(FULL.to_json())
    assert again.to_json() == FULL.to_json()
    assert " " not in PriceCard(provider=None, model="m", source="s").to_json()


def test_prices_are_strings_of_dollars_without_exponent() -> None:
    tiny = PriceCard(provider="p", model="m", source="s", rates=(Rate(unit=Unit.INPUT, price=D("1E-8")),))
    assert '"price":"0.00000001"' in tiny.to_json()


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{}",
        "no json",
        '{"model":"m","source":"s","status":"cheap"}',
        '{"model":"m","source":"s","status":"priced","rates":[{"unit":"input_tokens","price":"-1"}]}',
        '{"model":"m","source":"s","status":"priced","rates":[{"unit":"input_tokens","price":0.1}]}',
        '{"model":"m","source":"s","status":"priced","rates":[{"unit":"input_tokens","price":"NaN"}]}',
    ],
)
def test_text_that_is_no_card_is_refused(text: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError, AttributeError)):
        PriceCard.from_json(text)


@pytest.mark.parametrize(("tokens", "price"), [(0, "2.50"), (200_000, "2.50"), (200_001, "5"), (9_000_000, "5")])
def test_a_tier_begins_above_its_threshold(tokens: int, price: str) -> None:
    assert FULL.rates[0].tier_at(tokens)[1] == D(price)


def test_a_card_knows_its_first_day_and_its_hours() -> None:
    assert not FULL.is_open_at(date(2026, 2, 28), time(12))
    assert FULL.is_open_at(date(2026, 3, 1), time(0, 30))
    assert not FULL.is_open_at(date(2026, 3, 1), time(16, 30))


def test_hours_may_cross_midnight() -> None:
    night = PriceCard(provider="p", model="m", source="s", hours=(time(16, 30), time(0, 30)))
    assert [night.is_open_at(date(2026, 1, 1), time(hour)) for hour in (0, 1, 16, 17, 23)] == [
        True,
        False,
        False,
        True,
        True,
    ]


def test_the_latest_card_that_has_begun_holds() -> None:
    old = PriceCard(provider="p", model="m", source="s", status=CostStatus.FREE)
    new = PriceCard(provider="p", model="m", source="s", effective_from=date(2026, 3, 1))
    assert card_at((old, new), date(2026, 2, 28), time()) is old
    assert card_at((old, new), date(2026, 3, 1), time()) is new
    assert card_at((new,), date(2026, 2, 28), time()) is None
    assert card_at((), date(2026, 2, 28), time()) is None
