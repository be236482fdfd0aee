"""Hostile text reaches no terminal and no spreadsheet alive."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokencli.domain.text import csv_cell, visible

HOSTILE = {
    "\x1b[31mred": r"\x1b[31mred",
    "\x1b]52;c;aGk=\x07": r"\x1b]52;c;aGk=\x07",
    "gpt\u202e4-o": r"gpt\u202e4-o",
    "gpt\u200b-4o": r"gpt\u200b-4o",
    "a\r\nb": r"a\x0d\x0ab",
    "a\x00b": r"a\x00b",
    "a\u2028b": r"a\u2028b",
    "a\x9bb": r"a\x9bb",
    "a\U000e0041b": r"a\U000e0041b",
    "lone \ud800": r"lone \ud800",
    "model[/x]": "model[/x]",
    "claude-3-5-haiku": "claude-3-5-haiku",
    "modèle 模型": "modèle 模型",
}


@pytest.mark.parametrize(("text", "shown"), HOSTILE.items(), ids=[ascii(text) for text in HOSTILE])
def test_control_bidi_and_hidden_characters_are_shown_as_escapes(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text())
def test_visible_text_has_one_line_and_only_characters_that_show(text: str) -> None:
    shown = visible(text)
    assert {unicodedata.category(char) for char in shown}.isdisjoint({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
    assert visible(shown, limit=len(shown)) == shown


def test_long_text_is_cut_with_an_ellipsis() -> None:
    assert visible("a" * 10_000_000) == "a" * 200 + "…"
    assert visible("abcdef", limit=3) == "abc…"
    assert visible("abc", limit=3) == "abc"


@pytest.mark.parametrize(
    "text", ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "\uff1d1", "\uff0b1", "\uff0d1", "\uff201"], ids=ascii
)
def test_a_formula_becomes_text(text: str) -> None:
    assert csv_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["\t=1+1", "\r=1+1", "\n=1+1", "\x00=1"], ids=ascii)
def test_a_formula_behind_a_control_character_becomes_text(text: str) -> None:
    assert csv_cell(text).startswith("\\x")


@given(st.text())
def test_no_cell_begins_like_a_formula(text: str) -> None:
    assert not csv_cell(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
