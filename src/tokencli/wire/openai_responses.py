"""Meter for OpenAI's Responses (OpenAI, Azure, xAI, OpenRouter), their compaction included.

The body has `usage`; a stream has it in the `response` of its last event: response.completed,
response.incomplete or response.failed. The events before carry the same object with `usage: null` and the
tier that was asked for, so only the last one's tier counts. A background response is answered as `queued`
or `in_progress`: nothing is billed by that answer, the one that is fetched when it is done says the usage.
A stream is one response; should another begin in it, the last one is read. A piece of text is not parsed: only
`type` and the text itself are in it.
"""

from __future__ import annotations

import re
from copy import copy

from tokencli.domain.event import Finish
from tokencli.domain.usage import Basis
from tokencli.wire.fields import UNNAMED_ERROR, child, error_type, raw_json, text
from tokencli.wire.framing import Messages, parse_object
from tokencli.wire.openai_usage import read_usage, reported_cost
from tokencli.wire.output_text import plain_bytes, strings_under, text_bytes
from tokencli.wire.reading import Reading

PENDING = frozenset({"queued", "in_progress"})
FIRST_EVENT = "response.created"
LAST_EVENTS = frozenset({"response.completed", "response.incomplete", "response.failed", "response.cancelled"})
_PLAIN = b'"delta":"'
_DELTA = strings_under("delta")  # the events behind tell the same text again, whole
_TEXT = strings_under("text", "arguments", "refusal", "input", "code")
_IS_PIECE = re.compile(rb'"type"\s*+:\s*+"response\.[a-z_.]++(?<=\.delta)"')
_TELLING = re.compile(rb'"(?:response|object|usage|error)"')


def meter(content_type: str) -> ResponsesMeter:
    """Return the meter of one answer."""
    return ResponsesMeter(content_type)


class ResponsesMeter:
    """Reads one answer; keeps the usage of its last event."""

    def __init__(self, content_type: str) -> None:
        self._messages = Messages(content_type)
        self._seen = _Seen()

    @property
    def is_done(self) -> bool:
        """Tell whether the response's last event has come."""
        return self._seen.has_end

    def observe(self, chunk: bytes) -> None:
        """Take in the next bytes of the answer's body."""
        for name, data in self._messages.events(chunk):
            self._seen = self._seen.after(name, data, is_stream=self._is_stream)

    def reading(self, *, is_complete: bool) -> Reading:
        """Return what was understood so far."""
        seen = copy(self._seen)
        for name, data in self._messages.rest_events():
            seen = seen.after(name, data, is_stream=self._is_stream)
        return seen.reading(is_stream=self._is_stream, is_complete=is_complete)

    @property
    def _is_stream(self) -> bool:
        return self._messages.is_stream is True


class _Seen:
    """What the events have said so far."""

    def __init__(self) -> None:
        self.raw: dict[str, object] = {}
        self.model: str | None = None
        self.id: str | None = None
        self.tier: str | None = None
        self.status: str | None = None
        self.error: str | None = None
        self.has_object = False
        self.has_output = False
        self.has_end = False
        self.output_bytes = 0

    def after(self, name: str, data: bytes, *, is_stream: bool) -> _Seen:
        """Return what is seen when one more event, or the body, has been taken in."""
        size = (plain_bytes(_PLAIN, data) or text_bytes(_DELTA, data)) if is_stream else text_bytes(_TEXT, data)
        if self.has_output and _IS_PIECE.search(data) and not _TELLING.search(data):
            self.output_bytes += size
            return self
        value = parse_object(data)
        if value is None:
            return self
        seen = _Seen() if value.get("type") == FIRST_EVENT else self
        seen.output_bytes += size
        seen.take(value, name)
        return seen

    def take(self, value: dict[str, object], name: str) -> None:
        """Take in one event with its name, or the body."""
        kind = text(value, "type") or name
        self.has_object = True
        self.has_end = self.has_end or kind in LAST_EVENTS
        self.has_output = self.has_output or kind.startswith("response.output") or kind.endswith(".delta")
        if kind == "error":
            self.error = self.error or text(child(value, "error"), "type", "code") or text(value, "code") or kind
        response = child(value, "response") or value
        if response is not value or "object" in value or "usage" in value:
            self._take_response(response)
        elif not kind:
            self.error = self.error or error_type(value)

    def reading(self, *, is_stream: bool, is_complete: bool) -> Reading:
        """Return the reading; the answer itself tells whether it came to its end."""
        usage = read_usage(self.raw, self.tier)
        is_whole = self.has_end if is_stream else self.has_object
        basis = Basis.REPORTED if is_whole else Basis.PARTIAL
        is_pending = self.status in PENDING and not is_stream
        return Reading(
            usage=usage,
            basis=Basis.MISSING if usage is None else basis,
            response_model=self.model,
            response_id=self.id,
            finish=self._finish(is_whole=is_whole, is_pending=is_pending, is_complete=is_complete),
            error_type=self.error,
            reported_cost=reported_cost(self.raw),
            raw_usage=raw_json(self.raw) if usage else None,
            is_billed=usage is not None or self.has_output or not (is_pending or self.error),
            output_bytes=self.output_bytes,
        )

    def _take_response(self, response: dict[str, object]) -> None:
        self.model = text(response, "model") or self.model
        self.id = text(response, "id") or self.id
        self.status = text(response, "status") or self.status
        if self.status == "failed" or response.get("error"):
            self.error = self.error or error_type(response) or UNNAMED_ERROR
        raw = child(response, "usage")
        if read_usage(raw) is not None:
            self.raw = raw
            self.tier = text(response, "service_tier")

    def _finish(self, *, is_whole: bool, is_pending: bool, is_complete: bool) -> Finish:
        if self.error:
            return Finish.ERROR
        if self.status == "cancelled":
            return Finish.CANCELLED
        if is_pending:
            return Finish.UNKNOWN
        if is_whole:
            return Finish.OK
        return Finish.TRUNCATED if self.has_object or not is_complete else Finish.UNKNOWN
