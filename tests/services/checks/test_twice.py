"""The same answer twice is a problem; calls that look alike are one when they are many."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.services.checks.ledgers import event, later
from tests.services.checks.plants import logged_twice, same_id

if TYPE_CHECKING:
    from tests.services.checks.ledgers import Bench

LONG = "msg_01ABCDEFGHIJKLMNOPQRST"


def test_one_answer_told_by_two_sources_counts_double(bench: Bench) -> None:
    same_id(bench)
    assert bench.found()["duplicate-response-id"].count == 1


@pytest.mark.parametrize("name", ["chatcmpl-150", "0"])
def test_short_ids_come_back(bench: Bench, name: str) -> None:
    one = event(2, source="proxy", response_id=name)
    bench.keep(one, later(one, 3))
    assert bench.found() == {}


def test_an_id_that_comes_back_days_later_or_with_other_tokens_is_another_call(bench: Bench) -> None:
    one = event(9, source="proxy", response_id=LONG)
    other = event(9, (7, 8), source="proxy", response_id=LONG)
    bench.keep(one, other, later(one, 2 * 86_400))
    assert bench.found() == {}


def test_what_the_proxy_sent_was_a_call_each_time(bench: Bench) -> None:
    one = event(2, source="proxy", response_id=LONG)
    bench.keep(one, later(one, 3), later(one, 6))
    assert bench.found() == {}
    bench.keep(later(one, 9, source="codex"))
    assert bench.found()["duplicate-response-id"].count == 1


def test_a_line_that_is_logged_twice_is_told_with_its_share(bench: Bench) -> None:
    logged_twice(bench)
    found = bench.found()["duplicate-calls"]
    assert (found.subject, found.count) == ("gpt-4o-mini", 60)


def test_a_few_calls_that_look_alike_are_calls_of_their_own(bench: Bench) -> None:
    calls = [event(each) for each in range(2)]
    bench.keep(*calls, *(later(each, 0.5) for each in calls))
    assert bench.found() == {}


def test_calls_with_ids_of_their_own_are_apart(bench: Bench) -> None:
    calls = [event(each / 9, (900 + each, 90), response_id=f"{LONG}{each}") for each in range(60)]
    bench.keep(*calls, *(later(each, 0.5, response_id=f"{each.response_id}-2") for each in calls))
    assert bench.found() == {}


def test_the_proxys_rows_are_calls_whatever_they_hold(bench: Bench) -> None:
    calls = [event(each / 9, (900 + each, 90), source="proxy") for each in range(60)]
    bench.keep(*calls, *(later(each, 0.5) for each in calls))
    assert bench.found() == {}
