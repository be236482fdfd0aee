"""From every tenth call on, estimates are a finding, and its cause is that of most of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.services.checks.ledgers import event
from tests.services.checks.plants import guessed, usage_never_asked
from tokencli.domain.event import Finish
from tokencli.domain.finding import Severity
from tokencli.domain.usage import Basis
from tokencli.readers import metrics_table

if TYPE_CHECKING:
    from tests.services.checks.ledgers import Bench


def some(bench: Bench, guesses: int, calls: int) -> None:
    told = {"source": "proxy", "provider_name": "groq", "request_model": "free"}
    bases = [Basis.ESTIMATED] * guesses + [Basis.REPORTED] * (calls - guesses)
    bench.keep(*(event(each / 9, (800 + each, 60), basis=basis, **told) for each, basis in enumerate(bases)))


@pytest.mark.parametrize(
    ("finish", "words"),
    [
        (Finish.CANCELLED, "left before the end"),
        (Finish.TRUNCATED, "cut on the way"),
        (Finish.UNKNOWN, "was killed"),
        (Finish.OK, "is not measured"),
    ],
)
def test_the_cause_follows_from_how_the_calls_ended(bench: Bench, finish: Finish, words: str) -> None:
    guessed(finish)(bench)
    assert words in bench.found()["estimated-share"].message


def test_a_provider_that_is_not_asked_for_usage_is_named(bench: Bench) -> None:
    usage_never_asked(bench)
    found = bench.found()["estimated-share"]
    assert found.subject == "groq"
    assert "include_usage" in found.message


def test_the_old_proxy_never_asked(bench: Bench) -> None:
    guessed(Finish.OK, source=metrics_table.NAME)(bench)
    assert "never asked for usage" in bench.found()["estimated-share"].message


@pytest.mark.parametrize(
    ("guesses", "calls", "severity"),
    [(9, 100, None), (10, 100, Severity.WARNING), (50, 100, Severity.PROBLEM), (19, 19, None)],
)
def test_a_tenth_is_a_warning_and_a_half_is_a_problem(
    bench: Bench, guesses: int, calls: int, severity: Severity | None
) -> None:
    some(bench, guesses, calls)
    found = bench.found().get("estimated-share")
    assert (found and found.severity) is severity
