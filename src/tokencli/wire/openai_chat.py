"""Meter for OpenAI's chat completions, completions and FIM, and for everyone who speaks the same.

Where usage stands:
- OpenAI, Azure, vLLM: `usage` in the body; in a stream in a last chunk with `choices: []`, null before it;
- Mistral, DeepSeek, OpenRouter, Cerebras: in the chunk that also has the finish_reason;
- Perplexity, SiliconFlow, Google: in many chunks, each with the sum so far, so the last one counts;
- Kimi: in `choices[0].usage`;
- Groq: in `x_groq.usage`, alone or beside the same figures in `usage`.

A stream without usage is `missing`: nobody asked for it. Errors may come inside a 200: as the body (Azure's
content filter), as an event in the middle (Groq), as `choices[0].error` (OpenRouter).

A long stream is nearly all text. Once id and model are known, a chunk that can say nothing more is not parsed.
"""

from __future__ import annotations

import re
from copy import copy
from typing import TYPE_CHECKING

from tokencli.domain.event import Finish
from tokencli.domain.usage import Basis
from tokencli.wire.fields import UNNAMED_ERROR, child, children, error_type, raw_json, text
from tokencli.wire.framing import Messages, parse_object
from tokencli.wire.openai_usage import read_usage, reported_cost
from tokencli.wire.output_text import plain_bytes, strings_under, text_bytes
from tokencli.wire.reading import Reading

if TYPE_CHECKING:
    from tokencli.domain.usage import TokenUsage

_CONTENT = b'"content":"'
_TEXT = strings_under("content", "reasoning_content", "reasoning", "arguments", "text", "refusal", "thinking")
# OpenRouter and LiteLLM say the reasoning once more, and quote the pages that were found; all behind what was written.
_NOT_WRITTEN = re.compile(rb'"(?:reasoning_details|thinking_blocks|annotations)"')
_TELLING = re.compile(rb'"(?:usage|finish_reason|error)"\s*+:\s*+(?!null)')


def meter(content_type: str) -> ChatMeter:
    """Return the meter of one answer."""
    return ChatMeter(content_type)


class ChatMeter:
    """Reads one answer; keeps the last usage that counts something."""

    def __init__(self, content_type: str) -> None:
        self._messages = Messages(content_type)
        self._seen = _Seen()

    @property
    def is_done(self) -> bool:
        """Tell whether `data: [DONE]` has come."""
        return self._messages.is_done

    def observe(self, chunk: bytes) -> None:
        """Take in the next bytes of the answer's body."""
        for _, data in self._messages.events(chunk):
            self._seen.take(data, is_stream=self._messages.is_stream is True)

    def reading(self, *, is_complete: bool) -> Reading:
        """Return what was understood so far."""
        rest = self._messages.rest_events()
        seen = copy(self._seen) if rest else self._seen
        for _, data in rest:
            seen.take(data, is_stream=True)
        if self._messages.is_stream:
            is_whole = self._messages.is_done or (is_complete and seen.has_end)
        else:
            is_whole = seen.has_object
        return seen.reading(is_whole=is_whole, is_complete=is_complete)


class _Seen:
    """What the chunks have said so far."""

    def __init__(self) -> None:
        self.raw: dict[str, object] = {}
        self.usage: TokenUsage | None = None
        self.usage_tier: str | None = None
        self.model: str | None = None
        self.id: str | None = None
        self.tier: str | None = None
        self.error: str | None = None
        self.has_object = False
        self.has_choices = False
        self.has_end = False
        self.output_bytes = 0

    def take(self, data: bytes, *, is_stream: bool) -> None:
        """Take in one chunk, or the body."""
        self.output_bytes += (is_stream and plain_bytes(_CONTENT, data)) or _text_bytes(data)
        if self.has_choices and self.id and self.model and b'"choices"' in data and not _TELLING.search(data):
            return
        value = parse_object(data)
        if value is not None:
            self._take_value(value)

    def reading(self, *, is_whole: bool, is_complete: bool) -> Reading:
        """Return the reading; `is_whole` says that the answer itself told its end."""
        usage = self.usage if self.usage_tier == self.tier else read_usage(self.raw, self.tier)
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
            is_billed=usage is not None or self.error is None or self.has_choices,
            output_bytes=self.output_bytes,
        )

    def _take_value(self, value: dict[str, object]) -> None:
        self.has_object = True
        self.model = text(value, "model") or self.model  # Azure's first chunk has an empty one
        self.id = text(value, "id") or self.id
        self.tier = text(value, "service_tier") or self.tier
        self.error = self.error or error_type(value)
        choices = children(value, "choices")
        for choice in choices:
            self._take_choice(choice)
        for raw in (
            child(value, "usage"),
            child(child(value, "x_groq"), "usage"),
            *(child(c, "usage") for c in choices),
        ):
            usage = read_usage(raw, self.tier) if raw else None
            # Worth more than the last one: some streams end in one of zeros.
            if usage is not None and (usage.total_tokens > 0 or not self.raw):
                self.raw, self.usage, self.usage_tier = raw, usage, self.tier
                break

    def _take_choice(self, choice: dict[str, object]) -> None:
        self.has_choices = True
        reason = text(choice, "finish_reason")
        self.has_end = self.has_end or reason is not None
        if choice.get("error") or reason == "error":
            self.error = self.error or error_type(choice) or UNNAMED_ERROR


def _text_bytes(data: bytes) -> int:
    rest = _NOT_WRITTEN.search(data)
    return text_bytes(_TEXT, data[: rest.start()] if rest else data)
