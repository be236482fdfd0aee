"""Calls around the proxy are found while others of the same client went through it, and at no other time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.services.checks.ledgers import event
from tests.services.checks.plants import absent_from_the_log, around_the_proxy

if TYPE_CHECKING:
    from tests.services.checks.ledgers import Bench

CLIENT: dict[str, Any] = {"client": "claude-code"}


def test_calls_that_the_proxy_never_saw_are_counted(bench: Bench) -> None:
    around_the_proxy(bench)
    found = bench.found()["not-through-proxy"]
    assert found.subject == "claude-code"
    assert found.count >= 3


def test_calls_that_the_log_does_not_tell_are_counted(bench: Bench) -> None:
    absent_from_the_log(bench)
    found = bench.found()["not-in-client-log"]
    assert (found.subject, found.count) == ("codex", 5)


def test_a_client_that_used_no_proxy_that_day_is_no_fault(bench: Bench) -> None:
    bench.keep(*(event(3 + each / 1440, (900 + each, 90), source="claude-code", **CLIENT) for each in range(9)))
    bench.keep(*(event(1 + each / 1440, (700 + each, 90), source="proxy", **CLIENT) for each in range(9)))
    assert bench.found() == {}


def test_models_that_a_client_leaves_out_of_its_log_are_no_fault(bench: Bench) -> None:
    one = event(1, source="proxy", request_model="free", **CLIENT)
    titles = [event(1 - each / 1440, (700 + each, 9), source="proxy", **CLIENT) for each in range(9)]
    bench.keep(one, *titles)
    bench.change(
        "INSERT INTO sighting SELECT e.id, e.id >> 40, 1, 'claude-code', e.occurred_at, NULL FROM event AS e"
        " JOIN facet AS f ON f.id = e.facet_id WHERE f.request_model = 'free'"
    )
    assert bench.found() == {}


def test_calls_before_the_proxy_was_started_and_after_the_log_was_taken_in_are_no_fault(bench: Bench) -> None:
    before = [event(1 - each / 1440, (900 + each, 90), source="claude-code", **CLIENT) for each in range(4)]
    since = [event(1 - (5 + each) / 1440, (700 + each, 90), source="proxy", **CLIENT) for each in range(4)]
    bench.keep(*before, *since)
    assert bench.found() == {}
