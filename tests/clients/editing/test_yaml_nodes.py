"""What a YAML text says, and where each value of it stands."""

from __future__ import annotations

import pytest

from tokencli.clients.editing.yaml_nodes import Kind, NotYamlError, parsed

WRITTEN = """\
a: 'it''s' # why
b:
- {x: 1, y: [~, on]}
-   &k two
  words
- *k
c:
d: |
  text

e: !secret f
"""


def test_each_value_is_known_with_its_place() -> None:
    root = parsed(WRITTEN)
    assert root is not None
    assert root.value == {
        "a": "it's",
        "b": [{"x": 1, "y": [None, "on"]}, "two words", "two words"],
        "c": None,
        "d": "text\n",
        "e": ("!secret", "f"),
    }
    placed = {entry.key: WRITTEN[entry.start : entry.node.end] for entry in root.entries}
    assert placed["a"] == "a: 'it''s'"
    assert placed["b"].endswith("- *k")
    assert (placed["c"], placed["d"], placed["e"]) == ("c:", "d: |\n  text", "e: !secret f")
    listed = root.entries[1].node.entries
    assert [WRITTEN[each.start] for each in listed] == ["-", "-", "-"]
    assert [each.node.kind for each in listed] == [Kind.MAPPING, Kind.SCALAR, Kind.ALIAS]
    assert WRITTEN[listed[1].node.start :].startswith("&k two\n  words")


def test_numbers_and_words_are_told_from_texts() -> None:
    root = parsed("[1, -2.5, 1e3, True, NULL, ~, '1', 0x1, 1:20, 010, .nan]")
    assert root is not None
    assert root.value == [1, -2.5, 1000.0, True, None, None, "1", "0x1", "1:20", "010", ".nan"]


def test_nothing_at_all_is_told_from_an_empty_document() -> None:
    assert parsed("") is None
    assert parsed("# words\n") is None
    empty = parsed("---\n")
    assert empty is not None
    assert empty.is_empty


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: 1\n---\nb: 1\n", "line 2 .* a second document"),
        ("a: 1\nb: 2\na: 3\n", "line 3 .* the key a is there twice"),
        ("a:\n\tb: 1\n", "line 2"),
        ("a: [1,\n", "line 2"),
        ("a: *x\n", r"line 1 .* \*x"),
        ("a: &x [*x]\n", r"line 1 .* nothing whole"),
        ("? [a]\n: 1\n", "line 1 .* more than a word"),
        ("a: \x00\n", "line 1"),
        ("[" * 1000, "levels deep"),
        ("".join(f"a{n}: &a{n} [{f'*a{n - 1},' * 9 if n else 1}]\n" for n in range(9)), "more than 100000 values"),
    ],
)
def test_what_is_no_single_clear_document_is_refused(text: str, why: str) -> None:
    with pytest.raises(NotYamlError, match=why):
        parsed(text)
