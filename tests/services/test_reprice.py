from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.cost_logs import Shop, check_sums, cost
from tokencli.domain.charge import CostStatus
from tokencli.domain.errors import StoreError
from tokencli.domain.event import EventId, Finish, UsageEvent
from tokencli.domain.money import usd
from tokencli.domain.price import OwnPrice
from tokencli.domain.report import EventFilter
from tokencli.domain.repricing import RepriceReason, Repricing
from tokencli.domain.usage import Basis, TokenUsage
from tokencli.pricing.book import PriceBook
from tokencli.services import reprice
from tokencli.services.record import record
from tokencli.services.report import Question
from tokencli.store.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 11, 21, tzinfo=UTC)
EVERYTHING = Question(zone="UTC")


def priced(model: str, into: str, out: str, *, since: date | None = None) -> OwnPrice:
    return OwnPrice(
        provider_name=None, model=model, source="test", input_usd=usd(into), output_usd=usd(out), effective_from=since
    )


def book_of(*own: OwnPrice) -> PriceBook:
    return PriceBook([own])


def look(shop: Shop, book: PriceBook, question: Question = EVERYTHING) -> Repricing:
    return reprice.look(shop.database, book, question, now=NOW, advance=lambda _: None)


def apply(shop: Shop, book: PriceBook, question: Question = EVERYTHING) -> Repricing:
    done = reprice.apply(shop.database, book, question, now=NOW, advance=lambda _: None)
    shop.check()
    return done


def content(shop: Shop) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for table in ("event", "rollup", "past_charge", "repricing", "facet", "price"):
        rows += shop.connection.execute(f"SELECT * FROM {table}").fetchall()
    return rows


@pytest.fixture
def filled(shop: Shop) -> Shop:
    lines = [cost(0, "alpha"), cost(1, "alpha"), cost(2, "beta"), cost(3, "unheard-of")]
    shop.take(shop.write("a.log", *lines))
    return shop


def test_the_same_prices_change_nothing(filled: Shop) -> None:
    before = content(filled)
    found = apply(filled, filled.book)
    assert (found.requests, found.changed_requests, found.changes) == (4, 0, ())
    assert content(filled) == before


def test_a_look_changes_nothing_and_says_what_would_change(filled: Shop) -> None:
    before = content(filled)
    found = look(filled, book_of(priced("alpha", "2", "4"), priced("beta", "0.15", "0.60")))
    assert content(filled) == before
    assert not found.is_applied
    (change,) = found.changes
    assert (change.model, change.requests, change.reason) == ("alpha", 2, RepriceReason.OWN_PRICE)
    assert (change.list_cost_before, change.list_cost_after) == (usd("0.0007"), usd("0.0014"))


def test_applying_keeps_the_old_charge_and_the_sums(filled: Shop) -> None:
    old = filled.connection.execute("SELECT id, facet_id, list_cost_pico FROM event ORDER BY id").fetchall()
    apply(filled, book_of(priced("alpha", "2", "4"), priced("beta", "0.15", "0.60")))
    past = filled.connection.execute("SELECT event_id, facet_id, list_cost_pico FROM past_charge").fetchall()
    assert past == old[:2]
    assert [call["listed"] for call in filled.calls()] == [700_000_000, 700_000_000, 75_000_000, None]
    ((applied_at, reason),) = filled.connection.execute("SELECT applied_at, reason FROM repricing").fetchall()
    assert datetime.fromtimestamp(applied_at / 1e6, UTC) == NOW
    assert reason == "own price added (2)"


def test_repeating_it_changes_nothing(filled: Shop) -> None:
    book = book_of(priced("alpha", "2", "4"), priced("beta", "9", "9"))
    apply(filled, book)
    before = content(filled)
    assert apply(filled, book).changes == ()
    assert content(filled) == before


def test_what_was_unpriced_is_priced_and_what_lost_its_price_is_unpriced(filled: Shop) -> None:
    found = apply(filled, book_of(priced("alpha", "1", "2"), priced("unheard-of", "1", "1")))
    by_model = {change.model: change for change in found.changes}
    assert by_model["unheard-of"].reason is RepriceReason.OWN_PRICE
    assert by_model["unheard-of"].list_cost_before is None
    assert by_model["beta"].reason is RepriceReason.OWN_PRICE_GONE
    assert by_model["beta"].list_cost_after is None
    assert [call["status"] for call in filled.calls()] == ["priced", "priced", "unpriced", "priced"]


def test_each_call_has_the_price_of_its_day(shop: Shop) -> None:
    shop.take(shop.write("a.log", cost(0, "alpha"), cost(43_200, "alpha")))
    apply(shop, book_of(priced("alpha", "1", "2"), priced("alpha", "10", "20", since=date(2025, 10, 11))))
    assert [call["listed"] for call in shop.calls()] == [350_000_000, 3_500_000_000]


