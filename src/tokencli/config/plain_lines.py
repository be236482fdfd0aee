"""The lines of a TOML file in its plainest form -> tables of values; anything more is not plain.

Plain is: `[section]`, `[section.name]` and `[section."name"]`; keys of letters; on the same line text without escapes,
whole numbers, numbers with a point, true, false, lists of texts, and tables of numbers. Each of them once.
"""

from __future__ import annotations

from tokencli.domain.pico import pico_of
from tokencli.domain.plain import NotPlainError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    Value: TypeAlias = "str | int | Number | list[str] | dict[str, int | Number]"
    Tables: TypeAlias = "dict[tuple[str, str], dict[str, Value]]"

_NAMED = ("providers", "models")
_LARGEST_BYTES = 100_000
BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
"""The characters of keys and names that need no quotes."""


class Number:
    """A number with a point, in picodollars or whatever else it is 10^12 times of."""

    __slots__ = ("pico",)

    def __init__(self, pico: int) -> None:
        """Take its value, times 10^12."""
        self.pico = pico


def tables_of(data: bytes) -> Tables:
    """Return the values by their table, (section, name) with "" for the section itself; raise NotPlainError."""
    tables: Tables = {}
    table: dict[str, Value] | None = None
    for line in _lines_of(data):
        words = line.strip(" ")
        if not words or words[0] == "#":
            continue
        if words[0] == "[":
            place = _header(words)
            if place in tables:
                raise NotPlainError
            table = tables[place] = {}
            continue
        key, sign, rest = words.partition("=")
        key = key.rstrip(" ")
        if table is None or not sign or key in table or not _is_bare(key):
            raise NotPlainError
        table[key] = _value(rest.lstrip(" "))
    return tables


def _lines_of(data: bytes) -> list[str]:
    if len(data) > _LARGEST_BYTES:
        raise NotPlainError
    try:
        lines = data.decode("utf-8").split("\n")
    except UnicodeDecodeError:
        raise NotPlainError from None
    if not all(map(str.isprintable, lines)):
        raise NotPlainError
    return lines


def _is_bare(word: str) -> bool:
    return bool(word) and BARE.issuperset(word)


def _header(words: str) -> tuple[str, str]:
    head, end, after = words[1:].partition("]")
    section, point, name = head.partition(".")
    _check_end(after)
    if not end or not _is_bare(section) or bool(point) != (section in _NAMED):
        raise NotPlainError
    found = name if not point or _is_bare(name) else _quoted(name)
    if point and not found:
        raise NotPlainError
    return section, found


def _quoted(word: str) -> str:
    """Return what stands between two quotes that are the ends of a word."""
    inner = word[1:-1]
    if word != f'"{inner}"' or '"' in inner or "\\" in inner:
        raise NotPlainError
    return inner


def _check_end(rest: str) -> None:
    """Refuse anything but blanks and a comment."""
    left = rest.lstrip(" ")
    if left and left[0] != "#":
        raise NotPlainError


def _value(rest: str) -> Value:
    first = rest[:1]
    if first == '"':
        text, after = _text(rest)
        _check_end(after)
        return text
    if first == "[":
        return _list(rest[1:])
    if first == "{":
        inner, end, after = rest[1:].partition("}")
        _check_end(after)
        if not end or "#" in inner:
            raise NotPlainError
        return _table(inner)
    word = rest.partition("#")[0].rstrip(" ")
    return word == "true" if word in {"true", "false"} else _number(word)


def _text(rest: str) -> tuple[str, str]:
    """Return the text that begins with a quote, and what follows it."""
    text, end, after = rest[1:].partition('"')
    if not end or "\\" in text:
        raise NotPlainError
    return text, after


def _list(rest: str) -> list[str]:
    found: list[str] = []
    left = rest.lstrip(" ")
    while left[:1] == '"':
        text, left = _text(left)
        found.append(text)
        left = left.lstrip(" ")
        if left[:1] != ",":
            break
        left = left[1:].lstrip(" ")
    if left[:1] != "]":
        raise NotPlainError
    _check_end(left[1:])
    return found


def _table(inner: str) -> dict[str, int | Number]:
    found: dict[str, int | Number] = {}
    for pair in inner.split(","):
        key, sign, word = pair.partition("=")
        key = key.strip(" ")
        if not sign or key in found or not _is_bare(key):
            raise NotPlainError
        found[key] = _number(word.strip(" "))
    return found


def _number(word: str) -> int | Number:
    pico = pico_of(word)
    if pico is None:
        raise NotPlainError
    return Number(pico) if "." in word else int(word)
