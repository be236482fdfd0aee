from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tokencli.domain.money import MAX_PICO, to_pico
from tokencli.domain.usage import TokenUsage
from tokencli.pricing.book import PriceBook
from tokencli.readers.batch import MOST_TOKENS, Kind
from tokencli.services.rates import DAY_US, Rate, Rates, Sort, provider_named, sort_of
from tokencli.services.reading import Labels
from tokencli.store.dictionary import Dictionary
from tokencli.store.ledger import BUCKET_US

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cost_logs import Shop

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NOON = datetime(2025, 10, 10, 12, tzinfo=UTC)
US = (NOON - EPOCH) // timedelta(microseconds=1)
ALPHA = Sort("openai", "alpha", None, -1, -1)


@pytest.fixture
def rates(shop: Shop) -> Iterator[Rates]:
    with shop.database.transaction() as connection:
        yield Rates(shop.book, Dictionary(connection), Labels("cost-line", "bot", "shop"))


@pytest.fixture(scope="module")
def listed() -> PriceBook:
    """Return the real price list, with its tiers and odd prices."""
    return PriceBook()


def facet(shop: Shop, number: int) -> tuple[object, ...]:
    statement = "SELECT agent, project, basis, cost_status, price_id, logged_price_id FROM facet WHERE id = ?"
    return tuple(shop.connection.execute(statement, (number,)).fetchone())


def test_plain_price_is_linear_in_whole_picodollars(rates: Rates) -> None:
    rate = rates.rate(ALPHA, US)
    assert (rate.is_linear, rate.input_pico, rate.output_pico, rate.card) == (True, 1_000_000, 2_000_000, None)
    assert rate.cost(3, 5) == 13_000_000


def test_price_below_a_picodollar_is_charged_by_its_card(rates: Rates) -> None:
    rate = rates.rate(ALPHA._replace(model="gamma"), US)
    assert not rate.is_linear
    assert rate.cost(3, 0) == 4
    assert rate.cost(4, 1) == 6 + 100_000


def test_tiers_hold_for_the_whole_prompt() -> None:
    rate = Rate(1, is_linear=False, input_pico=1, output_pico=10, tiers=((100, 2, 20), (200, 3, 30)))
    assert [rate.cost(tokens, 1) for tokens in (100, 101, 200, 201)] == [110, 222, 420, 633]


def test_unpriced_free_and_untold_calls_have_their_status(rates: Rates, shop: Shop) -> None:
    unknown = rates.rate(ALPHA._replace(model="nobody-knows-it"), US)
    assert unknown.cost(1, 1) is None
    assert facet(shop, unknown.facet_id)[2:] == ("reported", "unpriced", None, None)
    free = rates.rate(ALPHA._replace(model="gratis"), US)
    assert free.cost(7, 7) == 0
    assert facet(shop, free.facet_id)[3] == "free"
    untold = rates.rate(ALPHA._replace(has_usage=False), US)
    assert facet(shop, untold.facet_id)[2:] == ("missing", "unpriced", None, None)
    nameless = rates.rate(ALPHA._replace(model=None), US)
    assert facet(shop, nameless.facet_id)[3] == "unpriced"


def test_facet_holds_the_labels_unless_the_call_names_its_agent(rates: Rates, shop: Shop) -> None:
    assert facet(shop, rates.rate(ALPHA, US).facet_id)[:2] == ("bot", "shop")
    assert facet(shop, rates.rate(ALPHA._replace(agent="neo"), US).facet_id)[:2] == ("neo", "shop")


def test_printed_prices_are_kept_only_when_both_were_printed(rates: Rates, shop: Shop) -> None:
    assert facet(shop, rates.rate(ALPHA._replace(input_pico=5, output_pico=0), US).facet_id)[5] is not None
    assert facet(shop, rates.rate(ALPHA._replace(input_pico=5), US).facet_id)[5] is None


def test_call_beyond_what_the_ledger_holds_is_unpriced(rates: Rates, shop: Shop) -> None:
    dear = ALPHA._replace(model="dear")
    assert rates.figure(dear, US, 1, 1)[1] == 2 * 10**15
    number, cost = rates.figure(dear, US, MOST_TOKENS - 1, 0)
    assert cost is None
    assert facet(shop, number)[3] == "unpriced"


