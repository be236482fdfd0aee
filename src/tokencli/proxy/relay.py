"""The tee: what passes to the client is measured here, from a copy. Nothing that goes wrong here reaches the client.

This is the only place with a catch-all: an error while measuring is logged with its place in the source and without its
words, which may hold what an answer said; it is counted, and the answer passes on unmeasured.
"""

from __future__ import annotations

import logging
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from tokencli.wire.decoding import decoder

if TYPE_CHECKING:
    from collections.abc import Callable

    from tokencli.wire.decoding import Decoder
    from tokencli.wire.reading import Meter, Reading
    from tokencli.wire.registry import Api

_LOG = logging.getLogger("tokencli.proxy")
_IDENTITY = ("", "identity")
# What stands in the end mark of a stream, by API. Gemini's streams have none.
_DONE = (b"[DONE]",)
_MESSAGE_ENDS = (b"message_stop",)
_RESPONSE_ENDS = (b"response.completed", b"response.incomplete", b"response.failed", b"response.cancelled")
_LONGEST_MARK = max(map(len, (*_DONE, *_MESSAGE_ENDS, *_RESPONSE_ENDS)))

T = TypeVar("T")


@dataclass(slots=True)
class Slips:
    """How often measuring went wrong in this process; /health shows it."""

    count: int = 0


class Measurement:
    """Measures a copy of one answer; where it fails it stays silent and knows nothing."""

    __slots__ = ("_decoder", "_is_broken", "_marks", "_meter", "_slips", "_tail")

    def __init__(self, slips: Slips) -> None:
        """Measure nothing yet."""
        self._slips = slips
        self._meter: Meter | None = None
        self._decoder: Decoder | None = None
        self._is_broken = False
        self._marks: tuple[bytes, ...] = ()
        self._tail = b""

    def begin(self, api: Api, content_type: str, content_encoding: str, max_bytes: int) -> None:
        """Get ready for an answer; at most `max_bytes` of its unpacked copy are read."""

        def start() -> None:
            if content_encoding.strip().lower() not in _IDENTITY:
                self._decoder = decoder(content_encoding, max_bytes)
            self._meter = api.meter(content_type)
            self._marks = _end_marks(api.name)

        self.guarded(start)

    def may_end(self, chunk: bytes) -> bool:
        """Say whether the stream's own end may stand in a chunk; of a packed one nobody knows before it is unpacked."""
        if self._decoder is not None:
            return True
        seen = self._tail + chunk
        self._tail = seen[1 - _LONGEST_MARK :]
        for mark in self._marks:  # noqa: SIM110  a generator would cost more than the search
            if mark in seen:
                return True
        return False

    def observe(self, chunk: bytes) -> None:
        """Take in the next bytes as they came."""
        if self._meter is not None:
            self.guarded(lambda: self._observe(chunk))

    @property
    def is_done(self) -> bool:
        """Tell whether the answer said its own end."""
        meter = self._meter
        return meter is not None and bool(self.guarded(lambda: meter.is_done))

    def reading(self, *, is_complete: bool) -> Reading | None:
        """Return what was understood; None when nothing is measured, or measuring failed."""
        meter = self._meter
        return None if meter is None else self.guarded(lambda: meter.reading(is_complete=is_complete))

    def guarded(self, step: Callable[[], T]) -> T | None:
        """Return what a step of measuring returns; None when it fails, and from then on."""
        if self._is_broken:
            return None
        try:
            return step()
        except Exception as error:  # noqa: BLE001  the promise of this module: measuring never hurts forwarding
            self._is_broken = True
            self._slips.count += 1
            place = "".join(traceback.format_tb(error.__traceback__))
            _LOG.error("measuring an answer failed with %s:\n%s", type(error).__name__, place)
            return None

    def _observe(self, chunk: bytes) -> None:
        plain = chunk if self._decoder is None else self._decoder.feed(chunk)
        if plain and self._meter is not None:
            self._meter.observe(plain)


def _end_marks(api_name: str) -> tuple[bytes, ...]:
    if api_name.startswith("openai-responses"):
        return _RESPONSE_ENDS
    return _MESSAGE_ENDS if api_name == "anthropic-messages" else _DONE
