from __future__ import annotations

import io
import json
from datetime import UTC, datetime

import pytest
from rich.console import Console

from tokencli.domain.money import usd
from tokencli.domain.period import period_of
from tokencli.domain.repricing import PriceChange, RepriceReason, Repricing
from tokencli.render.reprice_view import closing_words, reprice_json, reprice_progress, reprice_table

PERIOD = period_of("2026-11", now=datetime(2026, 11, 21, tzinfo=UTC), zone="UTC", week_start=0)
KNOWN = PriceChange(
    provider_name="openai",
    model="gpt-\x1b[31mred",
    reason=RepriceReason.KNOWN_NOW,
    requests=3,
    priced_before=0,
    priced_after=2,
    list_cost_before=None,
    list_cost_after=usd("1.5"),
    source_after="prices.toml",
)
NEWER = PriceChange(
    provider_name="gemini",
    model="gemini-2.5-flash",
    reason=RepriceReason.NEWER_LIST,
    requests=1,
    priced_before=1,
    priced_after=1,
    list_cost_before=usd("0.10"),
    list_cost_after=usd("0.20"),
    source_before="genai-prices 1",
    source_after="genai-prices 2",
)


def repricing(*changes: PriceChange, is_applied: bool = False) -> Repricing:
    return Repricing(period=PERIOD, requests=10, changes=changes, is_applied=is_applied)


def test_json_is_exact_and_says_whether_it_was_applied() -> None:
    told = json.loads(reprice_json(repricing(KNOWN, NEWER)))
    assert (told["applied"], told["requests"], told["changed_requests"]) == (False, 10, 4)
    assert told["rows"][0]["list_cost_before"] is None
    assert told["rows"][0]["reason"] == "known_now"
    assert (told["list_cost_before"], told["list_cost_after"]) == ("0.1", "1.7")
    assert [row["provider"] for row in told["by_provider"]] == ["openai", "gemini"]


def test_words_say_what_was_changed_and_what_to_do() -> None:
    assert "Nothing was changed" in closing_words(repricing())
    assert "say --apply" in closing_words(repricing(KNOWN))
    assert closing_words(repricing(KNOWN, is_applied=True)).startswith("3 calls of 10 priced anew.")


def test_the_table_shows_models_providers_reasons_and_sources() -> None:
    lines = io.StringIO()
    console = Console(file=lines, width=120, markup=False)
    console.print(reprice_table(repricing(KNOWN, NEWER), console))
    shown = lines.getvalue()
    for words in ("unpriced", "≥ $1.5", "was unpriced, is known now", "newer price list", "all of gemini"):
        assert words in shown
    assert "price from genai-prices 2, before from genai-prices 1" in shown
    assert "\x1b" not in shown


class Terminal(io.StringIO):
    """What is written to a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("calls", "is_shown"), [(5, False), (1_000_000, True)])
def test_a_few_calls_need_no_progress_bar_and_many_have_one(
    monkeypatch: pytest.MonkeyPatch, calls: int, *, is_shown: bool
) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    with reprice_progress(calls, enabled=True) as advance:
        advance(calls)
    assert ("pricing" in terminal.getvalue()) is is_shown
    assert bool(terminal.getvalue()) is is_shown