def test_one_look_up_serves_a_day(rates: Rates) -> None:
    first = rates.rate(ALPHA, US)
    assert rates.rate(ALPHA, US + 1) is first
    table, step = rates.table(ALPHA)
    assert (list(table), step) == ([US // DAY_US], DAY_US)


def test_price_by_the_hour_is_looked_up_for_every_quarter_of_an_hour(shop: Shop, listed: PriceBook) -> None:
    sort = Sort("deepseek", "deepseek-chat", None, -1, -1)
    with shop.database.transaction() as connection:
        rates = Rates(listed, Dictionary(connection), Labels("cost-line"))
        start = datetime(2025, 8, 20, tzinfo=UTC)
        for quarter in range(96):
            at = start + timedelta(minutes=15 * quarter)
            cost = rates.rate(sort, (at - EPOCH) // timedelta(microseconds=1)).cost(10**6, 10**6)
            amount = listed.charge(
                TokenUsage(input_tokens=10**6, output_tokens=10**6), "deepseek", "deepseek-chat", at
            ).list_cost
            assert cost == (None if amount is None else to_pico(amount))
        assert rates.table(sort)[1] == BUCKET_US


def test_forgotten_facets_are_made_again(shop: Shop) -> None:
    dictionary = Dictionary(shop.connection)
    rates = Rates(shop.book, dictionary, Labels("cost-line"))
    shop.connection.execute("BEGIN")
    rates.rate(ALPHA, US)
    shop.connection.execute("ROLLBACK")
    rates.forget()
    with shop.database.transaction():
        assert facet(shop, rates.rate(ALPHA, US).facet_id)[3] == "priced"


MODELS = [
    ("openai", "gpt-4o"),
    ("openai", "gpt-4o-mini"),
    ("openai", "o1-pro"),
    ("openai", "text-embedding-3-small"),
    ("anthropic", "claude-3-5-haiku-20241022"),
    ("anthropic", "claude-sonnet-4-5"),
    ("gemini", "gemini-1.5-flash"),
    ("gemini", "gemini-2.5-pro"),
    ("gemini", "gemini-2.5-flash"),
    ("groq", "llama-3.3-70b-versatile"),
    ("mistral", "mistral-large-2411"),
    ("nobody", "nothing"),
]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    which=st.sampled_from(MODELS),
    tokens=st.tuples(st.integers(1, MOST_TOKENS - 1), st.integers(0, MOST_TOKENS - 1)),
    at=st.datetimes(datetime(2023, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_rate_is_what_the_price_book_charges(
    shop: Shop, listed: PriceBook, which: tuple[str, str], tokens: tuple[int, int], at: datetime
) -> None:
    provider, model = which
    with shop.database.transaction() as connection:
        rates = Rates(listed, Dictionary(connection), Labels("cost-line"))
        moment = (at - EPOCH) // timedelta(microseconds=1)
        number, cost = rates.figure(Sort(provider, model, None, -1, -1), moment, *tokens)
        charge = listed.charge(TokenUsage(input_tokens=tokens[0], output_tokens=tokens[1]), provider, model, at)
        assert cost == (None if charge.list_cost is None else to_pico(charge.list_cost))
        assert facet(shop, number)[3] == charge.status.value
    assert cost is None or cost <= MAX_PICO


def test_provider_is_the_written_one_else_the_maker_of_the_model() -> None:
    assert provider_named("Google", "gpt-4o") == "gemini"
    assert provider_named("", "gpt-4o") == "openai"
    assert provider_named("", None) is None
    assert sort_of(Kind("Groq", "gpt-4o", 1, 2, is_timed=True)) == Sort("groq", "gpt-4o", None, 1, 2)


def test_labels_hold_tags_as_canonical_json() -> None:
    one, other = Labels.of("x", None, None, {"b": "é", "a": "1"}), Labels.of("x", None, None, {"a": "1", "b": "é"})
    assert one == other
    assert one.tags == '{"a": "1", "b": "é"}'
    assert Labels.of("x", None, None, {}).tags == Labels("x").tags == "{}"
