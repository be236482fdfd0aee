from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.tellers import told
from tokencli.domain.usage import Basis, TokenUsage
from tokencli.readers.telling import Telling
from tokencli.services.rates import Labels
from tokencli.services.told_rates import Figure, ToldRates
from tokencli.store.ledger import Ledger

if TYPE_CHECKING:
    from tests.cost_logs import Shop
    from tokencli.readers.told import Told


@pytest.fixture
def rates(shop: Shop) -> ToldRates:
    return ToldRates(shop.book, Ledger(shop.connection).dictionary, Labels("tiny"))


def figure(rates: ToldRates, call: Told) -> Figure:
    telling = Telling()
    telling.add(0, call)
    return rates.figure(telling.kinds[0], telling.calls[0])


def test_the_same_kind_on_the_same_day_has_the_same_facet(rates: ToldRates) -> None:
    first, second = figure(rates, told("a")), figure(rates, told("b", 60, out=99))
    assert first.facet_id == second.facet_id
    assert (first.cost, second.cost) == (200_000_000, 298_000_000)


def test_the_model_that_answered_is_priced(rates: ToldRates) -> None:
    assert figure(rates, told("a", request_model="nobody-knows-it", response_model="alpha")).cost == 200_000_000


def test_cache_and_tiers_are_priced_as_for_the_proxy(rates: ToldRates) -> None:
    usage = TokenUsage(input_tokens=100, cache_read_tokens=90, output_tokens=0, web_search_requests=0)
    found = figure(rates, told("a", usage=usage, request_model="claude-sonnet-4-5-20250929", provider_name="anthropic"))
    assert found.cost == 10 * 3_000_000 + 90 * 300_000
    assert found.facet.provider_name == "anthropic"


def test_what_nobody_bills_is_free_and_what_nobody_knows_is_unpriced(rates: ToldRates) -> None:
    counting = figure(rates, told("a", operation_name="count_tokens"))
    assert (counting.cost, counting.facet.cost_status) == (0, "free")
    silent = figure(rates, told("b", usage=None, basis=Basis.MISSING))
    assert (silent.cost, silent.facet.cost_status, silent.facet.basis) == (None, "unpriced", "missing")


def test_a_facet_that_a_transaction_took_with_it_is_made_again(shop: Shop, rates: ToldRates) -> None:
    shop.connection.execute("BEGIN")
    figure(rates, told("a"))
    shop.connection.execute("ROLLBACK")
    rates.forget()
    number = figure(rates, told("a")).facet_id
    assert shop.connection.execute("SELECT source FROM facet WHERE id = ?", (number,)).fetchone() == ("tiny",)
