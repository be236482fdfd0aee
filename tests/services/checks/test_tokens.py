"""Calls without tokens are found from the third and the twentieth part on, with what the log says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.services.checks.ledgers import event
from tests.services.checks.plants import FLASH, HAIKU
from tokencli.domain.event import Finish
from tokencli.domain.finding import Severity
from tokencli.domain.money import usd
from tokencli.store.ledger import Ledger

if TYPE_CHECKING:
    from tests.services.checks.ledgers import Bench


def test_a_model_without_any_token_is_a_problem_and_says_why(bench: Bench) -> None:
    bench.keep(*(event(each, (0, 0), reported_cost=usd(0), **FLASH) for each in range(29)))
    with bench.database.transaction() as connection:
        Ledger(connection).add_notices([(each, None, "count_input_failed", "gemini", None) for each in range(29)])
    found = bench.found()["no-tokens"]
    assert (found.severity, found.subject, found.count) == (Severity.PROBLEM, "gemini-1.5-flash", 29)
    assert "29 lines of failure" in found.message
    assert "usageMetadata" in found.advice


@pytest.mark.parametrize(("blind", "is_found"), [(2, False), (3, True)])
def test_two_calls_without_tokens_are_chance_and_three_are_not(empty: Bench, blind: int, *, is_found: bool) -> None:
    empty.keep(*(event(each, (0, 0)) for each in range(blind)), *(event(each / 3) for each in range(20)))
    assert ("some-no-tokens" in empty.found()) is is_found


def test_a_twentieth_of_the_calls_without_tokens_is_the_least(empty: Bench) -> None:
    empty.keep(*(event(each, (0, 0)) for each in range(4)), *(event(each / 3) for each in range(96)))
    assert "some-no-tokens" not in empty.found()


@pytest.mark.parametrize(
    "named",
    [
        {"finish": Finish.ERROR, "error_type": "overloaded"},
        {"finish": Finish.CANCELLED},
        {"operation_name": "count_tokens"},
        {"operation_name": "moderation"},
    ],
)
def test_calls_that_need_no_tokens_are_no_fault(bench: Bench, named: dict[str, object]) -> None:
    bench.keep(*(event(each, None, source="proxy", **named) for each in range(9)))
    assert "no-tokens" not in bench.found()


def test_a_subscription_needs_no_tokens(bench: Bench) -> None:
    bench.keep(*(event(each, (0, 0), request_model="subscription") for each in range(9)))
    assert bench.found() == {}


@pytest.mark.parametrize(("calls", "is_found"), [(4, False), (5, True)])
def test_one_side_is_missing_from_the_fifth_call_on(empty: Bench, calls: int, *, is_found: bool) -> None:
    empty.keep(*(event(each, (100 + each, 0), request_model="free") for each in range(calls)))
    assert ("no-output-tokens" in empty.found()) is is_found


def test_embeddings_have_no_output(bench: Bench) -> None:
    bench.keep(*(event(each, (100 + each, 0), operation_name="embeddings", request_model="free") for each in range(9)))
    assert bench.found() == {}


def test_a_tracker_line_alone_is_told_once_and_not_as_a_model_without_tokens(bench: Bench) -> None:
    bench.keep(*(event(each, None, agent="neo", reported_cost=usd("0.001"), **HAIKU) for each in range(4)))
    assert {code: one.count for code, one in bench.found().items()} == {"twin-without-cost-line": 4}


def test_failures_are_told_once_a_kind_with_the_models_they_struck(bench: Bench) -> None:
    rows = [(each, None, "timeout", "openai", f"m{each % 6}") for each in range(12)]
    with bench.database.transaction() as connection:
        Ledger(connection).add_notices(rows)
    found = bench.found()["log-timeout"]
    assert found.count == 12
    assert found.message.endswith("m0 2, m1 2, m2 2, m3 2 and 2 more.")


def test_an_empty_period_of_a_ledger_with_calls_is_a_warning(bench: Bench) -> None:
    found = bench.found(period="2025")
    assert found["no-calls-in-period"].severity is Severity.WARNING
