from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from tokencli.domain.charge import CostStatus
from tokencli.pricing.card import PriceCard, Rate, Unit
from tokencli.render.prices_view import diff_table, price_table, quote_panel
from tokencli.services.prices import Named, PricedModel, Quote, differences

if TYPE_CHECKING:
    from rich.console import RenderableType

D = Decimal
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
CARD = PriceCard(
    provider="acme",
    model="big-1",
    source="list 1",
    rates=(
        Rate(unit=Unit.INPUT, price=D("2.50"), tiers=((272_000, D(5)),)),
        Rate(unit=Unit.CACHE_READ, price=D("0.0028")),
        Rate(unit=Unit.OUTPUT, price=D(1200)),
        Rate(unit=Unit.WEB_SEARCH, price=D(10)),
    ),
    batch_factor=D("0.5"),
    regions=(("eu", D("1.1")), ("us", D("1.1"))),
)
LATER = replace(CARD, effective_from=date(2026, 6, 1), is_disputed=True, rates=(Rate(unit=Unit.INPUT, price=D(2)),))
HOSTILE = "m\x1b[31m[/x]\u202e"


def console(width: int = 80, encoding: str = "utf-8") -> Console:
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="")
    return Console(file=file, width=width, color_system=None, markup=False, emoji=False, highlight=False)


def drawn(renderable: RenderableType, on: Console) -> str:
    on.print(renderable)
    on.file.flush()
    raw = on.file.buffer.getvalue()  # type: ignore[attr-defined]
    assert isinstance(raw, bytes)
    return "\n".join(line.rstrip() for line in raw.decode(on.encoding).split("\n"))


def quote_of(card: PriceCard, *history: PriceCard) -> Quote:
    return Quote(named=Named("acme", card.model), at=NOW, card=card, history=history or (card,))


def panel(card: PriceCard, *history: PriceCard) -> str:
    on = console()
    return drawn(quote_panel(quote_of(card, *history), on), on)


def test_a_model_shows_each_price_with_its_tiers_and_terms() -> None:
    assert panel(CARD) == (
        "big-1 at acme\n"
        "  list 1\n"
        "\n"
        "  input                                      $2.50  per million tokens\n"
        "    in calls above 272,000 input tokens      $5.00  per million tokens\n"
        "  cache read                               $0.0028  per million tokens\n"
        "  output                                 $1,200.00  per million tokens\n"
        "  web search requests                       $10.00  per 1000\n"
        "\n"
        "  batch          0.5 x all tokens\n"
        "  in one region  1.1 x all tokens (eu, us)\n"
    )


def test_a_model_shows_what_it_cost_before() -> None:
    shown = panel(LATER, CARD, LATER)
    assert "list 1, since 2026-06-01, disputed" in shown
    assert "the beginning  $2.50+     $0.0028  $1,200.00  list 1" in shown
    assert "2026-06-01      $2.00           -          -  list 1" in shown


@pytest.mark.parametrize(
    ("card", "words"),
    [
        (PriceCard(provider="p", model="m", source="s", status=CostStatus.FREE), "free: calls cost nothing"),
        (PriceCard(provider="p", model="m", source="s", status=CostStatus.SUBSCRIPTION), "a plan pays for the calls"),
        (PriceCard(provider="p", model="m", source="s", unmeasured=("audio_hours",)), "priced by audio hours, which"),
    ],
)
def test_a_model_without_token_prices_says_why(card: PriceCard, words: str) -> None:
    assert words in panel(card)


def test_prices_by_the_hour_show_their_hours() -> None:
    night = replace(CARD, hours=(time(16, 30), time(0, 30)))
    assert "from 16:30 to 00:30 UTC" in panel(night)
    assert "the beginning 16:30-00:30" in panel(night, CARD, night)


def rows() -> list[PricedModel]:
    free = PriceCard(provider="p", model="m", source="s", status=CostStatus.FREE)
    hours = PriceCard(provider="p", model="m", source="s", unmeasured=("audio_hours",))
    return [
        PricedModel(named=Named("acme", "big-1"), card=CARD),
        PricedModel(named=Named(None, "a" * 60), card=None),
        PricedModel(named=Named("p", "free-1"), card=free),
        PricedModel(named=Named("p", "ear-1"), card=hours),
    ]


def test_a_list_marks_tiers_and_names_what_has_no_price() -> None:
    on = console()
    shown = drawn(price_table(rows(), on), on)
    assert "$2.50+" in shown
    assert "unpriced" in shown
    assert "free" in shown
    assert "not per token" in shown
    assert max(len(line) for line in shown.split("\n")) <= 80
    assert "list 1" not in shown


def test_a_wide_list_says_where_each_price_comes_from() -> None:
    on = console(width=160)
    assert "list 1" in drawn(price_table(rows(), on), on)


def test_a_comparison_shows_both_sides_and_the_factor() -> None:
    other = replace(CARD, model="small-1", rates=(Rate(unit=Unit.INPUT, price=D(5)),))
    on = console()
    shown = drawn(diff_table(quote_of(CARD), quote_of(other), differences(CARD, other), on), on)
    assert "big-1  small-1  second / first" in shown
    assert "$2.50    $5.00             2 \N{MULTIPLICATION SIGN}" in shown
    assert "input, above 272,000 tokens" in shown


def test_two_dates_of_a_model_are_named_by_their_dates() -> None:
    before = Quote(named=Named(None, "big-1"), at=datetime(2026, 1, 2, tzinfo=UTC), card=CARD, history=(CARD,))
    after = Quote(named=Named(None, "big-1"), at=NOW, card=CARD, history=(CARD,))
    on = console(encoding="ascii")
    shown = drawn(diff_table(before, after, differences(CARD, CARD), on), on)
    assert "2026-01-02" in shown
    assert "2026-11-01" in shown
    assert "=" in shown


def test_a_free_side_is_said_in_words() -> None:
    free = PriceCard(provider="p", model="m", source="s", status=CostStatus.FREE)
    zero = replace(CARD, rates=(Rate(unit=Unit.INPUT, price=D(0)),))
    on = console(encoding="ascii")
    shown = drawn(diff_table(quote_of(free), quote_of(CARD), differences(free, CARD), on), on)
    assert "m on 2026-11-01: free: calls cost nothing" in shown
    assert (
        "x"
        not in drawn(diff_table(quote_of(zero), quote_of(LATER), differences(zero, LATER), on), on).split("input")[1][
            :20
        ]
    )


def test_a_name_from_outside_does_not_drive_the_terminal() -> None:
    named = Named(HOSTILE, HOSTILE)
    card = replace(CARD, provider=HOSTILE, model=HOSTILE, source=HOSTILE)
    quote = Quote(named=named, at=NOW, card=card, history=(card, card))
    on = console(width=160)
    views = (
        quote_panel(quote, on),
        price_table([PricedModel(named=named, card=card)], on),
        diff_table(quote, quote, differences(card, card), on),
    )
    for view in views:
        shown = drawn(view, console(width=160))
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        assert "[/x]" in shown
