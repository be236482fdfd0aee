"""Counts of kinds of bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from tokencli.services.byte_classes import CLASS_NAMES, class_counts

if TYPE_CHECKING:
    from collections.abc import Iterable


def counted(text: str) -> dict[str, int]:
    return {name: count for name, count in zip(CLASS_NAMES, class_counts(text.encode()), strict=True) if count}


def test_code_is_counted_by_class() -> None:
    assert counted("def readLine(x_1):\n    return 42") == {
        "upper": 1,
        "digit": 3,
        "newline": 1,
        "underscore": 1,
        "punctuation": 3,
        "word": 4,
        "punctuation_run": 2,
        "digit_run": 2,
        "camel_hump": 1,
        "indented_line": 1,
    }


def test_each_script_is_counted_by_its_characters() -> None:
    assert counted("Straße") == {"upper": 1, "word": 1, "latin_accented": 1}
    assert counted("мир") == {"word": 1, "cyrillic": 3}
    assert counted("漢字かな") == {"word": 1, "long_word": 1, "han": 2, "kana": 2}
    assert counted("ไทย") == {"word": 1, "long_word": 1, "indic": 3, "thai": 3}


def test_empty_text_has_nothing() -> None:
    assert class_counts(b"") == (0,) * len(CLASS_NAMES)


def grows(before: Iterable[int], after: Iterable[int]) -> bool:
    return all(old <= new for old, new in zip(before, after, strict=True))


@given(st.binary(), st.binary())
def test_counts_only_grow_when_bytes_are_appended(start: bytes, more: bytes) -> None:
    assert grows(class_counts(start), class_counts(start + more))
