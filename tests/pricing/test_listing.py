from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from genai_prices.types import (
    ClauseEquals,
    ConditionalPrice,
    ModelInfo,
    ModelPrice,
    PriceVariant,
    Provider,
    StartDateConstraint,
    Tier,
    TieredPrices,
    TimeOfDateConstraint,
)

from tokencli.domain.charge import CostStatus
from tokencli.pricing.card import PriceCard, Unit, card_at
from tokencli.pricing.listing import UNITS, Found, cards_of

D = Decimal
CHANGE = date(2026, 6, 1)
READ = date(2026, 10, 14)


def prices(into: str, out: str = "1", **more: Any) -> ModelPrice:
    return ModelPrice(input_mtok=D(into), output_mtok=D(out), **more)


def entry(price: ModelPrice | list[ConditionalPrice], **more: Any) -> Found:
    model = ModelInfo(id="m-1", match=ClauseEquals("m-1"), prices=price, **more)
    return Found(Provider(id="acme", name="Acme", api_pattern="", models=[model]), model)


def history(found: Found) -> tuple[PriceCard, ...]:
    return cards_of(found, "m-1", "list 1")


def input_price(cards: tuple[PriceCard, ...], at: datetime) -> Decimal | None:
    card = card_at(cards, at.date(), at.time())
    rate = card.rate(Unit.INPUT) if card else None
    return rate.price if rate else None


def test_a_dated_price_begins_on_its_day() -> None:
    cards = history(
        entry([ConditionalPrice(prices=prices("5")), ConditionalPrice(StartDateConstraint(CHANGE), prices=prices("4"))])
    )
    assert [card.effective_from for card in cards] == [None, CHANGE]
    assert input_price(cards, datetime(2026, 5, 31, 23, 59, tzinfo=UTC)) == 5
    assert input_price(cards, datetime(2026, 6, 1, tzinfo=UTC)) == 4


def test_a_price_that_only_repeats_is_one_card() -> None:
    cards = history(
        entry([ConditionalPrice(prices=prices("5")), ConditionalPrice(StartDateConstraint(CHANGE), prices=prices("5"))])
    )
    assert [card.effective_from for card in cards] == [None]


def test_a_price_by_the_hour_holds_in_its_hours() -> None:
    day = TimeOfDateConstraint(time(0, 30, tzinfo=UTC), time(16, 30, tzinfo=UTC))
    cards = history(entry([ConditionalPrice(prices=prices("0.135")), ConditionalPrice(day, prices=prices("0.27"))]))
    assert input_price(cards, datetime(2026, 1, 1, 0, 29, tzinfo=UTC)) == D("0.135")
    assert input_price(cards, datetime(2026, 1, 1, 0, 30, tzinfo=UTC)) == D("0.27")
    assert input_price(cards, datetime(2026, 1, 1, 16, 30, tzinfo=UTC)) == D("0.135")


def test_hours_and_days_together_agree_with_the_list() -> None:
    found = entry(
        [
            ConditionalPrice(prices=prices("1")),
            ConditionalPrice(StartDateConstraint(CHANGE), prices=prices("2")),
            ConditionalPrice(TimeOfDateConstraint(time(6), time(10)), prices=prices("3")),
        ]
    )
    cards = history(found)
    for day in (31, 1):
        for hour in range(24):
            at = datetime(2026, 5 if day == 31 else 6, day, hour, tzinfo=UTC)
            assert input_price(cards, at) == found.model.get_prices(at).input_mtok


def test_tiers_and_all_units_are_kept() -> None:
    tiered = TieredPrices(base=D(3), tiers=[Tier(start=200_000, price=D(6))])
    (card,) = history(entry(ModelPrice(input_mtok=tiered, output_mtok=D(15), web_searches_kcount=D(10))))
    assert {rate.unit: (rate.price, rate.tiers) for rate in card.rates} == {
        Unit.INPUT: (D(3), ((200_000, D(6)),)),
        Unit.OUTPUT: (D(15), ()),
        Unit.WEB_SEARCH: (D(10), ()),
    }


def test_a_batch_price_that_was_read_late_holds_before_as_long_as_the_standard_price_did() -> None:
    found = entry(
        [ConditionalPrice(prices=prices("5")), ConditionalPrice(StartDateConstraint(CHANGE), prices=prices("4"))],
        price_variants=[PriceVariant({"processing": "batch"}, prices("2", "0.5"), StartDateConstraint(READ))],
    )
    before, after = history(found)
    assert before.service_tiers == ()
    assert [(name, [rate.price for rate in rates]) for name, rates in after.service_tiers] == [
        ("batch", [D(2), D("0.5")])
    ]
    assert after.effective_from == CHANGE


def test_flex_and_priority_have_prices_of_their_own() -> None:
    found = entry(
        prices("2"),
        price_variants=[
            PriceVariant({"service_tier": "flex"}, prices("1", "0.5")),
            PriceVariant({"service_tier": "priority"}, prices("4", "2")),
            PriceVariant({"service_tier": "default"}, ModelPrice()),
            PriceVariant({"route": "eu"}, prices("9", "9")),
        ],
    )
    assert [name for name, _ in history(found)[0].service_tiers] == ["flex", "priority"]


def test_a_borrowed_model_keeps_its_batch_price_alone() -> None:
    variants = [
        PriceVariant({"service_tier": "flex"}, prices("1")),
        PriceVariant({"processing": "batch"}, prices("1")),
    ]
    lender = entry(prices("2"), price_variants=variants)
    borrower = Found(Provider(id="azure", name="Azure", api_pattern=""), lender.model)
    assert [name for name, _ in history(borrower)[0].service_tiers] == ["batch"]


def test_a_model_without_any_price_is_not_free() -> None:
    assert history(entry(ModelPrice())) == ()


def test_a_model_that_says_it_is_free_is_free() -> None:
    (card,) = history(entry(ModelPrice(), price_comments="Free of charge on the API."))
    assert card.status is CostStatus.FREE
    (named,) = cards_of(entry(ModelPrice()), "m-1:free", "list 1")
    assert named.status is CostStatus.FREE
    (zero,) = history(entry(prices("0", "0")))
    assert zero.status is CostStatus.FREE


def test_a_model_in_a_plan_is_paid_by_the_plan() -> None:
    (card,) = history(entry(ModelPrice(), price_comments="Included in the subscription: no rate."))
    assert card.status is CostStatus.SUBSCRIPTION


def test_units_that_are_not_counted_are_named() -> None:
    (card,) = history(entry(ModelPrice(audio_hours=D("0.36"))))
    assert (card.rates, card.unmeasured) == ((), ("audio_hours",))


def test_every_unit_of_tokens_in_the_library_that_it_uses_is_known() -> None:
    from genai_prices.data import providers

    used: set[str] = set()
    for provider in providers:
        for model in provider.models:
            dated = model.prices if isinstance(model.prices, list) else [ConditionalPrice(prices=model.prices)]
            used |= {key for each in dated for key, value in vars(each.prices).items() if value is not None}
    assert {key for key in used if key.endswith("_mtok")} - set(UNITS) == {"output_video_mtok"}
