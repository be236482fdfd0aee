"""Files of variables: one line changes, and every other character stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokencli.clients.editing.dotenv import NotAVariableError, drop, load, put, source_at
from tokencli.clients.editing.splices import Where

URL = "http://127.0.0.1:8000/s/search"
PATH = ("GOOGLE_GEMINI_BASE_URL",)
LINES = st.lists(
    st.sampled_from(["A=1", "# words", "", "export B='two words'", 'C = "x # y" # z', "no variable", "D=", "A=2"]),
    max_size=6,
)


def test_a_value_is_replaced_where_it_stands_and_put_back_as_it_was_written() -> None:
    text = "# mine\r\nexport GOOGLE_GEMINI_BASE_URL = 'https://a' # theirs\r\nB=2"
    changed = put(text, PATH, URL)
    assert changed == text.replace("'https://a'", URL)
    assert put(changed, PATH, None, source_at(text, PATH)) == text


def test_the_last_line_with_a_name_counts() -> None:
    text = "A=1\nA=2\n"
    assert (load(text), load(put(text, ("A",), "3"))) == ({"A": "2"}, {"A": "3"})


def test_what_is_no_plain_word_is_quoted() -> None:
    changed = put("", ("A",), 'two "words" # all')
    assert changed == 'A="two \\"words\\" # all"\n'
    assert load(changed) == {"A": 'two "words" # all'}


def test_what_is_no_variable_is_refused() -> None:
    for path in (("a", "b"), (Where("", "a"),)):
        with pytest.raises(NotAVariableError):
            put("", path, "x")
    with pytest.raises(NotAVariableError):
        put("", PATH, {"a": 1})


@given(LINES, st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_exactly_one_variable_changes_and_can_be_taken_out_again(lines: list[str], line: str, ends: object) -> None:
    text = line.join(lines) + (line if ends and lines else "")
    changed = put(text, PATH, URL)
    assert load(changed) == {**load(text), PATH[0]: URL}
    assert changed.startswith(text)
    assert drop(changed, PATH).rstrip("\r\n") == text.rstrip("\r\n")
    assert drop(text, PATH) == text
