"""The members of a JSON object, found and replaced in the bytes that came: all other bytes stay as they are.

Only the outermost object is looked at. What a strict parser refuses (NaN, a byte order mark, a raw line end in a
string) and what it would hide (a key that stands there twice) is read by a tolerant one, more slowly. Nothing here
raises on any bytes.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

Span = tuple[int, int]

_STRICT = msgspec.json.Decoder(dict[str, msgspec.Raw])
# Latin-1 makes one character of each byte, so that places in the text are places in the bytes.
_TOLERANT = json.JSONDecoder(parse_int=str, parse_float=str, strict=False)
_START = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*+\{[ \t\r\n]*+")
_KEY = re.compile(rb'("(?:[^"\\]|\\.)*+")[ \t\r\n]*+:[ \t\r\n]*+', re.DOTALL)
_NEXT = re.compile(rb"[ \t\r\n]*+([,}])[ \t\r\n]*+")


def read_members(text: bytes) -> Mapping[str, msgspec.Raw] | None:
    """Return each member's raw JSON value by name; None when the bytes are no JSON object.

    Of a name that stands there twice the last value counts, as it does for most servers.
    """
    if not _START.match(text):
        return None
    try:
        return _STRICT.decode(text)
    except (ValueError, RecursionError):
        spans = _tolerant_spans(text)
    if spans is None:
        return None
    return {name: msgspec.Raw(text[slice(*found[-1])]) for name, found in spans.items()}


def with_member(text: bytes, members: Mapping[str, msgspec.Raw], name: str, value: bytes) -> bytes | None:
    """Return the object with one member's value replaced everywhere it stands, or put in front where it is not.

    None when its place cannot be told, and then nothing should be changed.
    """
    start = _START.match(text)
    if start is None:
        return None
    if name not in members:
        at = start.end()
        return b"".join((text[:at], json.dumps(name).encode(), b":", value, b"," if members else b"", text[at:]))
    spans = _spans(text, start.end(), members)
    if spans is None:
        return None
    parts: list[bytes] = []
    done = 0
    for begin, end in spans.get(name, []):
        parts += (text[done:begin], value)
        done = end
    return b"".join((*parts, text[done:]))


def _spans(text: bytes, at: int, members: Mapping[str, msgspec.Raw]) -> dict[str, list[Span]] | None:
    """Return where the values stand, jumping over each by its known length; a name given twice needs a real look."""
    spans: dict[str, list[Span]] = {}
    while key := _KEY.match(text, at):
        name = _name(key[1])
        value = bytes(members.get(name, b""))
        end = key.end() + len(value)
        after = _NEXT.match(text, end)
        if not value or after is None or not text.startswith(value, key.end()):
            break
        spans.setdefault(name, []).append((key.end(), end))
        at = after.end()
        if after[1] == b"}":
            return spans
    return _tolerant_spans(text)


def _tolerant_spans(text: bytes) -> dict[str, list[Span]] | None:
    start = _START.match(text)
    if start is None:
        return None
    at, spans = start.end(), dict[str, list[Span]]()
    if text[at : at + 1] == b"}":
        return spans if not text[at + 1 :].strip(b" \t\r\n") else None
    characters = text.decode("latin-1")
    while key := _KEY.match(text, at):
        try:
            _, end = _TOLERANT.raw_decode(characters, key.end())
        except (ValueError, RecursionError):
            return None
        spans.setdefault(_name(key[1]), []).append((key.end(), end))
        after = _NEXT.match(text, end)
        if after is None:
            return None
        at = after.end()
        if after[1] == b"}":
            return spans if at == len(text) else None
    return None


def _name(quoted: bytes) -> str:
    """Return a member's name; one in a broken encoding stays readable enough to be no name that is looked for."""
    plain = quoted.decode("utf-8", "replace")
    if "\\" not in plain:
        return plain[1:-1]
    try:
        name: str = _TOLERANT.decode(plain)
    except ValueError:
        return quoted.decode("latin-1")
    return name
