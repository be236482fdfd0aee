"""Counts of a text's kinds of bytes and of their beginnings: what the estimator's weights stand for; pure.

Every count can only grow when text is appended, so that a longer prompt is never estimated as a shorter one.
"""

from __future__ import annotations

_LEADS = {
    "latin_accented": range(0xC2, 0xC4),
    "latin_extended": range(0xC4, 0xCD),
    "greek": range(0xCD, 0xD0),
    "cyrillic": range(0xD0, 0xD4),
    "hebrew": range(0xD4, 0xD8),
    "arabic": range(0xD8, 0xE0),
    "indic": range(0xE0, 0xE1),
    "georgian_vietnamese": range(0xE1, 0xE2),
    "kana": range(0xE3, 0xE4),
    "han": range(0xE4, 0xEA),
    "hangul": range(0xEA, 0xEE),
}
_ASCII_CLASSES = (
    "upper",
    "digit",
    "newline",
    "tab",
    "underscore",
    "punctuation",
    "word",
    "long_word",
    "punctuation_run",
    "digit_run",
    "camel_hump",
    "indented_line",
    "en_ending",
)
CLASS_NAMES = (*_ASCII_CLASSES, *_LEADS, "thai")
"""What each count of class_counts is a count of, in its order."""

_LONG_WORD = b"a" * 9


def _table(kinds: dict[str, bytes], rest: bytes = b" ") -> bytes:
    """Return a table for bytes.translate: each byte of a kind becomes that kind's letter, any other the rest."""
    table = bytearray(rest * 256)
    for letter, members in kinds.items():
        for member in members:
            table[member] = ord(letter)
    return bytes(table)


_UPPER = bytes(range(0x41, 0x5B))
_LOWER = bytes(range(0x61, 0x7B))
_DIGITS = b"0123456789"
_PUNCTUATION = bytes(set(range(33, 127)) - set(_UPPER + _LOWER + _DIGITS + b"_"))
_LETTERS = _UPPER + _LOWER + bytes(range(0x80, 0x100))
_LEAD_LETTERS = {chr(0x61 + number): bytes(leads) for number, leads in enumerate(_LEADS.values())}

_SHAPE = _table({"a": _LOWER, "A": _UPPER, "n": b"\r\n", "s": b" ", "_": b"_", "t": b"\t"}, b".")
_WORDS = _table({"a": _LETTERS})
_MARKS = _table({"p": _PUNCTUATION})
_NUMBERS = _table({"0": _DIGITS})
_SCRIPTS = _table(_LEAD_LETTERS)
_NO_SCRIPTS = (0,) * (len(_LEADS) + 1)


def class_counts(text: bytes) -> tuple[int, ...]:
    """Return the counts of UTF-8 text, in the order of CLASS_NAMES; bytes that are no UTF-8 do no harm."""
    shape = text.translate(_SHAPE)
    words = text.translate(_WORDS)
    marks = text.translate(_MARKS)
    numbers = text.translate(_NUMBERS)
    plain = (
        shape.count(b"A"),
        numbers.count(b"0"),
        shape.count(b"n"),
        shape.count(b"t"),
        shape.count(b"_"),
        marks.count(b"p"),
        words.count(b" a") + words.startswith(b"a"),
        words.count(_LONG_WORD),
        marks.count(b"p ") + marks.endswith(b"p"),
        len(numbers.split()),
        shape.count(b"aA"),
        shape.count(b"ns"),
        text.count(b"en "),
    )
    return plain + (_NO_SCRIPTS if text.isascii() else _script_counts(text))


def _script_counts(text: bytes) -> tuple[int, ...]:
    """Return how many characters of each script there are."""
    scripts = text.translate(_SCRIPTS)
    counts = [scripts.count(letter.encode()) for letter in _LEAD_LETTERS]
    return (*counts, text.count(b"\xe0\xb8") + text.count(b"\xe0\xb9"))
