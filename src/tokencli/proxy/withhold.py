"""UsageWithholder: takes out of a stream the one event that we asked for and the client did not.

That is an event with a usage object and no choices, as providers send it when a request says include_usage. An event
with content is never taken, whatever else it carries. All other bytes pass as they came, and no event is held back
for longer than it may still be the one.
"""

from __future__ import annotations

import re

from tokencli.wire.framing import parse_object

LARGEST_BYTES = 16 * 1024  # an event above this is none that only tells usage
_FIELDS = (b"data", b"event", b"id", b"retry")
_WHOLE = (b"\n\n", b"\r\n\r\n")
_BLANK = re.compile(rb"(?>\r\n|\r|\n)(?>\r\n|\r|\n)")
_LINE = re.compile(rb"([^\r\n]*+)((?>\r\n|\r|\n)?)")
_BETWEEN = re.compile(rb"(?>\r\n|\r|\n)|:[^\r\n]*+(?>\r\n|\r|\n)")
_WORD = re.compile(rb"[a-z]*+")
_USAGE = re.compile(rb'"usage"\s*+:\s*+\{')
_CONTENT = re.compile(rb'"choices"\s*+:\s*+\[\s*+[^\]\s]')
_NO_OBJECT = re.compile(rb"data:[ \t]*+[^{ \t\r\n]")


class UsageWithholder:
    """Filters one stream; `feed` each chunk, and give out the `rest` when the stream has ended."""

    def __init__(self) -> None:
        self._held = b""
        self._passes = False
        self._in_comment = False
        self._last = b""
        self._drops_lf = False

    def feed(self, chunk: bytes) -> bytes:
        """Return what the client gets now."""
        if not (self._held or self._drops_lf) and chunk.endswith(_WHOLE) and not _USAGE.search(chunk):
            self._passes = self._in_comment = False
            return chunk
        if self._drops_lf and chunk:
            chunk, self._drops_lf = chunk.removeprefix(b"\n"), False
        data, self._held, at = self._held + chunk, b"", 0
        given: list[bytes] = []
        while at < len(data):
            at = self._step(data, at, given)
        return b"".join(given)

    def rest(self) -> bytes:
        """Return what was held back of an event that the end of the stream left without its blank line."""
        held, self._held = self._held, b""
        return _comments(held) if _tells_only_usage(held) else held

    def _step(self, data: bytes, at: int, given: list[bytes]) -> int:
        """Take the next part of the data, and return where it ends."""
        if self._passes:
            return self._pass_event(data, at, given)
        if self._in_comment or data.startswith(b":", at):
            return self._pass_comment(data, at, given)
        if between := _BETWEEN.match(data, at):
            given.append(between[0])
            return between.end()
        return self._take_event(data, at, given)

    def _take_event(self, data: bytes, at: int, given: list[bytes]) -> int:
        end = _BLANK.search(data, at)
        event = data[at : end.end()] if end else data[at:]
        if end is None:
            self._passes = not _may_tell_only_usage(event)
            if self._passes:
                self._last = b""
                return at
            self._held = event
        elif _tells_only_usage(event):
            given.append(_comments(event))
            self._drops_lf = event.endswith(b"\r") and end.end() == len(data)
        else:
            given.append(event)
        return at + len(event)

    def _pass_event(self, data: bytes, at: int, given: list[bytes]) -> int:
        """Pass an event that is not the one, up to its blank line; the last byte passed may begin that."""
        behind = self._last + data[at:]
        end = _BLANK.search(behind)
        self._passes = end is None
        passed = behind[len(self._last) : end.end() if end else None]
        self._last = passed[-1:] or self._last
        given.append(passed)
        return at + len(passed)

    def _pass_comment(self, data: bytes, at: int, given: list[bytes]) -> int:
        line = _LINE.match(data, at)
        if line is None:
            return len(data)
        self._in_comment = not line[2]
        given.append(line[0])
        return line.end()


def _may_tell_only_usage(event: bytes) -> bool:
    """Say whether an event of which more may come can still be the one; once False it stays so."""
    if len(event) > LARGEST_BYTES:
        return False
    word = (_WORD.match(event) or [b""])[0]
    if len(word) == len(event):
        return any(field.startswith(word) for field in _FIELDS)
    is_field = word in _FIELDS and event[len(word) : len(word) + 1] in b":\r\n"
    return is_field and not _CONTENT.search(event) and not _NO_OBJECT.match(event)


def _tells_only_usage(event: bytes) -> bool:
    if not _may_tell_only_usage(event) or not _USAGE.search(event):
        return False
    fields = [line[1].partition(b":") for line in _LINE.finditer(event)]
    value = parse_object(b"\n".join(said.removeprefix(b" ") for name, _, said in fields if name == b"data"))
    return (
        value is not None and isinstance(value.get("usage"), dict) and not value.get("choices") and "error" not in value
    )


def _comments(event: bytes) -> bytes:
    """Return the comment lines in an event, which the client gets all the same."""
    return b"".join(line[0] for line in _LINE.finditer(event) if line[0].startswith(b":"))
