"""Settings in JSON with comments: one value changes, and every other character stays."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokencli.clients.editing.jsonc import NotAnObjectError, NotJsonError, TooDeepError, drop, load, put, source_at
from tokencli.clients.editing.splices import ABSENT, value_at, with_value, without_value

URL = "http://127.0.0.1:8000"
PATH = ("env", "ANTHROPIC_BASE_URL")
WRITTEN = """\
{
  // what I allow
  "permissions": {"allow": ["Bash(ls)"]}, /* and
  no more */
  "env": {
    "EDITOR": "vi" // always
  }
}
"""
KEYS = st.sampled_from(["env", "other", "ANTHROPIC_BASE_URL", "a b", 'q"', "é"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(KEYS, VALUES, max_size=4)
LAYOUTS = st.sampled_from(
    [
        lambda value: json.dumps(value, indent=2) + "\n",
        lambda value: json.dumps(value, indent="\t").replace("\n", "\r\n"),
        lambda value: json.dumps(value, separators=(",", ":")),
        json.dumps,
        lambda value: f"// mine\n{json.dumps(value, indent=4)}\n/* end */\n",
    ]
)


def test_a_new_member_takes_the_manner_of_its_neighbours() -> None:
    changed = put(WRITTEN, PATH, URL)
    assert changed == WRITTEN.replace('"vi" //', '"vi", //').replace(
        "always\n", f'always\n    "ANTHROPIC_BASE_URL": "{URL}"\n'
    )
    assert load(changed)["permissions"] == {"allow": ["Bash(ls)"]}
    assert drop(changed, PATH) == WRITTEN


def test_a_value_is_replaced_where_it_stands_and_put_back_as_it_was_written() -> None:
    text = '{\r\n\t"env" : { "ANTHROPIC_BASE_URL":  "https:\\/\\/a", },\r\n}'
    source = source_at(text, PATH)
    changed = put(text, PATH, URL)
    assert changed == text.replace('"https:\\/\\/a"', f'"{URL}"')
    assert put(changed, PATH, None, source) == text


@pytest.mark.parametrize("text", ["", "{}", "{ }\n", "{\n}\n", "// only words\n", "{ // words\n}\n"])
def test_what_is_empty_gets_a_member_and_keeps_its_words(text: str) -> None:
    changed = put(text, PATH, URL)
    assert load(changed) == {"env": {"ANTHROPIC_BASE_URL": URL}}
    assert ("words" in changed) == ("words" in text)


def test_the_comma_at_the_end_stays_the_manner() -> None:
    text = '{\n  "a": 1,\n}\n'
    assert put(text, ("b",), 2) == '{\n  "a": 1,\n  "b": 2,\n}\n'
    assert drop('{\n  "a": 1,\n  "b": 2,\n}\n', ("b",)) == text


@pytest.mark.parametrize("text", ["{", '{"a" 1}', '{"a": 1 "b": 2}', "[1 2]", "{1: 2}", "{} x", '{"a": nul}', '"\n"'])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(NotJsonError):
        put(text, PATH, URL)


def test_what_has_no_members_gets_none() -> None:
    with pytest.raises(NotAnObjectError):
        put('{"env": ["x"]}', PATH, URL)
    with pytest.raises(TooDeepError):
        load("[" * 100_000)


@given(OBJECTS, LAYOUTS, st.lists(KEYS, min_size=1, max_size=3).map(tuple))
def test_exactly_one_value_changes_and_can_be_taken_out_again(values: Any, layout: Any, path: tuple[str, ...]) -> None:
    text = layout(values)
    try:
        changed = put(text, path, URL)
    except NotAnObjectError:
        return
    assert load(changed) == with_value(values, path, URL)
    assert load(drop(changed, path)) == without_value(load(changed), path)
    before = source_at(text, path)
    if before is not None:
        assert put(changed, path, None, before) == text
    assert value_at(load(drop(changed, path)), path) is ABSENT
