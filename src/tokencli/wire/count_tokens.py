"""Meter for counted tokens: Anthropic's, Gemini's and OpenAI's answer to "how long is this prompt".

The count in it describes a prompt that was not run: nothing is used, nothing is charged.
"""

from __future__ import annotations

from tokencli.domain.event import Finish
from tokencli.wire.fields import error_type, text
from tokencli.wire.framing import Message, Messages
from tokencli.wire.reading import Reading


def meter(content_type: str) -> CountTokensMeter:
    """Return the meter of one answer."""
    return CountTokensMeter(content_type)


class CountTokensMeter:
    """Reads one body for its model and its error; never for a usage."""

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
        """Return how the call ended; there is no usage in it."""
        if self._reading is not None:
            return self._reading
        return Reading(finish=Finish.UNKNOWN if is_complete else Finish.TRUNCATED, is_billed=False)

    def _take(self, messages: list[Message]) -> None:
        for message in messages:
            if self._reading is None:
                error = error_type(message.value)
                self._reading = Reading(
                    response_model=text(message.value, "model"),
                    finish=Finish.ERROR if error else Finish.OK,
                    error_type=error,
                    is_billed=False,
                )
