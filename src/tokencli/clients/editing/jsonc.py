"""JSON as programs' settings have it: with comments and commas at the end, read with the place of every value.

A value is replaced where it stands; a new one takes the manner of its neighbours: their indent, their line ends, their
blank behind the colon.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tokencli.clients.editing.splices import (
    BLANKS,
    DEEPEST,
    Splice,
    UneditableError,
    Where,
    applied,
    indent_at,
    line_end,
    line_start,
    nested,
    newline_of,
    next_line,
    shown,
)

if TYPE_CHECKING:
    from tokencli.clients.editing.splices import Path

_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')
_SCALAR = re.compile(r"[-+.0-9A-Za-z]+")
_SKIPPED = re.compile(r"(?:[ \t\r\n]+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_SKIPPED_IN_LINE = re.compile(r"(?:[ \t]+|//[^\r\n]*|/\*[^\r\n]*?\*/)*")
_DEFAULT_INDENT = "  "


class NotJsonError(UneditableError):
    """A text that is no JSON."""

    def __init__(self, line: int) -> None:
        """Name the line, counted from 1."""
        super().__init__(f"line {line} is not JSON")


class NotAnObjectError(UneditableError):
    """A step into something that has no members."""

    def __init__(self, path: Path) -> None:
        """Name it."""
        super().__init__(f"{shown(path) or 'the whole'} is not an object")


class TooDeepError(UneditableError):
    """A text that nobody wrote by hand."""

    def __init__(self) -> None:
        """Say how deep is too deep."""
        super().__init__(f"it is more than {DEEPEST} levels deep")


@dataclass(slots=True)
class Node:
    """A value and where it stands; `members` of an object, the last of several with one key."""

    start: int
    end: int
    value: Any
    members: list[Member] | None = None


@dataclass(slots=True)
class Member:
    """A member of an object: where its key begins, its value, and where its comma stands, None without one."""

    key: str
    start: int
    node: Node
    comma: int | None = field(default=None)


def load(text: str) -> Any:
    """Return the plain values of a text, {} of an empty one; raise UneditableError when it is no JSON."""
    node = _parsed(text)
    return {} if node is None else node.value


def source_at(text: str, path: Path) -> str | None:
    """Return a value as it is written; None when there is none."""
    found = _found(_parsed(text), path)
    return None if found is None else text[found.start : found.end]


def put(text: str, path: Path, value: Any, source: str | None = None) -> str:
    """Return a text with a value at a path; `source` is how it is written, None to leave that to us.

    Raises:
        UneditableError: the text is no JSON, or a step of the path is something else than an object.
    """
    root = _parsed(text)
    if root is None:
        line = newline_of(text)
        body = _written(nested(path, value), line, _DEFAULT_INDENT)
        return f"{text}{'' if not text or text.endswith(line) else line}{body}{line}"
    node = root
    for depth, step in enumerate(path):
        if isinstance(step, Where) or node.members is None:
            raise NotAnObjectError(path[:depth])
        member = next((each for each in reversed(node.members) if each.key == step), None)
        if member is None:
            return _with_member(text, node, step, nested(path[depth + 1 :], value), _Manner.of(text, root))
        node = member.node
    text_there = source or _written(value, newline_of(text), _Manner.of(text, root).unit, indent_at(text, node.start))
    return applied(text, [Splice(node.start, node.end, text_there)])


def drop(text: str, path: Path) -> str:
    """Return a text without the member at a path; the text itself when there is none."""
    holder, key = _found(_parsed(text), path[:-1]), path[-1]
    if holder is None or holder.members is None:
        return text
    places = [index for index, each in enumerate(holder.members) if each.key == key]
    return _without_member(text, holder.members, places[-1], holder.end - 1) if places else text


@dataclass(slots=True)
class _Manner:
    """How a text is laid out: its line ends, the blanks of one level, and whether it is all in one line."""

    line: str
    unit: str
    is_flat: bool

    @classmethod
    def of(cls, text: str, root: Node) -> _Manner:
        """Return the manner of a text, told by its first member."""
        first = root.members[0] if root.members else None
        is_flat = first is not None and "\n" not in text[root.start : first.start]
        unit = "" if first is None or is_flat else indent_at(text, first.start)[len(indent_at(text, root.start)) :]
        return cls(newline_of(text), unit or _DEFAULT_INDENT, is_flat)


def _with_member(text: str, holder: Node, key: str, value: Any, manner: _Manner) -> str:
    members = holder.members or []
    if not members:
        return _with_first_member(text, holder, key, value, manner)
    last = members[-1]
    is_flat = "\n" not in text[holder.start : members[0].start]
    gap = ": " if not is_flat or _has_blank_after_colon(text, members[0]) else ":"
    end = last.node.end if last.comma is None else last.comma + 1
    comma = [] if last.comma is not None else [Splice(end, end, ",")]
    tail = "," if last.comma is not None else ""
    if is_flat:
        added = f"{'' if gap == ':' else ' '}{json.dumps(key)}{gap}{_compact(value, gap)}{tail}"
        return applied(text, [Splice(end, end, ("" if last.comma is not None else ",") + added)])
    indent = indent_at(text, last.start)
    place = _SKIPPED_IN_LINE.match(text, end)
    after = place.end() if place else end
    if after < len(text) and text[after] not in "\r\n":
        after = end
    body = _written(value, manner.line, manner.unit, indent)
    added = f"{manner.line}{indent}{json.dumps(key)}{gap}{body}{tail}"
    if after == end and comma:
        return applied(text, [Splice(end, end, f",{added}")])
    return applied(text, [*comma, Splice(after, after, added)])


def _with_first_member(text: str, holder: Node, key: str, value: Any, manner: _Manner) -> str:
    inside = text[holder.start + 1 : holder.end - 1]
    if manner.is_flat and not inside.strip():
        return applied(text, [Splice(holder.start, holder.end, _compact({key: value}, ": "))])
    outer = indent_at(text, holder.start)
    indent = outer + manner.unit
    body = _written(value, manner.line, manner.unit, indent)
    kept = inside.rstrip()
    added = f"{kept}{manner.line}{indent}{json.dumps(key)}: {body}{manner.line}{outer}"
    return applied(text, [Splice(holder.start + 1, holder.end - 1, added)])


def _without_member(text: str, members: list[Member], index: int, closing: int) -> str:
    member = members[index]
    is_last = index == len(members) - 1
    end = member.node.end if member.comma is None else member.comma + 1
    before = members[index - 1] if index else None
    start = line_start(text, member.start)
    after = _SKIPPED_IN_LINE.match(text, end)
    stop = after.end() if after else end
    is_alone = not text[start : member.start].strip(BLANKS) and (stop == len(text) or text[stop] in "\r\n")
    comma: list[Splice] = []
    if is_last and member.comma is None and before is not None and before.comma is not None:
        comma = [Splice(before.comma, before.comma + 1, "")]
    if is_alone:
        return applied(text, [*comma, Splice(start, next_line(text, line_end(text, stop)), "")])
    if before is not None and is_last:
        cut = before.node.end if member.comma is None else (before.comma or before.node.end) + 1
        return applied(text, [Splice(cut, end, "")])
    until = members[index + 1].start if not is_last else closing
    kept_until = end if "\n" in text[end:until] or "/" in text[end:until] else until
    return applied(text, [Splice(member.start, kept_until, "")])


def _has_blank_after_colon(text: str, member: Member) -> bool:
    return text[member.node.start - 1] in " \t\r\n"


def _compact(value: Any, gap: str) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(", " if gap == ": " else ",", gap))


def _written(value: Any, line: str, unit: str, indent: str = "") -> str:
    text = json.dumps(value, ensure_ascii=False, indent=unit)
    return text.replace("\n", line + indent)


def _found(node: Node | None, path: Path) -> Node | None:
    for step in path:
        members = node.members if node is not None else None
        node = next((each.node for each in reversed(members or ()) if each.key == step), None)
    return node


def _parsed(text: str) -> Node | None:
    """Return the one value of a text, None when it holds nothing but blanks and comments."""
    place = _skip(text, 0)
    if place == len(text):
        return None
    node = _value(text, place, 0)
    if (rest := _skip(text, node.end)) != len(text):
        raise _wrong(text, rest)
    return node


def _value(text: str, place: int, depth: int) -> Node:
    if depth > DEEPEST:
        raise TooDeepError
    sign = text[place : place + 1]
    if sign == "{":
        return _object(text, place, depth)
    if sign == "[":
        return _array(text, place, depth)
    match = _STRING.match(text, place) if sign == '"' else _SCALAR.match(text, place)
    if match is None:
        raise _wrong(text, place)
    try:
        return Node(place, match.end(), json.loads(match[0]))
    except ValueError:
        raise _wrong(text, place) from None


def _object(text: str, start: int, depth: int) -> Node:
    members: list[Member] = []
    place = _skip(text, start + 1)
    while text[place : place + 1] != "}":
        key = _value(text, place, depth + 1)
        colon = _skip(text, key.end)
        if not isinstance(key.value, str) or text[colon : colon + 1] != ":":
            raise _wrong(text, place)
        member = Member(key.value, place, _value(text, _skip(text, colon + 1), depth + 1))
        members.append(member)
        place = _skip(text, member.node.end)
        if text[place : place + 1] == ",":
            member.comma = place
            place = _skip(text, place + 1)
        elif text[place : place + 1] != "}":
            raise _wrong(text, place)
    return Node(start, place + 1, {each.key: each.node.value for each in members}, members)


def _array(text: str, start: int, depth: int) -> Node:
    values: list[Any] = []
    place = _skip(text, start + 1)
    while text[place : place + 1] != "]":
        node = _value(text, place, depth + 1)
        values.append(node.value)
        place = _skip(text, node.end)
        if text[place : place + 1] == ",":
            place = _skip(text, place + 1)
        elif text[place : place + 1] != "]":
            raise _wrong(text, place)
    return Node(start, place + 1, values)


def _skip(text: str, place: int) -> int:
    match = _SKIPPED.match(text, place)
    return match.end() if match else place


def _wrong(text: str, place: int) -> NotJsonError:
    return NotJsonError(text.count("\n", 0, place) + 1)
