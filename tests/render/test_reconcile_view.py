"""A comparison in the terminal and as JSON."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime

import pytest
from rich.console import Console

from tests.reconciliations import example
from tokencli.domain.invoice import Cause, Gap
from tokencli.domain.money import usd
from tokencli.render.reconcile_view import by_model, closing_words, reconcile_json, reconcile_view


def shown(width: int = 100) -> str:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(reconcile_view(example(), console))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize(
    ("total", "unexplained", "words"),
    [
        ("1234.56", "7.41", "explains 99.3 % of $1,234.56; $7.41 unexplained"),
        ("1234.56", "0", "explains 100.0 % of $1,234.56; $0.00 unexplained"),
        ("0", "1", "explains nothing of $0.00; $1.00 unexplained"),
    ],
)
def test_the_last_line_says_how_much_is_explained(total: str, unexplained: str, words: str) -> None:
    gaps = (Gap(cause=Cause.UNEXPLAINED, amount=usd(unexplained)),) if unexplained != "0" else ()
    assert closing_words(example(total, gaps)) == words


def test_the_table_shows_models_causes_and_what_to_do() -> None:
    text = shown()
    assert text.rstrip().split("\n")[-1] == "explains 80.0 % of $10.00; $2.00 unexplained"
    assert "gpt-4o" in text
    assert "1 priced differently" in text
    assert "unexplained (2 times the list)" in text
    assert "check-db" in text


def test_a_narrow_terminal_holds_it() -> None:
    assert max(len(line) for line in shown(80).split("\n")) <= 80


def test_the_largest_difference_comes_first() -> None:
    assert [each.model for each in by_model(example())] == ["gpt-4o", None]


def test_json_keeps_every_digit() -> None:
    told = json.loads(reconcile_json(example()))
    assert (told["total"], told["unexplained"], told["explained_share"]) == ("10", "2", "0.8")
    assert told["causes"] == [{"cause": "unexplained", "amount": "2"}]
    assert told["rows"][0]["gaps"][0]["note"] == "2 times the list"
    assert told["period"]["time_zone"] == "UTC"
    assert datetime(2026, 11, 20, tzinfo=UTC).date() == date.fromisoformat(told["rows"][0]["day"])
