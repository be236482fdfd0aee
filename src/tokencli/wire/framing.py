"""Framing: the bytes of an answer, cut anywhere, into the JSON objects they carry.

An answer is a JSON body, an SSE stream, a JSON array that grows, or lines of JSON. `Messages` tells them
apart by their first bytes, because content types lie: a stream is refused with a plain JSON error, some
servers call a stream `text/plain`. Nothing here raises on any bytes, and memory is bounded: an object above
`max_bytes` is skipped and counted in `skipped`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TypeAlias, TypeGuard

import msgspec

MAX_BYTES = 64 * 1024 * 1024
DONE = b"[DONE]"
_LONGEST_DONE = 16  # with spaces around it
BOM = b"\xef\xbb\xbf"
_BEFORE = BOM + b" \t\r\n"
_OUTSIDE = re.compile(rb'(["{}])')
# The rest of a string up to its quote, or up to a backslash that the chunk's end parts from what it escapes.
_INSIDE = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+(["\\])', re.DOTALL)
# Up to the next bracket, over whole strings; a string that the chunk leaves open is not passed.
_STRINGS = re.compile(rb'[^"{}]*+(?:"(?:[^"\\]++|\\.)*+"[^"{}]*+)*+', re.DOTALL)
_WHOLE = msgspec.json.Decoder(msgspec.Raw)
_PLAIN = msgspec.json.Decoder()
_SSE_FIELDS = (b"data", b"event", b"id", b"retry")

Event: TypeAlias = tuple[str, bytes]  # the name of an SSE event ('' when it had none) and its data, not parsed


@dataclass(frozen=True, slots=True)
class Message:
    """One JSON object of an answer, with the name of the SSE event that carried it ('' when none did)."""

    event: str
    value: dict[str, object]


def is_object(value: object) -> TypeGuard[dict[str, object]]:
    """Tell whether a parsed JSON value is an object."""
    return isinstance(value, dict)


def parse_object(data: bytes) -> dict[str, object] | None:
    """Return the JSON object that the bytes spell, or None when they spell anything else.

    What the fast parser refuses (NaN, half a surrogate pair, another encoding) is left to the standard one.
    """
    value: object
    try:
        value = _PLAIN.decode(data)
    except (ValueError, RecursionError):
        value = _tolerantly_parsed(data)
    return value if is_object(value) else None


def _tolerantly_parsed(data: bytes) -> object:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _is_one_object(chunk: bytes) -> bool:
    """Say quickly whether a chunk is one whole JSON object; False may mean that it takes longer to tell."""
    if not (chunk.startswith(b"{") and chunk.rstrip().endswith(b"}")):
        return False
    try:
        _WHOLE.decode(chunk)
    except (ValueError, RecursionError):
        return False
    return True


class SseEvents:
    """Server-sent events as (name, data). Lines end in CR, LF or CRLF and in nothing else."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self.skipped = 0
        self._max_bytes = max_bytes
        self._line: list[bytes] = []
        self._line_size = 0
        self._name = ""
        self._data: list[bytes] = []
        self._data_size = 0
        self._after_cr = False
        self._is_first = True
        self._is_between = True  # nothing of an event is held

    def feed(self, chunk: bytes) -> list[Event]:
        """Return the events that the chunk completes."""
        if self._after_cr or b"\r" in chunk:
            chunk = self._with_newlines(chunk)
        events, at = self._whole_events(chunk)
        if at == len(chunk):
            return events
        *ended, begun = chunk[at:].split(b"\n")
        for piece in ended:
            self._hold(piece)
            events.extend(self._end_line())
        self._hold(begun)
        self._is_between = not (self._line or self._data or self._data_size or self._name)
        return events

    def rest(self) -> list[Event]:
        """Return the event that the stream's end leaves without its blank line; changes nothing."""
        name, data = self._field(b"".join(self._line), self._name)
        is_whole = self._line_size <= self._max_bytes
        size = self._data_size + (0 if data is None else len(data) + 1)
        if size > self._max_bytes or not (is_whole or data is None):
            return []
        parts = self._data if data is None else [*self._data, data]
        return [(name if is_whole else self._name, b"\n".join(parts))] if parts else []

    def _whole_events(self, chunk: bytes) -> tuple[list[Event], int]:
        """Return the events of the plain kind that the chunk begins with, and where they end.

        Nearly every stream comes as nothing else: one line of data, perhaps its name before it, a blank line.
        """
        events: list[Event] = []
        at = done = 0
        if not self._is_between or len(chunk) > self._max_bytes:
            return events, done
        while (end := chunk.find(b"\n\n", at)) >= 0:
            name = ""
            if chunk.startswith(b"event: ", at) and (line_end := chunk.find(b"\n", at, end)) >= 0:
                name = chunk[at + 7 : line_end].decode("utf-8", "replace")
                at = line_end + 1
            data = chunk[at + 6 : end]
            if not chunk.startswith(b"data: ", at) or b"\n" in data:
                break
            events.append((name, data))
            at = done = end + 2
        self._is_first = self._is_first and not events
        return events, done

    def _with_newlines(self, chunk: bytes) -> bytes:
        if self._after_cr and chunk:
            chunk, self._after_cr = chunk.removeprefix(b"\n"), False
        if b"\r" in chunk:
            self._after_cr = chunk.endswith(b"\r")
        return chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _hold(self, piece: bytes) -> None:
        if piece and self._line_size <= self._max_bytes:
            self._line.append(piece)
            self._line_size += len(piece)

    def _end_line(self) -> list[Event]:
        line, is_whole = b"".join(self._line), self._line_size <= self._max_bytes
        self._line, self._line_size = [], 0
        if not line:
            return self._end_event()
        name, data = self._field(line, self._name)
        self._name = name if is_whole else self._name
        self._is_first = False
        if data is not None:
            self._data_size += len(data) + 1 if is_whole else self._max_bytes + 1
            if self._data_size <= self._max_bytes:
                self._data.append(data)
        return []

    def _end_event(self) -> list[Event]:
        name, parts, is_whole = self._name, self._data, self._data_size <= self._max_bytes
        self._name, self._data, self._data_size = "", [], 0
        if not is_whole:
            self.skipped += 1
        return [(name, b"\n".join(parts))] if parts and is_whole else []

    def _field(self, line: bytes, name: str) -> tuple[str, bytes | None]:
        if self._is_first:
            line = line.removeprefix(BOM)
        key, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if key == b"data":
            return name, value
        return (value.decode("utf-8", "replace") if key == b"event" else name), None


