"""Meter for Anthropic's Messages, and for everyone who speaks the same (Kimi, Qwen, GLM, OpenRouter).

The body has `usage`. A stream says it twice: message_start has the prompt's part and a first guess at the output,
which no cut stream is charged with, message_delta the running totals. What message_delta says replaces what
message_start said, member by member, and never the larger of both: Kimi and Qwen begin with input_tokens of the whole
prompt and tell only at the end how much of it came from the cache; a compaction shrinks the prompt, server tools let
it grow.

- input_tokens leaves cache reads and writes out, output_tokens includes thinking;
- `iterations` lists each inference of the call. Compaction and an advisor's message are billed beside the usage;
  the advisor is another model. A refused attempt before a fallback is in no total, and nobody says that it is billed;
- an error may come in the middle of a stream, as an event of its own;
- a stream is one message; should another begin in it, the last one is read. Lines of JSON are read like events.
"""

from __future__ import annotations

from copy import copy

from tokencli.domain.event import Finish
from tokencli.domain.usage import Basis, TokenUsage
from tokencli.wire.fields import child, children, count, error_type, raw_json, text
from tokencli.wire.framing import Messages, parse_object
from tokencli.wire.openai_usage import consistent_or_marked, reported_cost
from tokencli.wire.output_text import plain_bytes, strings_under, text_bytes, written_bytes
from tokencli.wire.reading import Reading, SideCall

CACHE_READ, CACHE_WRITE = "cache_read_input_tokens", "cache_creation_input_tokens"
PROMPT = ("input_tokens", CACHE_READ, CACHE_WRITE)
IN_THE_USAGE = frozenset({"message", "fallback_message"})
EVENTS = frozenset({"message_start", "message_delta", "message_stop", "content_block_start", "content_block_stop"})
_PIECE = b'"content_block_delta"'
_PLAIN_TEXT = b'"text":"'
_PIECES_TEXT = strings_under("text", "thinking", "partial_json", "content")


def meter(content_type: str) -> MessagesMeter:
    """Return the meter of one answer."""
    return MessagesMeter(content_type)


def read_usage(raw: dict[str, object]) -> TokenUsage | None:
    """Return what a usage object of Anthropic's says, or None when it counts nothing."""
    split = child(raw, "cache_creation")
    short, long = count(split, "ephemeral_5m_input_tokens"), count(split, "ephemeral_1h_input_tokens")
    counts = [count(raw, name) for name in (*PROMPT, "output_tokens")]
    if all(number is None for number in (*counts, short, long)):
        return None
    fresh, cache_read, cache_write, output = counts
    written = (short or 0) + (long or 0) if cache_write is None else cache_write

    def build(*, inconsistent: bool) -> TokenUsage:
        return TokenUsage(
            input_tokens=(fresh or 0) + (cache_read or 0) + written,
            cache_read_tokens=cache_read or 0,
            cache_write_tokens=written,
            cache_write_5m_tokens=short or 0,
            cache_write_1h_tokens=long or 0,
            output_tokens=output or 0,
            reasoning_tokens=count(child(raw, "output_tokens_details"), "thinking_tokens") or 0,
            web_search_requests=count(child(raw, "server_tool_use"), "web_search_requests") or 0,
            service_tier="fast" if raw.get("speed") == "fast" else text(raw, "service_tier"),
            inference_region=text(raw, "inference_geo"),
            inconsistent=inconsistent,
        )

    return consistent_or_marked(build)


def overlaid(old: dict[str, object], new: dict[str, object]) -> dict[str, object]:
    """Return the usage of an earlier event with what a later one says in its place.

    A prompt has tokens, so one of zeros says nothing. The 5-minute and 1-hour split goes with the total it splits.
    A cache part that comes alone, behind a prompt without one, is inside that prompt as long as it fits.
    """
    said = {name: value for name, value in new.items() if value is not None}
    before, after = ([count(usage, name) or 0 for name in PROMPT] for usage in (old, said))
    if any(before) and not any(after):
        said = {name: value for name, value in said.items() if name not in PROMPT}
    merged = {**old, **said}
    if "cache_creation" not in said and count(merged, CACHE_WRITE) != count(old, CACHE_WRITE):
        merged.pop("cache_creation", None)
    cached = after[1] + after[2]
    if "input_tokens" not in said and not any(before[1:]) and 0 < cached <= before[0]:
        merged["input_tokens"] = before[0] - cached
    return merged


