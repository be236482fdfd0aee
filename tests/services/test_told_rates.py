from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.pricing.test_tariff import cards
from tests.tellers import told
from tokencli.domain.usage import Basis, TokenUsage
from tokencli.pricing.tariff import Tariff
from tokencli.readers.telling import Telling
from tokencli.services.reading import Labels
from tokencli.services.told_rates import Figure, ToldRates, cost_of_counts, costs_of_plain, linear_cost
from tokencli.store.ledger import Ledger

if TYPE_CHECKING:
    from tests.cost_logs import Shop
    from tokencli.pricing.card import PriceCard
    from tokencli.readers.told import Told


SMALL = st.integers(0, 250_000)


@st.composite
def plain_usages(draw: st.DrawFn) -> TokenUsage:
    fresh, read, short, hourly, other, said, thought = (draw(SMALL) for _ in range(7))
    return TokenUsage(
        input_tokens=fresh + read + short + hourly + other,
        cache_read_tokens=read,
        cache_write_tokens=short + hourly + other,
        cache_write_5m_tokens=short,
        cache_write_1h_tokens=hourly,
        output_tokens=said + thought,
        reasoning_tokens=thought,
        web_search_requests=draw(st.integers(0, 9)),
        service_tier=draw(st.sampled_from([None, "batch", "flex", "odd"])),
        inference_region=draw(st.sampled_from([None, "us", "global"])),
    )


PLAIN = plain_usages()


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


@given(cards(), PLAIN)
def test_a_plain_call_costs_by_its_parts_what_the_whole_tariff_says(card: PriceCard, usage: TokenUsage) -> None:
    telling, tariff = Telling(), Tariff(card)
    telling.add(0, told("a", usage=usage))
    (call,), (kind,) = telling.calls, telling.kinds
    slopes = tariff.slopes(kind.service_tier, kind.inference_region)
    if call.is_plain and slopes:
        assert linear_cost(call, slopes) == tariff.cost(usage)


COUNTS = st.tuples(*(st.none() | SMALL for _ in range(5)))


USUAL = st.tuples(SMALL, SMALL, SMALL, SMALL, st.just(0))


@given(cards(), st.lists(COUNTS, min_size=1, max_size=5) | st.lists(USUAL, min_size=1, max_size=5))
def test_many_plain_calls_cost_together_what_each_does_alone(
    card: PriceCard, calls: list[tuple[int | None, ...]]
) -> None:
    slopes = Tariff(card).slopes(None, None)
    if not slopes:
        return
    together = costs_of_plain(list(zip(*calls, strict=True)), slopes)
    alone = [cost_of_counts((*call, 0, 0), slopes) for call in calls]  # type: ignore[arg-type]  # five counts
    assert together in (None, alone)
    if len(slopes) == 1 and None not in alone and not any(call[4] for call in calls):
        assert together is not None


def test_common_calls_are_plain(rates: ToldRates) -> None:
    del rates
    telling = Telling()
    telling.add(
        0, told("a", usage=TokenUsage(input_tokens=9, cache_read_tokens=4, output_tokens=5, reasoning_tokens=2))
    )
    telling.add(1, told("b", usage=TokenUsage(input_tokens=9, audio_input_tokens=4)))
    telling.add(2, told("c", usage=TokenUsage(input_tokens=1, cache_read_tokens=4, inconsistent=True)))
    assert [call.is_plain for call in telling.calls] == [True, False, False]
