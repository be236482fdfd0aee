"""Each fault that is planted is found under its code, and none is found in a ledger that has none."""

from __future__ import annotations

import os
import re
import time
from typing import TYPE_CHECKING

import pytest

from tests.services.checks.ledgers import audit_of, bad_of, fill
from tests.services.checks.plants import DEEP_PLANTS, PLANTS
from tokencli.cli.front import COMMANDS
from tokencli.domain.finding import Verdict

if TYPE_CHECKING:
    from tests.services.checks.ledgers import Bench

# Read here, for no test sees the environment of its user.
CALLS = 1_000_000 if os.environ.get("TOKENCLI_TORTURE") == "1" else 100_000
MOST_SECONDS = 5.0
# What a fault brings with it: an error that costs nothing is a call without a price, a hole in the log is a hole.
COMPANY: dict[str, set[str]] = {
    "no-tokens": {"unpriced"},
    "no-output-tokens": {"unpriced"},
    "no-input-tokens": {"unpriced"},
    "negative-counts": {"sums-differ"},
    "tokens-no-cost": {"price-differs"},
}


def test_a_clean_ledger_has_no_fault(bench: Bench) -> None:
    assert bench.found() == {}
    assert bench.found(is_deep=True) == {}


@pytest.mark.parametrize("name", PLANTS)
def test_what_is_planted_is_found(bench: Bench, name: str) -> None:
    plant, code = PLANTS[name]
    plant(bench)
    found = bench.found()
    assert code in found
    assert set(found) - {code} <= COMPANY.get(code, set())
    commands = [word for each in found.values() for word in re.findall(r"'tokencli ([a-z-]+)", each.advice)]
    assert set(commands) <= set(COMMANDS)


@pytest.mark.parametrize("name", DEEP_PLANTS)
def test_what_lies_deep_is_found_by_a_deep_check_only(bench: Bench, name: str) -> None:
    plant, code = DEEP_PLANTS[name]
    plant(bench)
    assert bench.found() == {}
    assert set(bench.found(is_deep=True)) == {code}


def test_forty_faults_are_planted() -> None:
    assert len(PLANTS) + len(DEEP_PLANTS) >= 40


@pytest.mark.torture
def test_none_is_invented_in_a_large_clean_ledger(empty: Bench) -> None:
    fill(empty.database, empty.book, CALLS)
    began = time.monotonic()
    audit = audit_of(empty.database, empty.book, zone="Europe/Paris")
    assert bad_of(audit) == {}
    assert audit.verdict is Verdict.OK
    assert audit.totals.requests == CALLS
    assert time.monotonic() - began < MOST_SECONDS