def test_filters_and_period_bound_what_is_priced_anew(filled: Shop) -> None:
    book = book_of(priced("alpha", "2", "4"), priced("beta", "9", "9"))
    only_beta = Question(zone="UTC", where=EventFilter(names={"model": ("BETA",)}))
    assert [change.model for change in look(filled, book, only_beta).changes] == ["beta"]
    assert look(filled, book, Question(zone="UTC", period="2024")).requests == 0
    assert apply(filled, book, only_beta).requests == 1
    assert filled.calls()[0]["listed"] == 350_000_000


def test_the_price_list_of_another_version_is_named_as_the_reason(shop: Shop) -> None:
    shop.take(shop.write("a.log", cost(0, "gpt-4o")))
    body = shop.connection.execute("SELECT body FROM price").fetchone()[0]
    older = body.replace("genai-prices ", "genai-prices 0.0.1 was ").replace('"2.5"', '"5"')
    with shop.database.transaction() as connection:
        connection.execute("UPDATE price SET key = ?1, body = ?1", (older,))
        connection.execute("UPDATE event SET list_cost_pico = 2 * list_cost_pico")
        connection.execute("UPDATE rollup SET list_cost_pico = 2 * list_cost_pico")
        connection.execute("UPDATE rollup SET compared_list_pico = list_cost_pico")
    (change,) = apply(shop, PriceBook()).changes
    assert change.reason is RepriceReason.NEWER_LIST
    assert change.list_cost_before == 2 * (change.list_cost_after or 0)


def test_another_price_in_the_same_list_is_a_correction(shop: Shop) -> None:
    shop.take(shop.write("a.log", cost(0, "gpt-4o")))
    with shop.database.transaction() as connection:
        connection.execute("UPDATE event SET list_cost_pico = 1")
        connection.execute("UPDATE rollup SET list_cost_pico = 1, compared_list_pico = 1")
    assert [change.reason for change in apply(shop, PriceBook()).changes] == [RepriceReason.CORRECTION]


def every_kind() -> list[UsageEvent]:
    usages = [
        TokenUsage(input_tokens=300_000, output_tokens=10),
        TokenUsage(
            input_tokens=1000, cache_read_tokens=400, cache_write_tokens=100, output_tokens=75, reasoning_tokens=5
        ),
        TokenUsage(input_tokens=10, output_tokens=5, service_tier="batch"),
        TokenUsage(input_tokens=10, output_tokens=5, web_search_requests=2),
        None,
    ]
    models = [
        ("openai", "gpt-5.4"),
        ("anthropic", "claude-sonnet-4-5"),
        ("gemini", "gemini-2.5-pro"),
        ("deepseek", "deepseek-chat"),
        ("x", "y"),
    ]
    told = [(provider, model, usage) for provider, model in models for usage in usages]
    return [
        UsageEvent(
            event_id=EventId(f"run.{seq}"),
            occurred_at=datetime(2026, 3, 1, seq % 24, tzinfo=UTC),
            source="proxy",
            basis=Basis.MISSING if usage is None else Basis.REPORTED,
            provider_name=provider,
            request_model=model,
            operation_name="count_tokens" if seq % 7 == 0 else "chat",
            finish=Finish.ERROR if seq % 5 == 0 else Finish.OK,
            usage=usage,
        )
        for seq, (provider, model, usage) in enumerate(told)
    ]


def test_calls_are_charged_as_they_were_at_their_first_sighting(shop: Shop) -> None:
    book = PriceBook()
    with shop.database.transaction() as connection:
        for event in every_kind():
            record(Ledger(connection), book, event)
    assert look(shop, book).changes == ()
    assert {row[0] for row in shop.connection.execute("SELECT cost_status FROM facet")} >= {
        CostStatus.PRICED.value,
        CostStatus.FREE.value,
        CostStatus.UNPRICED.value,
    }


class KilledError(StoreError):
    """Somebody ends the process."""


def test_a_run_that_is_cut_off_leaves_the_ledger_consistent_and_is_run_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reprice, "ROWS_A_BATCH", 10)
    shop.take(shop.write("a.log", *(cost(second, "alpha") for second in range(35))))
    book = book_of(priced("alpha", "2", "4"))

    def killed(real: Callable[..., None]) -> Callable[..., None]:
        calls = iter(range(2))

        def recharge(self: Ledger, number: int, changes: Any) -> None:
            real(self, number, changes)
            if next(calls, None) is None:
                raise KilledError

        return recharge

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "recharge", killed(Ledger.recharge))
        with pytest.raises(KilledError):
            reprice.apply(shop.database, book, EVERYTHING, now=NOW, advance=lambda _: None)
    check_sums(shop.connection)
    assert shop.connection.execute("SELECT count(*) FROM past_charge").fetchone() == (20,)
    assert apply(shop, book).changed_requests == 15
    assert shop.connection.execute("SELECT count(*), count(DISTINCT repricing_id) FROM past_charge").fetchone() == (
        35,
        2,
    )
    assert look(shop, book).changes == ()
