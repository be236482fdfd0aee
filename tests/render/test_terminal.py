"""Numbers, names and bars as the terminal shows them."""

from __future__ import annotations

import io
import re
import sys
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tokencli.domain.money import Usd
from tokencli.render.terminal import (
    ascii_words,
    bar,
    compact,
    count,
    counted,
    folded,
    is_ascii,
    make_console,
    middle_cut,
    money,
    money_places,
    safe,
    sparkline,
    stacked,
)


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0", "$0.00"),
        ("0.0105", "$0.0105"),
        ("0.000123", "$0.000123"),
        ("0.0000001", "<$0.000001"),
        ("12.345", "$12.34"),
        ("1234567.891", "$1,234,567.89"),
        ("-0.5", "-$0.5000"),
    ],
)
def test_money_has_as_many_decimals_as_it_needs(amount: str, shown: str) -> None:
    assert money(Usd(Decimal(amount))) == shown


def test_an_unknown_price_is_not_zero_dollars() -> None:
    assert money(None) == "unpriced"


def test_a_lower_bound_is_marked_and_never_rounded_up() -> None:
    assert money(Usd(Decimal("1.239")), is_lower_bound=True, places=2) == "≥ $1.23"


def test_an_amount_below_a_columns_last_decimal_is_not_shown_as_nothing() -> None:
    places = money_places([Usd(Decimal(250)), Usd(Decimal("0.001")), None])
    assert places == 2
    assert money(Usd(Decimal("0.001")), places=places) == "<$0.01"


def test_counts_have_separators_and_nouns() -> None:
    assert count(1234567) == "1,234,567"
    assert counted(1, "call") == "1 call"
    assert counted(2000, "call") == "2,000 calls"
    assert counted(2, "answer without", "answers without") == "2 answers without"


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1.00k"),
        (12_345, "12.3k"),
        (99_950, "100k"),
        (678_901, "679k"),
        (1.23e9, "1.23B"),
    ],
)
def test_short_numbers_keep_three_digits(number: float, shown: str) -> None:
    assert compact(int(number)) == shown


@given(st.integers(min_value=0, max_value=10**15 - 1))
def test_short_numbers_are_at_most_five_characters(number: int) -> None:
    assert len(compact(number)) <= 5


def test_safe_text_drives_no_terminal_and_is_no_markup() -> None:
    console = Console(file=io.StringIO(), width=80, force_terminal=True, color_system=None)
    console.print(safe("\x1b[31mred[/x] \u202eabc"), safe(None))
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue() == "\\x1b[31mred[/x] \\u202eabc (unknown)\n"


def test_a_console_without_color_writes_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert make_console(no_color=True).no_color
    assert not make_console(is_stderr=True, width=99).no_color
    assert make_console(width=99).width == 99


@pytest.mark.parametrize(("encoding", "narrow"), [("utf-8", False), ("cp1252", True), ("ascii", True)])
def test_narrow_encodings_are_recognised(encoding: str, narrow: bool) -> None:  # noqa: FBT001 - a case
    console = Console(file=io.TextIOWrapper(io.BytesIO(), encoding=encoding))
    assert is_ascii(console) is narrow


def test_our_own_signs_have_words_in_ascii() -> None:
    assert ascii_words("≥ $1 … └─").isascii()


def test_bars_fill_their_share_and_show_the_smallest_one() -> None:
    assert bar(1, 4) == "████"
    assert bar(0.5, 4) == "██  "
    assert bar(0, 4) == "    "
    assert bar(1e-9, 4) == "▏   "
    assert bar(0.5, 4, ascii_only=True) == "##  "
    assert bar(1e-9, 4, ascii_only=True) == "#   "


@given(st.floats(min_value=-1, max_value=2), st.integers(min_value=1, max_value=40), st.booleans())
def test_bars_are_always_as_wide_as_told(share: float, width: int, ascii_only: bool) -> None:  # noqa: FBT001 - drawn
    assert len(bar(share, width, ascii_only=ascii_only)) == width


def test_sparklines_show_the_course_and_keep_zero_apart() -> None:
    assert sparkline([0, 1, 8], 10) == "·▂█"
    assert sparkline([0, 1, 8], 10, ascii_only=True).isascii()
    assert sparkline([0, 0], 10) == ""
    assert len(sparkline(list(range(100)), 10)) == 10


def test_long_names_are_folded_at_their_own_separators() -> None:
    assert folded("meta-llama/Llama-4-Maverick-17B", 12) == "meta-llama/\nLlama-4-\nMaverick-17B"


@given(st.text(st.characters(categories=("L", "N", "P")), max_size=80), st.integers(min_value=3, max_value=30))
def test_folded_names_fit_and_show_their_end(name: str, width: int) -> None:
    lines = folded(name, width).split("\n")
    assert len(lines) <= 3
    assert all(cell_len(line) <= width for line in lines)
    if name:
        assert lines[-1][-1] == name[-1]


def test_a_middle_cut_keeps_both_ends() -> None:
    cut = middle_cut("claude-haiku-4-5-20251001", 15)
    assert len(cut) == 15
    assert re.fullmatch(r"claude-.*….*001", cut)
    assert middle_cut("short", 15) == "short"


def test_lines_for_a_pipe_end_without_blanks(capsys: pytest.CaptureFixture[str]) -> None:
    console = make_console()
    grid = Table.grid(padding=(0, 2))
    grid.add_row("a  b", "short")
    grid.add_row("c", "quite a bit longer")
    console.print(grid)
    assert capsys.readouterr().out == "a  b  short\nc     quite a bit longer\n"


def test_a_terminal_gets_its_stream_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert make_console().file is sys.stdout


def test_lines_below_a_head_are_set_in() -> None:
    assert stacked(Text("a"), [Text("b"), Text("c")]).plain == "a\n  b\n  c"
    assert stacked(Text("a"), []).plain == "a"
