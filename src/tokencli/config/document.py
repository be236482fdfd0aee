"""A TOML file as it was written: its values, and the line of each key, so that an error can say where it is."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypeGuard

from tokencli.domain.errors import ConfigError
from tokencli.domain.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

_LARGEST_BYTES = 4_000_000
_MOST_BITS = 256
# What the parser says of a key or a table that was there before.
_TWICE = ("Cannot overwrite a value", "Cannot declare", "Cannot mutate", "Duplicate")
_POSITION = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_HEADER = re.compile(r"\s*\[.*\]\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*("(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)\s*(?:\.[^=]*)?=""")


class UnreadableConfigError(ConfigError):
    """A configuration file that cannot be read at all."""

    def __init__(self, place: str, why: str) -> None:
        """Name the file and the reason."""
        super().__init__(f"{place} cannot be read: {why}.")


class ConfigSyntaxError(ConfigError):
    """A configuration file that is not TOML."""

    def __init__(self, place: str, line: int | None, why: str) -> None:
        """Name the line and what is wrong there."""
        where = place if line is None else f"{place}, line {line}"
        super().__init__(f"{where}: {why[:1].lower()}{why[1:]}; this is not TOML.")


class UnknownKeyError(ConfigError):
    """A key that looks like a misspelt one."""

    def __init__(self, where: str, key: str, near: str) -> None:
        """Name the key and the nearest one there is."""
        super().__init__(f"{where}: there is no key {visible(key)!r}; did you mean {near!r}?")


class WrongValueError(ConfigError):
    """A value that its key cannot have."""

    def __init__(self, where: str, key: str, value: object, wanted: str) -> None:
        """Name the key, the value and what is wanted."""
        end = "" if wanted.endswith("?") else "."
        super().__init__(f"{where}: {visible(key)} is {visible(_shown(value))}, but {wanted}{end}")


@dataclass(frozen=True, slots=True)
class Document:
    """The values of one TOML file; `place` names it in errors. Numbers with a point are Decimal, never float."""

    place: str
    text: str
    values: dict[str, Any]

    def line_of(self, *path: str) -> int | None:
        """Return the 1-based line on which a key or table is written; that of its table when it is inside a value."""
        table: tuple[str, ...] = ()
        nearest: tuple[int, int] | None = None
        inside: int | None = None
        for number, line in enumerate(self.text.split("\n"), 1):
            if _HEADER.match(line):
                table = _path_of_header(line)
                here = table
            elif match := _KEY.match(line):
                here = (*table, *_path_of_header(f"[{match[1]}]"))
            else:
                continue
            depth = len(here)
            if here and here == path[:depth] and (nearest is None or depth > nearest[0]):
                nearest = (depth, number)
            elif inside is None and here[: len(path)] == path:
                inside = number
        return nearest[1] if nearest else inside

    @property
    def source(self) -> str:
        """Return the file's name without its directory, as a price names where it comes from."""
        return self.place.replace("\\", "/").rpartition("/")[2]

    def where(self, *path: str) -> str:
        """Return the file and the line of a key, for an error."""
        line = self.line_of(*path)
        return self.place if line is None else f"{self.place}, line {line}"

    def unknown_keys(self, path: tuple[str, ...], keys: Iterable[str], known: Iterable[str]) -> list[str]:
        """Return the keys that are not known; raise UnknownKeyError for one that looks like a misspelt known one."""
        names = sorted(known)
        unknown = [key for key in keys if key not in names]
        for key in unknown:
            near = get_close_matches(key.lower(), names, n=1, cutoff=0.7)
            if near:
                raise UnknownKeyError(self.where(*path, key), key, near[0])
        return unknown

    def wrong(self, path: tuple[str, ...], value: object, wanted: str) -> WrongValueError:
        """Return the error for a value that its key cannot have."""
        return WrongValueError(self.where(*path), ".".join(path), value, wanted)


def as_table(value: object) -> dict[str, Any] | None:
    """Return a value that is a table; None for any other."""
    return value if _is_table(value) else None


def as_list(value: object) -> list[Any] | None:
    """Return a value that is a list; None for any other."""
    return value if _is_list(value) else None


def parse(data: bytes, place: str) -> Document:
    """Return the document in these bytes.

    Raises:
        UnreadableConfigError: it is too large or no UTF-8.
        ConfigSyntaxError: it is not TOML.
    """
    if len(data) > _LARGEST_BYTES:
        raise UnreadableConfigError(place, f"it is larger than {_LARGEST_BYTES // 1_000_000} MB")
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise UnreadableConfigError(place, "it is not UTF-8 text") from None
    try:
        return Document(place, text, tomllib.loads(text, parse_float=Decimal))
    except tomllib.TOMLDecodeError as error:
        found = _POSITION.search(str(error))
        why = _POSITION.sub("", str(error))
        line = int(found[1]) if found and found[1] else text.rstrip("\n").count("\n") + 1
        if why.startswith(_TWICE):
            why = f"{visible(_key_in(text.split(chr(10))[line - 1]))} is there for the second time"
        raise ConfigSyntaxError(place, line, why) from None
    except RecursionError:
        raise ConfigSyntaxError(place, None, "it is nested too deeply") from None
    except (ValueError, ArithmeticError):
        raise UnreadableConfigError(place, "one of its numbers has too many digits") from None


def _key_in(line: str) -> str:
    """Return what a line of TOML gives a value to, or the header of its table."""
    return line.partition("=")[0].strip() if "=" in line else line.strip()


def _is_table(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _is_list(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def _path_of_header(line: str) -> tuple[str, ...]:
    """Return the keys that a table's header names: `[models."a/b"]` gives models, a/b."""
    try:
        level = as_table(tomllib.loads(line))
    except tomllib.TOMLDecodeError:
        return ()
    path: list[str] = []
    while level:
        key, inner = next(iter(level.items()))
        path.append(key)
        level = as_table((as_list(inner) or [inner])[0])
    return tuple(path)


def _shown(value: object) -> str:
    if as_table(value) is not None:
        return "a table"
    if as_list(value) is not None:
        return "a list"
    if isinstance(value, str):
        return repr(value)
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        return "a number of too many digits"
    return str(value).lower() if isinstance(value, bool) else str(value)
