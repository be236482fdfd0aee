"""Splices: pieces of a text replaced at positions, so that every other character stays where and what it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

from tokencli.domain.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

BLANKS = " \t"
DEEPEST = 100


class UneditableError(InputError):
    """A text that cannot be changed at one place without changing more of it, or that nobody can read."""

    def __init__(self, why: str) -> None:
        """Give the reason; whoever knows the file's name adds it."""
        super().__init__(f"{why}.")
        self.why = why


class Where(NamedTuple):
    """A step into a list: the entry that has this value under a key, or, with an empty key, that is this value.

    With an empty key and NAME= as its value it is the last entry that begins so, whatever it is set to.
    """

    key: str
    value: str


Step = str | Where
Path = tuple[Step, ...]
ABSENT: Any = object()
"""What `value_at` returns where there is nothing, for null is a value."""


class Splice(NamedTuple):
    """A piece of text, half-open, and what comes in its place."""

    start: int
    end: int
    text: str


def applied(text: str, splices: Iterable[Splice]) -> str:
    """Return a text with some pieces replaced; they do not overlap."""
    for one in sorted(splices, reverse=True):
        text = text[: one.start] + one.text + text[one.end :]
    return text


def newline_of(text: str) -> str:
    r"""Return how lines end in a text: as its first one does, \n when it has none."""
    end = text.find("\n")
    return "\r\n" if end > 0 and text[end - 1] == "\r" else "\n"


def line_start(text: str, place: int) -> int:
    """Return where the line of a place begins."""
    return text.rfind("\n", 0, place) + 1


def line_end(text: str, place: int) -> int:
    r"""Return where the line of a place ends, before its \n or \r\n."""
    end = text.find("\n", place)
    if end < 0:
        return len(text)
    return end - 1 if end > place and text[end - 1] == "\r" else end


def next_line(text: str, place: int) -> int:
    """Return where the line after the one of a place begins; the text's end when there is none."""
    end = text.find("\n", place)
    return len(text) if end < 0 else end + 1


def indent_at(text: str, place: int) -> str:
    """Return the blanks with which the line of a place begins."""
    start = line_start(text, place)
    stop = start
    while stop < len(text) and text[stop] in BLANKS:
        stop += 1
    return text[start:stop]


def value_at(values: Any, path: Path) -> Any:
    """Return the value at a path of plain mappings and lists, ABSENT when there is none."""
    for step in path:
        if isinstance(step, Where):
            index = entry_index(values, step)
            values = ABSENT if index is None else values[index]
        else:
            values = cast("dict[str, Any]", values).get(step, ABSENT) if isinstance(values, dict) else ABSENT
        if values is ABSENT:
            return ABSENT
    return values


def entry_index(values: Any, step: Where) -> int | None:
    """Return the place of the entry that a step means; None when it is in no list, or in none of them."""
    entries = cast("list[object]", values) if isinstance(values, list) else []
    if not step.key and step.value.endswith("="):
        begun = [index for index, each in enumerate(entries) if isinstance(each, str) and each.startswith(step.value)]
        return begun[-1] if begun else None
    for index, entry in enumerate(entries):
        if step.key and isinstance(entry, dict) and cast("dict[str, Any]", entry).get(step.key) == step.value:
            return index
        if not step.key and entry == step.value:
            return index
    return None


def nested(path: Sequence[Step], value: Any) -> Any:
    """Return a value inside as many new mappings and lists as a path has steps."""
    for step in reversed(path):
        if isinstance(step, Where):
            value = [value if not step.key else {step.key: step.value} | value]
        else:
            value = {step: value}
    return value


def with_value(values: Any, path: Path, value: Any) -> Any:
    """Return plain values with one put in; what was there stays the same object for object."""
    if not path:
        return value
    first, rest = path[0], path[1:]
    if isinstance(first, Where):
        index = entry_index(values, first)
        if index is None:
            return [*(values or ()), *nested(path, value)]
        return [*values[:index], with_value(values[index], rest, value), *values[index + 1 :]]
    held: Mapping[str, Any] = values or {}
    inner = held.get(first)
    return {**held, first: with_value(inner, rest, value) if inner is not None else nested(rest, value)}


def without_value(values: Any, path: Path) -> Any:
    """Return plain values without the one at a path, which is there."""
    first, rest = path[0], path[1:]
    if isinstance(first, Where):
        index = entry_index(values, first)
        inner = [] if rest == () or index is None else [without_value(values[index], rest)]
        return [*values[:index], *inner, *values[(index or 0) + 1 :]]
    if not rest:
        return {key: held for key, held in values.items() if key != first}
    return {**values, first: without_value(values[first], rest)}


def shown(path: Path) -> str:
    """Return a path as people write it: env.ANTHROPIC_BASE_URL."""
    return ".".join(step.value if isinstance(step, Where) else step for step in path)
