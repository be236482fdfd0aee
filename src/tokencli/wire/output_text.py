"""Generated text in the bytes of an answer, measured without parsing it.

A stream that is cut has told no count of its output: what can be estimated then is estimated from the bytes of
text, reasoning and tool arguments that came. That needs no exact figure, and must cost next to nothing.
"""

from __future__ import annotations

import json
import re


def strings_under(*names: str) -> re.Pattern[bytes]:
    """Return a pattern that finds the JSON strings that are the value of one of the members named."""
    keys = "|".join(names)
    return re.compile(rf'"(?:{keys})"\s*+:\s*+"([^"\\]*+(?:\\.[^"\\]*+)*+)"'.encode())


def text_bytes(strings: re.Pattern[bytes], data: bytes) -> int:
    """Return the UTF-8 bytes of the text in all strings that the pattern finds."""
    found: list[bytes] = strings.findall(data)
    return sum(len(written) if b"\\" not in written else _unescaped(written) for written in found)


def plain_bytes(start: bytes, data: bytes) -> int:
    """Return the bytes of the string that begins behind `start`; 0 when there is none, it is empty, or has escapes.

    Most text of most streams is that plain, and found several times as fast as by a pattern.
    """
    at = data.find(start)
    if at < 0:
        return 0
    at += len(start)
    end = data.find(b'"', at)
    return max(0, end - at) if data.find(b"\\", at, end) < 0 else 0


def written_bytes(value: object) -> int:
    """Return the UTF-8 bytes of a string, or of the JSON of anything else, such as a tool's arguments; 0 for none."""
    if not value:
        return 0
    try:
        written = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except RecursionError:
        return 0
    return len(written.encode("utf-8", "replace"))


def _unescaped(written: bytes) -> int:
    try:
        text: str = json.loads(b'"' + written + b'"')
    except ValueError:
        return len(written)
    return len(text.encode("utf-8", "replace"))
