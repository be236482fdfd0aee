"""Meter for embeddings: a JSON body whose output is vectors, so that every token is input.

OpenAI, Azure, Mistral, OpenRouter and local servers say `usage.prompt_tokens`, Voyage `usage.total_tokens`
only, Cohere `meta.billed_units.input_tokens`, which is what it charges, images counted beside the text.
"""

from __future__ import annotations

from tokencli.domain.event import Finish
from tokencli.domain.usage import Basis, TokenUsage
from tokencli.wire.fields import child, count, error_type, raw_json, text
from tokencli.wire.framing import Message, Messages
from tokencli.wire.openai_usage import read_usage, reported_cost
from tokencli.wire.reading import Reading


def meter(content_type: str) -> EmbeddingsMeter:
    """Return the meter of one answer."""
    return EmbeddingsMeter(content_type)


class EmbeddingsMeter:
    """Reads one body; the vectors in it are thrown away as soon as it is parsed."""

    def __init__(self, content_type: str) -> None:
        self._messages = Messages(content_type)
        self._reading: Reading | None = None

    @property
    def is_done(self) -> bool:
        """Return False: a body ends where its bytes end."""
        return False

    def observe(self, chunk: bytes) -> None:
        """Take in the next bytes of the answer's body."""
        self._take(self._messages.feed(chunk))

    def reading(self, *, is_complete: bool) -> Reading:
        """Return what was understood; a body cut short says nothing."""
        if self._reading is not None:
            return self._reading
        return Reading(finish=Finish.UNKNOWN if is_complete else Finish.TRUNCATED)

    def _take(self, messages: list[Message]) -> None:
        for message in messages:
            if self._reading is None or self._reading.usage is None:
                self._reading = _read(message.value)


def _read(body: dict[str, object]) -> Reading:
    raw = child(body, "usage")
    units = child(child(body, "meta"), "billed_units")
    usage = read_usage(raw) or _cohere(units)
    error = error_type(body) if usage is None else None
    return Reading(
        usage=usage,
        basis=Basis.MISSING if usage is None else Basis.REPORTED,
        response_model=text(body, "model"),
        response_id=text(body, "id"),
        finish=Finish.ERROR if error else Finish.OK,
        error_type=error,
        reported_cost=reported_cost(raw),
        raw_usage=raw_json(raw or units) if usage else None,
        is_billed=error is None,
    )


def _cohere(units: dict[str, object]) -> TokenUsage | None:

    words, images = count(units, "input_tokens"), count(units, "image_tokens")
    if words is None and images is None:
        return None
    return TokenUsage(input_tokens=(words or 0) + (images or 0), image_input_tokens=images or 0)
