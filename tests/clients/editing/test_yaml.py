"""Settings in YAML: one value changes, and every other character stays."""

from __future__ import annotations

import json
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from tokencli.clients.editing.splices import ABSENT, Where, value_at, with_value, without_value
from tokencli.clients.editing.yaml import NotChangedError, drop, load, put, source_at

if TYPE_CHECKING:
    from collections.abc import Callable

URL = "http://127.0.0.1:8000/v1"
NAMED = Where("name", "Large")
ADDRESS = ("models", NAMED, "apiBase")
VARIABLE = ("set-env", Where("", f"A={URL}"))
WRITTEN = """\
%YAML 1.1
---
# mine
name: "mine"   # all of it
notes: |
  models:
    - name: Large

defaults: &defaults { provider: openai, key: 'it''s' }
models:
  # the small one
  - name: Small
    apiBase: 'https://a' # theirs
  -   name: Large
      <<: *defaults
      roles: [chat,
        edit]

# behind
rules: []
"""
KEYS = st.sampled_from(["models", "apiBase", "name", "a b", "yes", "é", "x: y", "- x"])
WORDS = st.sampled_from(
    [
        "Large",
        "",
        "null",
        "1",
        "two words",
        "#x",
        "a: b",
        "'",
        '"',
        "é\N{GRINNING FACE}",
        URL,
        "*x",
        "&x",
        "{",
        "-",
        "A=",
        "A=1",
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
WHOLES = st.dictionaries(KEYS, VALUES, max_size=4) | st.lists(st.dictionaries(KEYS, VALUES, max_size=3), max_size=3)
ENDS: list[tuple[Any, ...]] = [
    (),
    (NAMED,),
    (NAMED, "apiBase"),
    (NAMED, "models", "yes"),
    (Where("", "Large"),),
    (Where("", "A="),),
]


def _path(keys: list[str], end: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*keys, *end)


PATHS = st.builds(_path, st.lists(KEYS, max_size=2), st.sampled_from(ENDS)).filter(bool)


def _block(value: Any, *, sequence: int = 2, offset: int = 0, is_noted: bool = False) -> str:
    out = StringIO()
    yaml: Any = YAML()
    yaml.width = 10_000
    yaml.allow_unicode = True
    yaml.indent(mapping=2, sequence=sequence, offset=offset)
    yaml.dump(value, out)
    noted = "".join(f"# above\n{line} # beside\n" for line in out.getvalue().splitlines())
    return f"# first\n\n{noted}\n# last\n" if is_noted else out.getvalue()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _long_json(value: Any) -> str:
    return f"# mine\n{json.dumps(value, indent=2, ensure_ascii=False)}\n# end\n"


def _as_windows(value: Any) -> str:
    return _indented(value, is_noted=True).replace("\n", "\r\n")


def _without_end(value: Any) -> str:
    return _block(value).removesuffix("\n")


def _indented(value: Any, *, is_noted: bool = False) -> str:
    return _block(value, sequence=4, offset=2, is_noted=is_noted)


def _noted(value: Any) -> str:
    return _block(value, is_noted=True)


def _marked(value: Any) -> str:
    return f"---\n{_block(value)}"


LAYOUTS: st.SearchStrategy[Callable[[Any], str]] = st.sampled_from(
    [_block, _indented, _noted, _as_windows, _without_end, _marked, _json, _long_json]
)


def test_a_value_is_replaced_where_it_stands_and_put_back_as_it_was_written() -> None:
    path = ("models", Where("name", "Small"), "apiBase")
    source = source_at(WRITTEN, path)
    assert source == "'https://a'"
    changed = put(WRITTEN, path, URL)
    assert changed == WRITTEN.replace(source, URL)
    assert put(changed, path, None, source) == WRITTEN


@pytest.mark.parametrize("line", ["\n", "\r\n"])
def test_a_new_value_stands_behind_the_last_of_its_own_and_can_be_taken_out_again(line: str) -> None:
    text = WRITTEN.replace("\n", line)
    changed = put(text, ADDRESS, URL)
    assert changed == text.replace(f"edit]{line}", f"edit]{line}      apiBase: {URL}{line}")
    assert drop(changed, ADDRESS) == text


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("a: 1\n", f"a: 1\nset-env:\n  - A={URL}\n"),
        ("a: 1", f"a: 1\nset-env:\n  - A={URL}"),
        ("", f"set-env:\n  - A={URL}\n"),
        ("# words\n", f"# words\nset-env:\n  - A={URL}\n"),
        ("# words", f"# words\nset-env:\n  - A={URL}"),
        ("---\n", f"---\nset-env:\n  - A={URL}\n"),
        ("set-env: # mine\nb: 1\n", f"set-env: # mine\n  - A={URL}\nb: 1\n"),
        ("set-env:\n- B=1 # b\n\n# c\nx: 1\n", f"set-env:\n- B=1 # b\n- A={URL}\n\n# c\nx: 1\n"),
        ("set-env: []\n", f'set-env: ["A={URL}"]\n'),
        ("set-env: [ B=1, ]\n", f'set-env: [ B=1, "A={URL}", ]\n'),
        ("{a: 1} # words\n", f'{{a: 1, "set-env": ["A={URL}"]}} # words\n'),
    ],
)
def test_a_list_gets_an_entry_in_the_manner_of_what_is_there(text: str, changed: str) -> None:
    assert put(text, VARIABLE, VARIABLE[1].value) == changed
    back = drop(changed, VARIABLE)
    if value_at(load(text), ("set-env",)) is ABSENT:
        back = drop(back, ("set-env",))
    assert back == text


