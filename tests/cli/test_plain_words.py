"""A command line is read without the parser where nothing about it is in doubt."""

from __future__ import annotations

import pytest

from tokencli.cli.plain_words import OPERANDS, plain_words
from tokencli.domain.plain import NotPlainError

OPTIONS = {"--by": None, "--model": (), "--csv": False}


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("look", {}),
        ("look --by day", {"--by": "day"}),
        ("look --by=day=x --csv", {"--by": "day=x", "--csv": True}),
        ("look --model a --model=b", {"--model": ("a", "b")}),
        ("--json --db x.db look --tz UTC", {"--json": True, "--db": "x.db", "--tz": "UTC"}),
        ("--db look look --by look", {"--db": "look", "--by": "look"}),
    ],
)
def test_a_plain_line_is_read(line: str, found: dict[str, object]) -> None:
    assert plain_words(line.split(), "look", OPTIONS) == found


@pytest.mark.parametrize(
    "line",
    [
        "",
        "--json",
        "look more",
        "look look",
        "more look",
        "--by day look",
        "look --by",
        "look --by=",
        "look --by --csv",
        "look --by -x",
        "look --by a --by b",
        "--json look --json",
        "look --csv=yes",
        "look --cs",
        "look -b day",
        "look -",
        "look --",
        "look --help",
        "look --nope",
    ],
)
def test_whatever_is_in_doubt_is_not_plain(line: str) -> None:
    with pytest.raises(NotPlainError):
        plain_words(line.split(), "look", OPTIONS)


def test_an_empty_word_is_not_plain() -> None:
    for words in (["look", "--by", ""], ["look", ""], ["", "look"]):
        with pytest.raises(NotPlainError):
            plain_words(words, "look", {**OPTIONS, OPERANDS: ()})


def test_words_are_kept_in_their_order_where_the_command_takes_any() -> None:
    words = ["--db", "x", "look", "a.log", "--csv", "b.log", "look"]
    found = plain_words(words, "look", {**OPTIONS, OPERANDS: ()})
    assert found == {"--db": "x", "--csv": True, OPERANDS: ("a.log", "b.log", "look")}
    with pytest.raises(NotPlainError):
        plain_words(["look", "a.log", "-"], "look", {**OPTIONS, OPERANDS: ()})


def test_a_command_in_a_group_is_named_by_both_words() -> None:
    for line in ("set look --csv", "--json set --db look look --csv", "set --tz set look --csv"):
        found = plain_words(line.split(), "set look", OPTIONS)
        assert found["--csv"] is True
    for line in ("look", "set", "look set", "set --csv look", "set look look", "set more look"):
        with pytest.raises(NotPlainError):
            plain_words(line.split(), "set look", OPTIONS)


def test_a_single_word_may_be_taken_once() -> None:
    options = {OPERANDS: None}
    assert plain_words(["look", "a"], "look", options) == {OPERANDS: "a"}
    with pytest.raises(NotPlainError):
        plain_words(["look", "a", "b"], "look", options)
