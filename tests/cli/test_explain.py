"""`tokencli explain`, as it is typed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Typed


@pytest.fixture
def filled(typed: Callable[..., Typed], log: Path) -> Callable[..., Typed]:
    """Return the program over a ledger that has taken the log in."""
    typed("ingest", log)
    return typed


def priced_id(filled: Callable[..., Typed]) -> str:
    name = json.loads(filled("explain", "--last", "--json").out)["event_id"]
    return f"{name.partition('.')[0]}.{len('2025-10-10 14:32:10,000 INFO [backend.app] started') + 1}"


def test_the_sum_of_a_call_is_made_line_by_line(filled: Callable[..., Typed]) -> None:
    event = json.loads(filled("explain", priced_id(filled), "--json").out)
    assert (event["list_cost"], event["reported_cost"], event["agent"]) == ("0.0155", "0.027", "nexus")
    assert [line["amount"] for line in event["charge"]["lines"]] == ["0.0075", "0.008"]
    assert len(event["sightings"]) == 2


def test_the_panel_shows_price_log_and_witnesses(filled: Callable[..., Typed], log: Path) -> None:
    flat = " ".join(filled("explain", priced_id(filled)).out.split())
    assert "3,000 x $2.50/M = $0.0075" in flat
    assert "input $5.00/M, output $15.00/M" in flat
    assert "genai-prices" in flat
    assert log.name in flat.replace(" ", "")


def test_an_unpriced_call_says_why(filled: Callable[..., Typed]) -> None:
    said = filled("explain", "--last")
    assert "no price is known for gpt-4.1-atelier" in " ".join(said.out.split())


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        ([], 2, "give the id of one call, or --last"),
        (["abc", "--last"], 2, "give the id of one call, or --last"),
        (["ffffffffffff.1"], 1, "ffffffffffff.1"),
    ],
)
def test_bad_input_gets_one_sentence_and_its_exit_code(
    filled: Callable[..., Typed], arguments: list[str], code: int, sentence: str
) -> None:
    said = filled("explain", *arguments)
    assert (said.code, said.err.count("\n")) == (code, 1)
    assert sentence in said.err


def test_an_empty_ledger_names_the_next_step(typed: Callable[..., Typed], tmp_path: Path) -> None:
    (tmp_path / "noise.log").write_text("nothing here\n")
    typed("ingest", tmp_path / "noise.log")
    said = typed("explain", "--last")
    assert said.code == 1
    assert "tokencli ingest LOG" in said.err


def test_a_call_of_a_json_array_is_found_by_its_entry(typed: Callable[..., Typed], tmp_path: Path) -> None:
    text = "[OpenAI] Cost calculated: $0.000100 (10 input + 5 output tokens)"
    entries = [{"insertId": str(n), "timestamp": f"2025-10-10T10:00:0{n}Z", "textPayload": text} for n in range(3)]
    (tmp_path / "export.json").write_text(json.dumps(entries))
    typed("ingest", "export.json")
    flat = typed("explain", "--last").out.replace("\n", " ")
    assert "entry 2" in flat
    assert "byte" not in flat
