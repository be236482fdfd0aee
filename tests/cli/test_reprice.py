"""`tokencli reprice`, as it is typed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Typed


@pytest.fixture
def filled(typed: Callable[..., Typed], log: Path) -> Callable[..., Typed]:
    """Return the program over a ledger that has taken the log in, with a new price for the call without one."""
    typed("ingest", log)
    prices = Path(os.environ["TOKENCLI_HOME"]) / "prices.toml"
    prices.write_text('[models."gpt-4.1-atelier"]\nprice = { input = 1, output = 2 }\n', encoding="utf-8")
    return typed


def cost(typed: Callable[..., Typed]) -> str:
    return str(json.loads(typed("report", "--period", "all", "--json").out)["totals"]["list_cost"])


def test_a_look_changes_nothing_and_is_fine(filled: Callable[..., Typed]) -> None:
    before = cost(filled)
    said = filled("reprice")
    assert said.code == 0
    assert "own price added" in said.out
    assert "Nothing was changed: say --apply" in " ".join(said.out.split())
    assert cost(filled) == before == "0.0155"


def test_applying_changes_the_report_once(filled: Callable[..., Typed]) -> None:
    told = json.loads(filled("reprice", "--apply", "--json").out)
    assert (told["applied"], told["requests"], told["changed_requests"]) == (True, 2, 1)
    assert told["rows"][0]["list_cost_after"] == "0.00002"
    assert cost(filled) == "0.01552"
    assert json.loads(filled("reprice", "--apply", "--json").out)["rows"] == []


def test_filters_choose_what_is_looked_at(filled: Callable[..., Typed]) -> None:
    assert json.loads(filled("reprice", "--model", "gpt-4o", "--json").out)["requests"] == 1
    assert json.loads(filled("reprice", "--provider", "gemini", "--json").out)["requests"] == 0


def test_a_ledger_that_is_not_there_is_not_made(typed: Callable[..., Typed], tmp_path: Path) -> None:
    said = typed("reprice", "--apply", "--db", tmp_path / "none.db")
    assert said.code == 4
    assert not (tmp_path / "none.db").exists()


def test_report_as_of_an_earlier_time_shows_the_charges_of_then(filled: Callable[..., Typed]) -> None:
    filled("reprice", "--apply")
    then = json.loads(filled("report", "--period", "all", "--as-of", "2025-10-12T11:00", "--json").out)
    assert then["totals"]["requests"] == 0
    assert then["as_of"] == "2025-10-12T11:00:00+00:00"
    said = filled("report", "--period", "7d", "--as-of", "2025-10-12")
    assert "as of 2025-10-12 23:59" in " ".join(said.out.split())


def test_explain_shows_what_a_call_was_charged_before(filled: Callable[..., Typed]) -> None:
    filled("reprice", "--apply")
    (past,) = json.loads(filled("explain", "--last", "--json").out)["past_charges"]
    assert (past["status"], past["list_cost"], past["reason"]) == ("unpriced", None, "own price added (1)")
    assert "until 2025-10-12 12:00:00" in " ".join(filled("explain", "--last").out.split())
