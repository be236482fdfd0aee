"""Meter for OpenAI's Responses (OpenAI, Azure, xAI, OpenRouter), their compaction included.

The body has `usage`; a stream has it in the `response` of its last event: response.completed,
response.incomplete or response.failed. The events before carry the same object with `usage: null` and the
tier that was asked for, so only the last one's tier counts. A background response is answered as `queued`
or `in_progress`: nothing is billed by that answer, the one that is fetched when it is done says the usage.
A stream is one response; should another begin in it, the last one is read.
"""

from __future__ import annotations

from copy import copy

from tokencli.domain.event import Finish
from tokencli.domain.usage import Basis
from tokencli.wire.fields import UNNAMED_ERROR, child, error_type, raw_json, text
from tokencli.wire.framing import Message, Messages
from tokencli.wire.openai_usage import read_usage, reported_cost
from tokencli.wire.reading import Reading

PENDING = frozenset({"queued", "in_progress"})
FIRST_EVENT = "response.created"
LAST_EVENTS = frozenset({"response.completed", "response.incomplete", "response.failed", "response.cancelled"})


def meter(content_type: str) -> ResponsesMeter:
    """Return the meter of one answer."""
    return ResponsesMeter(content_type)


class ResponsesMeter:
    """Reads one answer; keeps the usage of its last event."""

    def __init__(self, content_type: str) -> None:
        self._messages = Messages(content_type)
        self._seen = _Seen()

    def observe(self, chunk: bytes) -> None:
        """Take in the next bytes of the answer's body."""
        for message in self._messages.feed(chunk):
            if message.value.get("type") == FIRST_EVENT:
                self._seen = _Seen()
            self._seen.take(message)

    def reading(self, *, is_complete: bool) -> Reading:
        """Return what was understood so far."""
        seen = copy(self._seen)
        for message in self._messages.rest():
            seen.take(message)
        return seen.reading(is_stream=self._messages.is_stream is True, is_complete=is_complete)


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

    def take(self, message: Message) -> None:
        """Take in one event, or the body."""
        value = message.value
        kind = text(value, "type") or message.event
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