class JsonObjects:
    """The outermost JSON objects of a body: the body itself, the items of an array, or one on each line."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self.skipped = 0
        self._max_bytes = max_bytes
        self._parts: list[bytes] = []
        self._size = 0
        self._depth = 0
        self._in_string = False
        self._skips = False

    @property
    def is_inside(self) -> bool:
        """Tell whether an object was begun and not ended yet."""
        return self._depth > 0

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the objects that the chunk completes, as bytes still to be parsed."""
        if not (self._depth or self._skips) and _is_one_object(chunk):
            return [chunk] if len(chunk) <= self._max_bytes else self._end_object(chunk)
        objects: list[bytes] = []
        start = at = 0
        if self._skips and chunk:  # the chunk was cut behind a backslash
            self._skips, at = False, 1
        while found := self._next(chunk, at):
            at, mark, depth = found.end(), found.group(1), self._depth
            if mark == b"\\":
                self._skips = True
            else:
                self._take(mark)
            if self._depth == 1 > depth:
                start = at - 1
            elif self._depth == 0 < depth:
                objects.extend(self._end_object(chunk[start:at]))
        if self._depth:
            self._hold(chunk[start:])
        return objects

    def _next(self, chunk: bytes, at: int) -> re.Match[bytes] | None:
        """Return the next mark behind a place: a bracket, a quote, or a backslash at the chunk's end."""
        if self._in_string:
            return _INSIDE.match(chunk, at)
        passed = _STRINGS.match(chunk, at) if self._depth else None
        return _OUTSIDE.search(chunk, passed.end() if passed else at)

    def _take(self, mark: bytes) -> None:
        if mark == b"{":
            self._depth += 1
        elif self._depth == 0:
            return
        elif mark == b"}":
            self._depth -= 1
        else:
            self._in_string = not self._in_string

    def _hold(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size <= self._max_bytes:
            self._parts.append(piece)
        else:
            self._parts = []

    def _end_object(self, piece: bytes) -> list[bytes]:
        self._hold(piece)
        parts, is_whole = self._parts, self._size <= self._max_bytes
        self._parts, self._size = [], 0
        if not is_whole:
            self.skipped += 1
        return [b"".join(parts)] if is_whole else []


class Messages:
    """The JSON objects of one answer, whatever it is framed in.

    `is_stream` is True for SSE, False for JSON, None before the first byte that tells; `is_done` is True
    once `data: [DONE]` has come, `is_open` while a JSON array lacks its end.
    """

    def __init__(self, content_type: str, max_bytes: int = MAX_BYTES) -> None:
        self.is_stream: bool | None = None
        self.is_done = False
        self._says_sse = "event-stream" in content_type.lower()
        self._head = b""
        self._sse = SseEvents(max_bytes)
        self._json = JsonObjects(max_bytes)
        self._is_array = False
        self._last = b""

    @property
    def is_open(self) -> bool:
        """Tell whether the body is a JSON array that was begun and not ended yet."""
        return self._is_array and (self._json.is_inside or self._last != b"]")

    @property
    def skipped(self) -> int:
        """Return how many objects were too large to be read."""
        return self._sse.skipped + self._json.skipped

    def feed(self, chunk: bytes) -> list[Message]:
        """Return the objects that the chunk completes, in order; what is no JSON object is left out."""
        return _messages(self.events(chunk))

    def events(self, chunk: bytes) -> list[Event]:
        """Return what the chunk completes, not parsed: for meters that need not read every event."""
        if self.is_stream is None:
            chunk = self._head = (self._head + chunk).lstrip(_BEFORE)
            self.is_stream = _tells_stream(chunk, says_sse=self._says_sse)
            if self.is_stream is None:
                return []
            self._head = b""
            self._is_array = not self.is_stream and chunk.startswith(b"[")
        if not self.is_stream:
            self._last = chunk.rstrip()[-1:] or self._last
            return [("", data) for data in self._json.feed(chunk)]
        events = self._sse.feed(chunk)
        for _, data in events:
            if len(data) <= _LONGEST_DONE and data.strip() == DONE:
                self.is_done = True
        return events

    def rest(self) -> list[Message]:
        """Return the object that the end of the body completes, such as a last event without a blank line.

        Changes nothing: more bytes may still be fed.
        """
        return _messages(self.rest_events())

    def rest_events(self) -> list[Event]:
        """Return the same, not parsed."""
        return self._sse.rest() if self.is_stream else []


def _messages(events: list[Event]) -> list[Message]:
    parsed = ((name, parse_object(data)) for name, data in events)
    return [Message(name, value) for name, value in parsed if value is not None]


def _tells_stream(head: bytes, *, says_sse: bool) -> bool | None:
    if head[:1] in {b"{", b"["}:
        return False
    field, colon, _ = head.partition(b":")
    if colon:
        return says_sse or field in {b"", *_SSE_FIELDS}
    if any(name.startswith(field) for name in _SSE_FIELDS):
        return None
    return says_sse