def side_calls(raw: dict[str, object], usage: TokenUsage) -> tuple[SideCall, ...]:
    """Return the inference that `iterations` lists and the usage does not include."""
    listed = [(item, found) for item in children(raw, "iterations") if (found := read_usage(item)) is not None]
    if sum(found.total_tokens for _, found in listed) == usage.total_tokens:
        return ()
    kinds = [(text(item, "type") or "message", text(item, "model"), found) for item, found in listed]
    return tuple(
        SideCall(kind=kind, model=model, usage=found) for kind, model, found in kinds if kind not in IN_THE_USAGE
    )


class MessagesMeter:
    """Reads one answer; keeps the usage as the events make it up."""

    def __init__(self, content_type: str) -> None:
        self._messages = Messages(content_type)
        self._seen = _Seen()

    @property
    def is_done(self) -> bool:
        """Tell whether message_stop has come."""
        return self._seen.has_end

    def observe(self, chunk: bytes) -> None:
        """Take in the next bytes of the answer's body."""
        for name, data in self._messages.events(chunk):
            self._seen = self._seen.after(name, data)

    def reading(self, *, is_complete: bool) -> Reading:
        """Return what was understood so far."""
        seen = copy(self._seen)
        for name, data in self._messages.rest_events():
            seen = seen.after(name, data)
        return seen.reading(is_complete=is_complete)


class _Seen:
    """What the events have said so far."""

    def __init__(self) -> None:
        self.raw: dict[str, object] = {}
        self.model: str | None = None
        self.id: str | None = None
        self.error: str | None = None
        self.has_object = False
        self.has_output = False
        self.has_totals = False
        self.has_stop = False
        self.has_end = False
        self.has_body = False
        self.output_bytes = 0

    def after(self, name: str, data: bytes) -> _Seen:
        """Return what is seen when one more event, or the body, has been taken in."""
        if _PIECE in data and b'"usage"' not in data and b'"error"' not in data:
            self.has_object = self.has_output = True
            self.output_bytes += plain_bytes(_PLAIN_TEXT, data) or text_bytes(_PIECES_TEXT, data)
            return self
        value = parse_object(data)
        if value is None:
            return self
        kind = text(value, "type") or name
        seen = _Seen() if kind == "message_start" else self
        seen.take(value, kind)
        return seen

    def reading(self, *, is_complete: bool) -> Reading:
        """Return the reading; the answer itself tells whether it came to its end."""
        is_whole = self.has_body or self.has_end or (is_complete and self.has_stop)
        usage = read_usage(self.raw if is_whole or self.has_totals else {**self.raw, "output_tokens": None})
        basis = Basis.REPORTED if is_whole else Basis.PARTIAL
        cut = Finish.TRUNCATED if self.has_object or not is_complete else Finish.UNKNOWN
        finish = Finish.OK if is_whole else cut
        return Reading(
            usage=usage,
            basis=Basis.MISSING if usage is None else basis,
            response_model=self.model,
            response_id=self.id,
            finish=Finish.ERROR if self.error else finish,
            error_type=self.error,
            reported_cost=reported_cost(self.raw),
            raw_usage=raw_json(self.raw) if usage else None,
            is_billed=usage is not None or self.error is None or self.has_output,
            side_calls=() if usage is None else side_calls(self.raw, usage),
            output_bytes=self.output_bytes,
        )

    def take(self, value: dict[str, object], kind: str) -> None:
        """Take in one event of this kind, or the body."""
        self.has_object = True
        self.has_end = self.has_end or kind == "message_stop"
        self.has_stop = self.has_stop or text(child(value, "delta"), "stop_reason") is not None
        if kind == "error" or "error" in value:
            self.error = self.error or error_type(value)
        if kind == "message_start":
            self._take_message(child(value, "message"))
        elif kind == "message_delta":
            self.has_totals = self.has_totals or count(child(value, "usage"), "output_tokens") is not None
            self._take_usage(child(value, "usage"))
        elif kind not in EVENTS and ("usage" in value or "content" in value):
            self.has_body = True
            self._take_message(value)

    def _take_message(self, message: dict[str, object]) -> None:
        self.model = text(message, "model") or self.model
        self.id = text(message, "id") or self.id
        self.output_bytes += sum(_block_bytes(block) for block in children(message, "content"))
        self._take_usage(child(message, "usage"))

    def _take_usage(self, usage: dict[str, object]) -> None:
        self.raw = overlaid(self.raw, usage)
        for item in children(usage, "iterations"):
            if item.get("type") == "fallback_message":  # the usage is that of the model that came in
                self.model = text(item, "model") or self.model


def _block_bytes(block: dict[str, object]) -> int:
    """A tool's result has a list as its content: it was not generated."""
    content = block.get("content")
    written = (
        block.get("text"),
        block.get("thinking"),
        block.get("input"),
        content if isinstance(content, str) else "",
    )
    return sum(written_bytes(part) for part in written)
