"""TokenUsage: what one call used, in the meaning of OpenTelemetry gen_ai.

`input_tokens` INCLUDES cache reads and writes, `output_tokens` INCLUDES reasoning: the parts are
shown beside the whole and never added to it again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any

from tokencli.domain.errors import ImpossibleValueError
from tokencli.domain.kinds import Basis

__all__ = [
    "MAX_COUNT",
    "PLAIN_COUNTS",
    "Basis",
    "Estimate",
    "TokenUsage",
    "cache_hit_ratio",
    "check_count",
    "further",
    "whole_usage",
]
MAX_COUNT = 2**53
PLAIN_COUNTS = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens")
"""The counts that have a column of their own wherever calls are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenUsage:
    """Token counts of one call; every count is a whole number of tokens, 0 when nothing was said.

    `cache_write_tokens` INCLUDES the 5-minute and the 1-hour part; a rest that no source has put in
    either is priced as the provider's default lifetime. `inconsistent` marks counts that came from
    outside and contradict themselves (a part above its whole): they are kept, never clamped.

    Raises:
        ImpossibleValueError: a count is negative, not whole, or a part is above its whole.
    """

    input_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    cache_write_5m_tokens: int = 0
    cache_write_1h_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    audio_input_tokens: int = 0
    audio_cache_read_tokens: int = 0
    audio_output_tokens: int = 0
    image_input_tokens: int = 0
    image_cache_read_tokens: int = 0
    image_output_tokens: int = 0
    video_input_tokens: int = 0
    citation_tokens: int = 0
    web_search_requests: int = 0
    search_context_size: str | None = None
    service_tier: str | None = None
    inference_region: str | None = None
    inconsistent: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be true."""
        counts = _counts(self)
        for value in counts:
            if value.__class__ is not int or not 0 <= value <= MAX_COUNT:
                for name, each in zip(_COUNTS, counts, strict=True):
                    check_count(name, each)
        # Most calls have no parts, and nothing to compare then.
        if not self.inconsistent and any(_parts(self)):
            for part, whole, what in self.contradictions():
                raise ImpossibleValueError(what=what, value=part, rule=f"its whole is only {whole}")

    @property
    def uncached_input_tokens(self) -> int:
        """Return the input that was neither read from nor written to a cache; never below 0."""
        return max(0, self.input_tokens - self.cache_read_tokens - self.cache_write_tokens)

    @property
    def total_tokens(self) -> int:
        """Return input plus output; the parts are inside and not added again."""
        return self.input_tokens + self.output_tokens

    def contradictions(self) -> list[tuple[int, int, str]]:
        """Return (part, whole, name) for each part above its whole."""
        pairs = (
            (self.cache_read_tokens + self.cache_write_tokens, self.input_tokens, "cached input"),
            (
                self.cache_write_5m_tokens + self.cache_write_1h_tokens,
                self.cache_write_tokens,
                "cache writes",
            ),
            (self.reasoning_tokens, self.output_tokens, "reasoning_tokens"),
            (
                self.audio_input_tokens + self.image_input_tokens + self.video_input_tokens,
                self.input_tokens,
                "audio, image and video input",
            ),
            (
                self.audio_cache_read_tokens + self.image_cache_read_tokens,
                self.cache_read_tokens,
                "cached audio and images",
            ),
            (self.audio_cache_read_tokens, self.audio_input_tokens, "cached audio"),
            (self.image_cache_read_tokens, self.image_input_tokens, "cached images"),
            (self.citation_tokens, self.output_tokens, "citation_tokens"),
            (
                self.audio_output_tokens + self.image_output_tokens,
                self.output_tokens,
                "audio and image output",
            ),
        )
        return [pair for pair in pairs if pair[0] > pair[1]]


_COUNTS = tuple(field.name for field in fields(TokenUsage) if field.name.endswith(("_tokens", "_requests")))
_counts = attrgetter(*_COUNTS)
_parts = attrgetter(*(name for name in _COUNTS if name not in {"input_tokens", "output_tokens", "web_search_requests"}))


_FURTHER = sorted({field.name for field in fields(TokenUsage)} - {*PLAIN_COUNTS})
_further = attrgetter(*_FURTHER)


def further(usage: TokenUsage) -> str | None:
    """Return as a JSON object what a usage tells besides the plain counts; None when that is nothing."""
    values = _further(usage)
    if not any(values):
        return None
    return json.dumps({name: value for name, value in zip(_FURTHER, values, strict=True) if value})


def whole_usage(plain: tuple[int | None, ...], more: str | None) -> TokenUsage:
    """Return a usage by its plain counts, in their order, and what `further` told of it.

    An older ledger has all counts in `more`; they count.

    Raises:
        ImpossibleValueError: it cannot be true.
        TypeError, ValueError: `more` is nothing that `further` told.
    """
    told: dict[str, Any] = {name: count or 0 for name, count in zip(PLAIN_COUNTS, plain, strict=True)}
    return TokenUsage(**told) if more is None else TokenUsage(**told | json.loads(more))


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What we counted ourselves of one call, in tokens; None where nothing could be counted.

    It is kept beside the provider's own figures and never mixed into them.

    Raises:
        ImpossibleValueError: a count is negative or not whole.
    """

    input_tokens: int | None = None
    output_tokens: int | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be true."""
        for name in ("input_tokens", "output_tokens"):
            value = getattr(self, name)
            if value is not None:
                check_count(name, value)


def cache_hit_ratio(usage: TokenUsage) -> float | None:
    """Return the share of input tokens read from cache, 0..1; None when no input was counted."""
    return usage.cache_read_tokens / usage.input_tokens if usage.input_tokens else None


def check_count(name: str, value: object) -> None:
    """Raise ImpossibleValueError unless the value is a whole number between 0 and 2^53, and no bool."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise ImpossibleValueError(what=name, value=value, rule="a count is a whole number")
    if not 0 <= value <= MAX_COUNT:
        raise ImpossibleValueError(what=name, value=value, rule="a count lies between 0 and 2^53")
