"""What sources say beside the list: rounding and old prices are let be, wrong prices are told in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.services.checks.ledgers import event
from tokencli.domain.event import UnitPrices
from tokencli.domain.finding import Severity
from tokencli.domain.money import usd
from tokencli.readers import cost_log, cost_table
from tokencli.services.checks.costs import differs, dollars
from tokencli.store.check_sums import ComparedDay

if TYPE_CHECKING:
    from tests.services.checks.ledgers import Bench

PICO = 10**12


@pytest.mark.parametrize(
    ("requests", "listed", "reported", "answer"),
    [
        (1, PICO, PICO, False),
        (1, PICO, PICO * 105 // 100, False),
        (1, PICO, PICO * 106 // 100, True),
        (1, PICO, PICO * 94 // 100, True),
        (1, 400_000, 0, False),
        (10, 4_000_000, 0, False),
        (10, 6_000_000, 0, True),
        (1, 0, PICO, False),
    ],
)
def test_a_cost_differs_beyond_rounding_and_five_percent(
    requests: int, listed: int, reported: int, *, answer: bool
) -> None:
    assert differs(ComparedDay(0, 1, requests, listed, reported)) is answer


def test_a_wrong_price_is_told_by_factor_dates_and_dollars(bench: Bench) -> None:
    printed = UnitPrices(input_usd=usd("0.0000003"), output_usd=usd("0.0000012"))
    told = {"reported_cost": usd("0.0018"), "reported_prices": printed}
    bench.keep(*(event(each, (4000, 500), **told) for each in range(3, 12)))
    found = bench.found()["price-differs"]
    assert found.severity is Severity.PROBLEM
    assert found.message == (
        "gpt-4o-mini: the source says $0.016200 for 9 calls from 2026-11-10 to 2026-11-18, which is 2.00 times the "
        "list price ($0.008100): $0.008100 too much."
    )


def test_a_price_that_is_a_little_off_is_a_warning(bench: Bench) -> None:
    bench.keep(*(event(each, (4000, 500), reported_cost=usd("0.00099")) for each in range(9)))
    assert bench.found()["price-differs"].severity is Severity.WARNING


@pytest.mark.parametrize(
    ("source", "severity"),
    [
        ("proxy", Severity.WARNING),
        ("claude-code", Severity.WARNING),
        (cost_log.NAME, Severity.PROBLEM),
        (cost_table.NAME, Severity.PROBLEM),
    ],
)
def test_a_wrong_price_is_a_problem_where_the_user_can_correct_it(
    bench: Bench, source: str, severity: Severity
) -> None:
    bench.keep(*(event(each, (4000, 500), reported_cost=usd("0.0090"), source=source) for each in range(9)))
    assert bench.found()["price-differs"].severity is severity


def test_tokens_for_nothing_say_what_they_cost(bench: Bench) -> None:
    bench.keep(*(event(each, (400_000, 0), reported_cost=usd(0)) for each in range(4)))
    found = bench.found()["tokens-no-cost"]
    assert found.severity is Severity.PROBLEM
    assert "the source says $0.00 and the price list $0.24" in found.message


def test_a_subscription_that_names_dollars_is_no_fault(bench: Bench) -> None:
    bench.keep(*(event(each, reported_cost=usd("0.02"), request_model="subscription") for each in range(9)))
    assert bench.found() == {}


def test_an_unknown_model_is_told_with_what_is_like_it(bench: Bench) -> None:
    bench.keep(*(event(each, request_model="gpt-4o-minii") for each in range(9)))
    found = bench.found()["unpriced"]
    assert (found.subject, found.count) == ("gpt-4o-minii", 9)
    assert "gpt-4o-mini" in found.advice


@pytest.mark.parametrize(
    ("amount", "words"), [("0", "$0.00"), ("0.02", "$0.020000"), ("0.1", "$0.10"), ("1234.5", "$1,234.50")]
)
def test_dollars_have_cents_or_six_places(amount: str, words: str) -> None:
    assert dollars(usd(amount)) == words
