"""A deep check derives every row, tells how far it is, and says how much it looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.services.checks import plants
from tests.services.checks.ledgers import NOW, audit_of
from tokencli.config.values import Settings
from tokencli.services.checks.evidence import Tools
from tokencli.services.checks.registry import run_checks
from tokencli.services.report import Question

if TYPE_CHECKING:
    from tests.services.checks.ledgers import Bench


def test_rows_that_agree_are_told_with_their_number(bench: Bench) -> None:
    (one,) = [each for each in audit_of(bench.database, bench.book, is_deep=True).findings if each.code == "rows-agree"]
    assert one.message.startswith("All 3,000 rows were derived anew: 0 from their raw usage, 3,000 charges")


def test_progress_ends_at_the_last_row(bench: Bench) -> None:
    steps: list[tuple[int, int]] = []
    tools = Tools(
        book=lambda: bench.book, settings=Settings(place=""), is_deep=True, advance=lambda *step: steps.append(step)
    )
    run_checks(bench.database, Question(zone="UTC"), tools, now=NOW)
    assert steps[-1] == (3000, 3000)


def test_a_changed_count_is_told_with_its_call(bench: Bench) -> None:
    plants.other_counts(bench)
    found = bench.found(is_deep=True)["counts-differ"]
    assert (found.subject, found.count) == ("gpt-4o-mini", 1)
    assert "91a47ed00000." in found.message


def test_a_changed_cost_is_told_to_the_picodollar(bench: Bench) -> None:
    plants.other_charge(bench)
    assert bench.found(is_deep=True)["charge-differs"].count == 1