def test_a_list_of_mappings_that_is_the_whole_gets_one_more() -> None:
    text = "- model_id: mine\n  model_name: a # b\n"
    path = (Where("model_id", "tokencli/x"),)
    entry = {"model_id": "tokencli/x", "headers": {"User-Agent": "llm"}}
    changed = put(text, path, entry)
    assert changed == f"{text}- model_id: tokencli/x\n  headers:\n    User-Agent: llm\n"
    again = put(changed, path, {**entry, "can_stream": False})
    assert load(again)[1]["can_stream"] is False
    assert drop(changed, path) == drop(again, path) == text


def test_the_first_key_of_an_entry_gives_its_place_to_the_next() -> None:
    text = "- a: 1\n  b: 2\n- c: 3\n"
    assert drop(text, (Where("b", "2"), "a")) == text
    assert drop("- a: x\n  b: y\n- c: 3\n", (Where("b", "y"), "a")) == "- b: y\n- c: 3\n"
    assert drop("- a: x # why\n  b: y\n", (Where("b", "y"), "a")) == "- b: y\n"


def test_words_that_readers_take_for_something_else_are_quoted() -> None:
    reader: Any = YAML(typ="safe", pure=True)
    for word in ("yes", "NULL", "1", "1:20", "a: b", "a #b", "", "- a", "é", "http:"):
        changed = put("a: 1\n", ("b",), word)
        assert changed.split("\n")[1] == f"b: {json.dumps(word, ensure_ascii=False)}"
        assert reader.load(changed) == {"a": 1, "b": word}
    assert put("a: 1\n", ("b",), "\x1b[31m").split("\n")[1] == 'b: "\\u001b[31m"'


@pytest.mark.parametrize(
    ("text", "path", "why"),
    [
        ("a: &x {b: 1}\nc: *x\n", ("c", "b"), "c cannot be changed by tokencli: it is an alias"),
        ("a: &x {b: 1}\nc: *x\n", ("a", "b"), "more than it would change"),
        ("a: &x 1\nc: *x\n", ("a",), "no room"),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", ("c", "d", "e"), "it may come from elsewhere, by <<"),
        ("a: 1\n", ("a", "b"), "a cannot be changed by tokencli: it is not a mapping; set it by hand"),
        ("a: 1\n", ("a", Where("", "b")), "it is not a list"),
        ("- 1\n", ("a",), "the whole cannot be changed by tokencli: it is not a mapping"),
        ("{a}\n", ("a", "b"), "nothing is written there"),
    ],
)
def test_what_would_change_more_than_itself_is_refused(text: str, path: Any, why: str) -> None:
    with pytest.raises(NotChangedError, match=why):
        put(text, path, URL)


def test_what_is_not_there_is_not_taken_out() -> None:
    for path in (("a", "b"), ("a", NAMED), (*ADDRESS, "x"), ("models", Where("", "x"))):
        assert source_at(WRITTEN, path) is None
        assert drop(WRITTEN, path) == WRITTEN
    assert (load(""), load("# words"), load("- 1\n"), source_at("", ("a",))) == ({}, {}, [1], None)


def _value_for(step: Any) -> Any:
    """Return something that can stand at a path with this last step."""
    if not isinstance(step, Where):
        return URL
    return {step.key: step.value, "x": URL} if step.key else f"{step.value}{URL}" if step.value == "A=" else step.value


@given(WHOLES, LAYOUTS, PATHS)
def test_exactly_one_value_changes_and_the_text_comes_back(values: Any, layout: Any, path: Any) -> None:
    text = layout(values)
    assert load(text) == values
    value = _value_for(path[-1])
    made = sum(value_at(values, path[:depth]) is ABSENT for depth in range(1, len(path)))
    before = source_at(text, path)
    try:
        changed = put(text, path, value)
    except NotChangedError:
        return
    assert load(changed) == with_value(values, path, value)
    if before is not None:
        assert put(changed, path, None, before) == text
        return
    back = drop(changed, path)
    for depth in range(len(path) - 1, len(path) - 1 - made, -1):
        if not value_at(load(back), path[:depth]):
            back = drop(back, path[:depth])
    if not (made and any(isinstance(step, Where) and step.key for step in path[:-1])):
        assert back == text


@given(WHOLES, LAYOUTS, PATHS)
def test_exactly_one_value_is_taken_out(values: Any, layout: Any, path: Any) -> None:
    text = layout(values)
    if value_at(values, path) is ABSENT:
        assert drop(text, path) == text
        return
    try:
        after = load(drop(text, path))
    except NotChangedError:
        return
    wanted = without_value(values, path)
    assert after in (wanted, with_value(wanted, path[:-1], None) or {})
