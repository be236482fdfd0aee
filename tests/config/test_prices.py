from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tokencli.config.document import parse
from tokencli.config.prices import prices_of
from tokencli.domain.charge import CostStatus
from tokencli.domain.errors import ConfigError

if TYPE_CHECKING:
    from tokencli.domain.price import OwnPrice


def prices(text: str) -> tuple[OwnPrice, ...]:
    return prices_of(parse(f"[m]\nprice = {text}\n".encode(), "prices.toml"), ("m", "price"), "acme", "big-1")


def test_a_price_keeps_every_digit() -> None:
    (price,) = prices("{ input = 0.1, output = 2, cache_read = 0.01, cache_write = 0.125, cache_write_1h = 0.2 }")
    assert (price.provider_name, price.model, price.source) == ("acme", "big-1", "prices.toml")
    assert (price.input_usd, price.output_usd) == (Decimal("0.1"), Decimal(2))
    assert (price.cache_read_usd, price.cache_write_usd, price.cache_write_1h_usd) == (
        Decimal("0.01"),
        Decimal("0.125"),
        Decimal("0.2"),
    )
    assert (price.effective_from, price.is_disputed) == (None, False)


def test_dated_prices_form_a_history() -> None:
    first, second, third = prices(
        "[{ input = 2 }, { input = 1, effective_from = 2026-06-01, disputed = true }, "
        '{ input = 0.5, effective_from = "2026-07-01" }]'
    )
    assert (first.effective_from, second.effective_from, third.effective_from) == (
        None,
        date(2026, 6, 1),
        date(2026, 7, 1),
    )
    assert second.is_disputed


@pytest.mark.parametrize(("text", "status"), [('"free"', CostStatus.FREE), ('"Subscription"', CostStatus.SUBSCRIPTION)])
def test_words_stand_for_calls_without_a_price(text: str, status: CostStatus) -> None:
    assert prices(text)[0].status is status


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("0.5", "m.price is 0.5, but a price is { input = ..., output = ... } in dollars per million tokens"),
        ('"cheap"', "m.price is 'cheap', but a price is"),
        ("{ output = 1 }", "m.price is a table, but it needs at least an input price"),
        ("{ input = -1 }", "m.price.input is -1, but a price is a number of dollars per million tokens, 0 or more"),
        ("{ input = nan }", "m.price.input is NaN, but"),
        ("{ input = inf }", "m.price.input is Infinity, but"),
        ("{ input = true }", "m.price.input is true, but"),
        ('{ input = "1" }', "m.price.input is '1', but"),
        ("{ input = 1e30 }", "m.price.input is 1E+30, but"),
        ("{ input = 1, ouput = 2 }", "there is no key 'ouput'; did you mean 'output'?"),
        ("{ input = 1, zzz = 2 }", "m.price.zzz is 2, but a price has no such key: it has input, output,"),
        ("{ input = 1, effective_from = 2026 }", "m.price.effective_from is 2026, but it is a date such as"),
        ('{ input = 1, effective_from = "soon" }', "m.price.effective_from is 'soon', but it is a date such as"),
        ("{ input = 1, effective_from = 2026-06-01T00:00:00Z }", "but it is a date such as 2026-06-01"),
        ("{ input = 1, disputed = 1 }", "m.price.disputed is 1, but it is true or false"),
        ("[{ input = 1 }, { input = 2 }]", "m.price is a list, but two of its prices begin on the same day"),
    ],
)
def test_what_is_no_price_is_refused_with_its_line(text: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        prices(text)
    assert str(caught.value).startswith("prices.toml, line 2: ")
    assert sentence in str(caught.value)
