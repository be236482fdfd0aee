"""The values of a YAML text, each with the place where it stands; a merge key is a key like others here."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from tokencli.clients.editing.splices import DEEPEST, UneditableError

_MOST_VALUES = 100_000
_TAIL = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\r?\n[ \t]*(?:#[^\n]*)?)*")
_COLON = re.compile(r"[ \t]*:")
_NUMBER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_BY_WORD: dict[str, Any] = {"": None, "~": None, "null": None, "true": True, "false": False}


class NotYamlError(UneditableError):
    """A text that is no YAML, or more than one document of it."""

    def __init__(self, line: int, why: str) -> None:
        """Name the line, counted from 1, and the reason."""
        super().__init__(f"line {line} is not YAML that tokencli can change: {why}")


class Kind(Enum):
    """What a value is; an alias has the value of what it stands for."""

    SCALAR = "scalar"
    ALIAS = "alias"
    MAPPING = "mapping"
    LIST = "list"


@dataclass(slots=True)
class Node:
    """A value and where it stands; `end` is where the last of it ends, before the line's end."""

    kind: Kind
    start: int
    end: int
    value: Any
    is_flow: bool = False
    entries: list[Entry] = field(default_factory=list["Entry"])
    size: int = 1

    @property
    def is_empty(self) -> bool:
        """Say whether nothing is written where a value could be."""
        return self.kind is Kind.SCALAR and self.start == self.end


@dataclass(slots=True)
class Entry:
    """An entry of a mapping, or of a list: that one has no key. `start` is where its key or dash stands."""

    start: int
    key: Any
    node: Node


def parsed(text: str) -> Node | None:
    """Return the one value of a text; None when there is not even an empty document."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    reading, events = _Reading(text), _parser(YAML)
    try:
        for event in events.parse(text):
            reading.take(event)
    except MarkedYAMLError as error:
        raise _unread(error) from None
    except YAMLError as error:
        raise NotYamlError(1, str(error).partition("\n")[0]) from None
    return reading.root


def _parser(kind: Any) -> Any:
    """Return what makes events of a text; its own types are not complete."""
    return kind(typ="safe", pure=True)


def _unread(error: Any) -> NotYamlError:
    mark = error.problem_mark or error.context_mark
    return NotYamlError(mark.line + 1 if mark else 1, str(error.problem))


@dataclass(slots=True)
class _Open:
    """A mapping or list whose end has not come yet."""

    node: Node
    anchor: str | None
    key: Node | None = None


class _Reading:
    """What the events of a text have come to so far."""

    def __init__(self, text: str) -> None:
        self.root: Node | None = None
        self._text = text
        self._open: list[_Open] = []
        self._anchors: dict[str, Node | None] = {}

    def take(self, event: Any) -> None:
        """Take in the next event."""
        start, end = event.start_mark.index, event.end_mark.index
        match type(event).__name__:
            case "DocumentStartEvent" if self.root is not None:
                raise self._wrong(start, "a second document begins")
            case "ScalarEvent":
                end = len(self._text[:end].rstrip()) if event.style in {"|", ">"} else end
                self._close(Node(Kind.SCALAR, start, end, _plain(event)), event.anchor)
            case "AliasEvent":
                self._close(self._alias(event.anchor, start, end), None)
            case "MappingStartEvent" | "SequenceStartEvent" as name:
                value: Any = {} if name == "MappingStartEvent" else []
                kind = Kind.LIST if value == [] else Kind.MAPPING
                self._begin(Node(kind, start, end, value, is_flow=bool(event.flow_style)), event.anchor)
            case "MappingEndEvent" | "SequenceEndEvent":
                opened = self._open.pop()
                if opened.node.is_flow:
                    opened.node.end = end
                elif opened.node.entries:
                    opened.node.end = opened.node.entries[-1].node.end
                self._close(opened.node, opened.anchor)
            case _:
                pass

    def _begin(self, node: Node, anchor: str | None) -> None:
        if len(self._open) > DEEPEST:
            raise self._wrong(node.start, f"it is more than {DEEPEST} levels deep")
        if anchor is not None:
            self._anchors[anchor] = None
        self._open.append(_Open(node, anchor))

    def _close(self, node: Node, anchor: str | None) -> None:
        """Give a whole value to what it stands in."""
        if anchor is not None:
            self._anchors[anchor] = node
        if not self._open:
            self.root = node
            return
        opened = self._open[-1]
        holder = opened.node
        if holder.kind is Kind.MAPPING and opened.key is None:
            self._check_key(node, holder)
            opened.key = node
            return
        if node.is_empty and opened.key is not None:
            colon = _COLON.match(self._text, opened.key.end)
            node.start = node.end = node.start if colon is None else colon.end()
        start = self._dash(holder, node) if opened.key is None else opened.key.start
        entry = Entry(start, None if opened.key is None else opened.key.value, node)
        if opened.key is None:
            holder.value.append(node.value)
        else:
            holder.value[entry.key] = node.value
        holder.entries.append(entry)
        holder.size += node.size
        opened.key = None
        if holder.size > _MOST_VALUES:
            raise self._wrong(node.start, f"more than {_MOST_VALUES} values")

    def _check_key(self, node: Node, holder: Node) -> None:
        if node.kind in {Kind.MAPPING, Kind.LIST} or isinstance(node.value, dict | list):
            raise self._wrong(node.start, "a key is more than a word")
        if node.value in holder.value:
            raise self._wrong(node.start, f"the key {node.value} is there twice")

    def _dash(self, holder: Node, node: Node) -> int:
        """Return where an entry of a list begins: in a block, at its dash."""
        if holder.is_flow:
            return node.start
        if not holder.entries and self._text.startswith("-", holder.start):
            return holder.start
        last = holder.entries[-1].node.end if holder.entries else len(self._text[: node.start].rstrip(" \t")) - 1
        skipped = _TAIL.match(self._text, last)
        return skipped.end() if skipped else last

    def _alias(self, name: str, start: int, end: int) -> Node:
        target = self._anchors.get(name)
        if target is None:
            raise self._wrong(start, f"there is nothing whole that *{name} could stand for")
        return Node(Kind.ALIAS, start, end, target.value, size=target.size)

    def _wrong(self, place: int, why: str) -> NotYamlError:
        return NotYamlError(self._text.count("\n", 0, place) + 1, why)


def _plain(event: Any) -> Any:
    """Return the value of a scalar; one with a tag of its own is told from all that have none."""
    if event.tag is not None:
        return (event.tag, event.value)
    if event.style:
        return event.value
    word: str = event.value
    if word.lower() in _BY_WORD:
        return _BY_WORD[word.lower()]
    return json.loads(word.removeprefix("+")) if _NUMBER.fullmatch(word) else word
