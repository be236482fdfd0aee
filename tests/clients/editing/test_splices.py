"""Splices and paths: pieces of a text by position, values by the steps that lead to them."""

from __future__ import annotations

from tokencli.clients.editing.splices import (
    ABSENT,
    Splice,
    Where,
    applied,
    indent_at,
    line_end,
    nested,
    newline_of,
    next_line,
    shown,
    value_at,
    with_value,
    without_value,
)

MODEL = Where("name", "Large")
VALUES = {"models": [{"name": "Small"}, {"name": "Large", "apiBase": "x"}], "set-env": ["A=1"]}


def test_pieces_are_replaced_at_their_places_in_any_order() -> None:
    assert applied("abcdef", [Splice(1, 2, "B!"), Splice(4, 4, "-"), Splice(0, 1, "")]) == "B!cd-ef"


def test_lines_are_told_by_their_own_ends() -> None:
    text = "a\r\n\t b\r\nc"
    assert (newline_of(text), newline_of("a\nb\r\n"), newline_of("a")) == ("\r\n", "\n", "\n")
    assert (indent_at(text, 5), line_end(text, 4), line_end(text, 9), next_line(text, 4)) == ("\t ", 6, 9, 8)


def test_a_step_into_a_list_finds_its_entry_by_what_it_is_called() -> None:
    assert value_at(VALUES, ("models", MODEL, "apiBase")) == "x"
    assert value_at(VALUES, ("set-env", Where("", "A=1"))) == "A=1"
    assert value_at(VALUES, ("models", Where("name", "Huge"))) is ABSENT
    assert value_at(VALUES, ("models", "name")) is ABSENT
    assert shown(("models", MODEL, "apiBase")) == "models.Large.apiBase"


def test_a_variable_in_a_list_is_found_by_its_name_and_the_last_one_counts() -> None:
    values, path = {"set-env": ["A=1", "AB=2", "A=3", 4]}, ("set-env", Where("", "A="))
    assert value_at(values, path) == "A=3"
    assert with_value(values, path, "A=5") == {"set-env": ["A=1", "AB=2", "A=5", 4]}
    assert with_value(values, ("set-env", Where("", "C=")), "C=1")["set-env"][-1] == "C=1"
    assert without_value(values, path) == {"set-env": ["A=1", "AB=2", 4]}


def test_one_value_is_put_in_and_taken_out_and_the_others_stay() -> None:
    path = ("models", MODEL, "apiBase")
    assert without_value(with_value(VALUES, path, "y"), path)["models"] == [{"name": "Small"}, {"name": "Large"}]
    assert with_value({}, ("env", "A"), "1") == nested(("env", "A"), "1") == {"env": {"A": "1"}}
    assert without_value(VALUES, ("set-env", Where("", "A=1")))["set-env"] == []
    assert VALUES["set-env"] == ["A=1"]
