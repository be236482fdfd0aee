from __future__ import annotations

from datetime import date, time
from decimal import Decimal

from tokencli.domain.charge import CostStatus
from tokencli.domain.money import usd
from tokencli.domain.price import OwnPrice
from tokencli.pricing.card import Unit, card_at
from tokencli.pricing.overlay import Overlay, card_of

OLD = OwnPrice(provider_name="nvidia", model="moonshotai/Kimi-K2.5", source="s", input_usd=usd("1"), output_usd=usd(2))
NEW = OwnPrice(
    provider_name="nvidia",
    model="moonshotai/kimi-k2.5",
    source="s",
    input_usd=usd("0.5"),
    effective_from=date(2026, 6, 1),
    is_disputed=True,
)


def test_the_price_that_held_on_the_day_is_found() -> None:
    history = Overlay([NEW, OLD]).history("NVIDIA", "moonshotai/kimi-k2.5")
    before, after = card_at(history, date(2026, 5, 31), time()), card_at(history, date(2026, 6, 1), time())
    assert before is not None
    assert after is not None
    assert before.rates[0].price == 1
    assert (after.rates[0].price, after.is_disputed) == (Decimal("0.5"), True)


def test_a_price_without_provider_holds_for_any_and_gives_way_to_a_named_one() -> None:
    anyone = OwnPrice(provider_name=None, model="moonshotai/kimi-k2.5", source="s", status=CostStatus.FREE)
    overlay = Overlay([anyone, OLD])
    assert overlay.history("groq", "moonshotai/kimi-k2.5")[0].status is CostStatus.FREE
    assert overlay.history("nvidia", "moonshotai/kimi-k2.5")[0].status is CostStatus.PRICED
    assert overlay.history("nvidia", "other") == ()


def test_a_provider_is_known_by_any_of_its_names() -> None:
    price = OwnPrice(provider_name="gemini", model="gemini-x", source="s", input_usd=usd(1))
    assert Overlay([price]).history("google", "models/gemini-x")


def test_a_later_entry_for_the_same_day_replaces_an_earlier_one() -> None:
    again = OwnPrice(provider_name="nvidia", model="moonshotai/kimi-k2.5", source="s", input_usd=usd(9))
    (card,) = Overlay([OLD, again]).history("nvidia", "moonshotai/kimi-k2.5")
    assert card.rates[0].price == 9
    assert list(Overlay([OLD, again]).cards()) == [card]


def test_a_card_has_the_rates_that_were_given_and_no_others() -> None:
    price = OwnPrice(
        provider_name="p", model="m", source="s", input_usd=usd(1), cache_write_usd=usd(2), cache_write_1h_usd=usd(3)
    )
    rates = {rate.unit: rate.price for rate in card_of(price).rates}
    assert rates == {Unit.INPUT: 1, Unit.CACHE_WRITE_5M: 2, Unit.CACHE_WRITE_1H: 3}


def test_prices_of_zero_are_free() -> None:
    price = OwnPrice(provider_name="p", model="m", source="s", input_usd=usd(0), output_usd=usd(0))
    assert card_of(price).status is CostStatus.FREE
