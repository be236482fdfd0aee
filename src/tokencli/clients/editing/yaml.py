"""YAML, changed at the places of its values; what a change came to is read again before it is given back.

A value is replaced where it stands, a new one goes behind the last of its mapping or list, in the same manner: block
or flow. Aliases and merge keys keep their meaning, or the change is refused. Where the last value of a mapping is
taken out, its key stays, without a value.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, cast

from tokencli.clients.editing.splices import (
    Splice,
    UneditableError,
    Where,
    applied,
    entry_index,
    line_start,
    nested,
    newline_of,
    next_line,
    shown,
    value_at,
    with_value,
    without_value,
)
from tokencli.clients.editing.yaml_nodes import Kind, NotYamlError, parsed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokencli.clients.editing.splices import Path, Step
    from tokencli.clients.editing.yaml_nodes import Entry, Node

_MERGE = "<<"
_INDENT = "  "
_COMMA = re.compile(r"[ \t\r\n]*,")
# What needs no quotes in any version of YAML.
_BARE = re.compile(r"[A-Za-z/](?:[A-Za-z0-9_./@+=-]|:(?=[^\s:]))*")
_NOT_TEXT = {"true", "false", "yes", "no", "on", "off", "y", "n", "null"}


class NotChangedError(UneditableError):
    """A value that cannot be put in or taken out without changing more than itself."""

    def __init__(self, path: Path, why: str) -> None:
        """Name it and the reason."""
        super().__init__(f"{shown(path) or 'the whole'} cannot be changed by tokencli: {why}; set it by hand")


def load(text: str) -> Any:
    """Return the plain values of a text, {} of an empty one; a merge key is a key like others.

    Raises:
        NotYamlError: the text is no YAML, or more than one document.
    """
    root = parsed(text)
    return {} if root is None or root.value is None else root.value


def source_at(text: str, path: Path) -> str | None:
    """Return a value as it is written; None when there is none."""
    node = parsed(text)
    for step in path:
        entry = None if node is None else _entry(node, step)
        node = None if entry is None else entry.node
    return None if node is None else text[node.start : node.end]


def put(text: str, path: Path, value: Any, source: str | None = None) -> str:
    """Return a text with a value at a path; `source` is how it is written, None to leave that to us.

    Raises:
        NotYamlError: the text is no YAML, or more than one document.
        NotChangedError: the value has no place of its own, or is somebody else's too.
    """
    root = parsed(text)
    if root is None or root.is_empty:
        changed = _inserted(text, len(text), _lines(nested(path, value)), "")
    else:
        changed = _put(text, root, path, value, source)
    there = value if source is None else value_at(_reread(changed, path), path)
    if _reread(changed, path) != with_value(load(text), path, there):
        raise NotChangedError(path, "more than it would change")
    return changed


def drop(text: str, path: Path) -> str:
    """Return a text without the value at a path; the text itself when there is none.

    Raises:
        NotYamlError: the text is no YAML, or more than one document.
        NotChangedError: more than the value would change.
    """
    root = parsed(text)
    holder = root
    for depth, step in enumerate(path[:-1]):
        entry = None if holder is None else _entry(holder, step)
        if entry is not None and entry.node.kind is Kind.ALIAS:
            raise NotChangedError(path[: depth + 1], "it is an alias, so others have it too")
        holder = None if entry is None else entry.node
    entry = None if holder is None else _entry(holder, path[-1])
    if root is None or holder is None or entry is None:
        return text
    changed = applied(text, [(_cut_in_flow if holder.is_flow else _cut)(text, holder, holder.entries.index(entry))])
    wanted = [without_value(root.value, path)]
    if len(holder.entries) == 1:
        wanted.append(with_value(root.value, path[:-1], None) or {})
    if _reread(changed, path) not in wanted:
        raise NotChangedError(path, "more than it would change")
    return changed


def _put(text: str, root: Node, path: Path, value: Any, source: str | None) -> str:
    node, holder = root, root
    for depth, step in enumerate(path):
        _check(node, path, depth)
        entry, rest = _entry(node, step), path[depth + 1 :]
        if entry is None:
            return _with_entry(text, node, nested(path[depth:], value))
        if entry.node.is_empty and rest:
            return _filled(text, node, entry, nested(rest, value), path[: depth + 1])
        node, holder = entry.node, node
    return _replaced(text, holder, node, value, source)


def _check(node: Node, path: Path, depth: int) -> None:
    """Raise when a step of a path cannot be taken here."""
    if node.kind is Kind.ALIAS:
        raise NotChangedError(path[:depth], "it is an alias, so others have it too")
    if node.kind is not (Kind.LIST if isinstance(path[depth], Where) else Kind.MAPPING):
        raise NotChangedError(path[:depth], f"it is not a {'list' if isinstance(path[depth], Where) else 'mapping'}")
    if depth + 1 < len(path) and _entry(node, path[depth]) is None and _entry(node, _MERGE) is not None:
        raise NotChangedError(path[: depth + 1], f"it may come from elsewhere, by {_MERGE}")


def _entry(node: Node, step: Step) -> Entry | None:
    if isinstance(step, Where):
        index = entry_index(node.value, step) if node.kind is Kind.LIST else None
        return None if index is None else node.entries[index]
    return next((each for each in node.entries if node.kind is Kind.MAPPING and each.key == step), None)


def _replaced(text: str, holder: Node, node: Node, value: Any, source: str | None) -> str:
    if source is None:
        is_block = bool(node.entries) and not node.is_flow and _is_filled(value)
        indent = " " * _column(text, node.entries[0].start) if is_block else ""
        source = (newline_of(text) + indent).join(_lines(value)) if is_block else _word(value, is_flow=holder.is_flow)
    start = node.start
    if node.is_empty:
        source = f" {source}"
    elif not source:
        start = len(text[:start].rstrip(" \t"))
    return applied(text, [Splice(start, node.end, source)])


def _filled(text: str, holder: Node, entry: Entry, body: Any, path: Path) -> str:
    """Return a text with values below a key that has none."""
    if holder.is_flow:
        raise NotChangedError(path, "nothing is written there")
    return _inserted(text, entry.node.end, _lines(body), " " * _column(text, entry.start) + _INDENT)


def _with_entry(text: str, node: Node, body: Any) -> str:
    """Return a text with one more entry: the only one of `body`."""
    if not node.is_flow:
        return _inserted(text, node.end, _lines(body), " " * _column(text, node.entries[0].start))
    inner = _word(body, is_flow=True)[1:-1]
    if not node.entries:
        return applied(text, [Splice(node.end - 1, node.end - 1, inner)])
    comma = _COMMA.match(text, node.entries[-1].node.end)
    if comma is not None:
        return applied(text, [Splice(comma.end(), comma.end(), f" {inner},")])
    end = node.entries[-1].node.end
    return applied(text, [Splice(end, end, f", {inner}")])


def _inserted(text: str, after: int, lines: list[str], indent: str) -> str:
    """Return a text with lines behind the line of a place."""
    line, place = newline_of(text), next_line(text, after)
    if not text or text[:place].endswith("\n"):
        return text[:place] + "".join(f"{indent}{each}{line}" for each in lines) + text[place:]
    return text[:place] + "".join(f"{line}{indent}{each}" for each in lines) + text[place:]


def _cut(text: str, holder: Node, index: int) -> Splice:
    """Return what takes an entry out of lines of its own, or moves the next one to its place."""
    entry = holder.entries[index]
    start, stop = line_start(text, entry.start), next_line(text, entry.node.end)
    if text[start : entry.start].strip():
        is_last = index + 1 == len(holder.entries)
        return Splice(entry.start, entry.node.end if is_last else holder.entries[index + 1].start, "")
    if stop == len(text) and not text.endswith("\n"):
        start = len(text[:start].removesuffix("\n").removesuffix("\r"))
    return Splice(start, stop, "")


def _cut_in_flow(text: str, holder: Node, index: int) -> Splice:
    entry = holder.entries[index]
    if index + 1 < len(holder.entries):
        return Splice(entry.start, holder.entries[index + 1].start, "")
    if index:
        return Splice(holder.entries[index - 1].node.end, entry.node.end, "")
    comma = _COMMA.match(text, entry.node.end)
    return Splice(entry.start, entry.node.end if comma is None else comma.end(), "")


def _reread(text: str, path: Path) -> Any:
    try:
        return load(text)
    except NotYamlError:
        raise NotChangedError(path, "there is no room for it") from None


def _column(text: str, place: int) -> int:
    return place - line_start(text, place)


def _lines(value: Any) -> list[str]:
    """Return a value as lines of a block."""
    if not _is_filled(value):
        return [_word(value)]
    if isinstance(value, list):
        return [line for each in cast("Any", value) for line in _under("- ", _lines(each))]
    lines: list[str] = []
    for key, held in cast("dict[str, Any]", value).items():
        below = _lines(held)
        if _is_filled(held):
            lines += [f"{_word(key)}:", *(f"{_INDENT}{each}" for each in below)]
        else:
            lines.append(f"{_word(key)}: {below[0]}")
    return lines


def _is_filled(value: Any) -> bool:
    """Say whether a value is a mapping or list with something in it."""
    return isinstance(value, dict | list) and value not in ({}, [])


def _under(head: str, lines: list[str]) -> Iterator[str]:
    return (f"{head if number == 0 else ' ' * len(head)}{each}" for number, each in enumerate(lines))


def _word(value: Any, *, is_flow: bool = False) -> str:
    """Return a value in one line; without quotes only what is a text to every reader."""
    is_bare = isinstance(value, str) and not is_flow and _BARE.fullmatch(value) and value.lower() not in _NOT_TEXT
    return str(value) if is_bare else json.dumps(value, ensure_ascii=not str(value).isprintable())
