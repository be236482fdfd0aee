"""Lines are sorted and searched the same way in every table."""

from __future__ import annotations

from typing import NamedTuple

from tokencli.render.top_order import Order, View, matching, ordered
from tokencli.render.top_table import Marked


class Item(NamedTuple):
    words: str
    size: int | None


ITEMS = [Item("gpt-4.1 work", 2), Item("Claude work ERROR", None), Item("gemini play", 5), Item("gpt play", 2)]
SIZE = Order[Item]("size", lambda item: item.size)


def test_the_largest_come_first_and_the_unknown_last_either_way() -> None:
    assert [item.size for item in ordered(ITEMS, SIZE)] == [5, 2, 2, None]
    assert [item.size for item in ordered(ITEMS, SIZE, is_reversed=True)] == [2, 2, 5, None]
    assert [item.words for item in ordered(ITEMS, SIZE) if item.size == 2] == ["gpt-4.1 work", "gpt play"]


def test_names_come_in_their_order_unless_reversed() -> None:
    words = Order[Item]("words", lambda item: item.words, is_descending=False)
    found = [item.words for item in ordered(ITEMS, words)]
    assert found == sorted(found)
    assert [item.words for item in ordered(ITEMS, words, is_reversed=True)] == found[::-1]


def test_every_word_must_be_there_whatever_its_case() -> None:
    assert [item.words for item in matching(ITEMS, "WORK error")] == ["Claude work ERROR"]
    assert matching(ITEMS, "  ") == ITEMS
    assert matching(ITEMS, "gpt gemini") == []


def test_a_view_tells_which_way_its_column_is_sorted() -> None:
    assert View().marked(SIZE) == Marked("size", is_descending=True)
    assert View(is_reversed=True).marked(SIZE) == Marked("size", is_descending=False)
