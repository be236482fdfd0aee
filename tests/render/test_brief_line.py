"""The fields of the line; `tests/cli/test_brief.py` holds the whole of it to the full program."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokencli.domain.plain import NotPlainError
from tokencli.domain.text import visible
from tokencli.render import terminal
from tokencli.render.brief_line import DEFAULT, compact, pieces_of, shown
from tokencli.render.status_view import DEFAULT as FULL


@given(st.one_of(st.integers(0, 9 * 10**15), st.integers(0, 2_000_000)))
def test_tokens_are_as_short_as_everywhere(number: int) -> None:
    assert compact(number) == terminal.compact(number)


@given(st.text(max_size=300))
def test_names_are_as_harmless_as_everywhere(text: str) -> None:
    assert shown(text) == visible(text)


def test_templates_are_cut_at_their_fields() -> None:
    assert DEFAULT == FULL
    assert pieces_of("a {today} b") == ["a ", "today", " b"]
    assert pieces_of("") == [""]


@pytest.mark.parametrize(
    "template", ["{nope}", "{", "}", "{{today}}", "{today!r}", "{today:>9}", "{}", "{today", "a}b{today}"]
)
def test_templates_with_more_than_fields_are_left_to_the_full_program(template: str) -> None:
    with pytest.raises(NotPlainError):
        pieces_of(template)
