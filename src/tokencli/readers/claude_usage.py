"""What Claude Code's records say about one message: Anthropic's usage object, in our meaning.

Anthropic's input_tokens leaves cache reads and writes out; output_tokens includes thinking. `iterations` lists each
inference of the call: compaction and an advisor's message are billed beside the usage, unless the usage is their sum.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec

from tokencli.domain.errors import ImpossibleValueError
from tokencli.domain.usage import TokenUsage
from tokencli.readers.agent_fields import LONGEST_RAW, NO_TRUE_COUNT, OTHER_SHAPE, Number, count, text
from tokencli.readers.told import BrokenRecordError

IN_THE_USAGE: Final = frozenset({"message", "fallback_message"})


class Split(msgspec.Struct, gc=False):
    """Cache writes by how long they live."""

    ephemeral_5m_input_tokens: Number = None
    ephemeral_1h_input_tokens: Number = None


class Tools(msgspec.Struct, gc=False):
    """Uses of the provider's own tools."""

    web_search_requests: Number = None


class Details(msgspec.Struct, gc=False):
    """Parts of the output."""

    thinking_tokens: Number = None


class Counts(msgspec.Struct):
    """What a usage object and each of its iterations count."""

    input_tokens: Number = None
    cache_creation_input_tokens: Number = None
    cache_read_input_tokens: Number = None
    output_tokens: Number = None
    cache_creation: Split | None = None
    output_tokens_details: Details | None = None
    server_tool_use: Tools | None = None


class Iteration(Counts):
    """One inference of a call."""

    type: str | None = None
    model: str | None = None


class Usage(Counts):
    """The usage object of a message."""

    service_tier: str | None = None
    inference_geo: str | None = None
    speed: str | None = None
    iterations: list[Iteration] | None = None


class SideCall(NamedTuple):
    """One inference of a call that is billed beside its usage."""

    kind: str
    model: str | None
    usage: TokenUsage


class Spent(NamedTuple):
    """What a usage object says: the message's own usage, the model that came in for another, side calls, the JSON."""

    usage: TokenUsage
    model: str | None
    sides: tuple[SideCall, ...]
    raw: str | None


_usage = msgspec.json.Decoder(Usage)
_NOTHING: Final = frozenset({b"", b"null", b"{}"})


def spent(raw: bytes) -> Spent | None:
    """Return what a usage object says, None when it counts nothing; raise BrokenRecordError when it cannot be read."""
    if raw in _NOTHING:
        return None
    try:
        told = _usage.decode(raw)
    except (ValueError, RecursionError):
        raise BrokenRecordError(OTHER_SHAPE) from None
    usage = token_usage(told, told)
    if usage is None:
        return None
    model, sides = (None, ()) if not told.iterations else _iterations(told.iterations, usage)
    written = raw.decode("utf-8", "replace") if len(raw) <= LONGEST_RAW else None
    return Spent(usage, model, sides, written)


def token_usage(counts: Counts, terms: Usage | None = None) -> TokenUsage | None:
    """Return the counts in our meaning; None when there are none. `terms` tells tier, speed and region."""
    split = counts.cache_creation
    short, long = (
        (0, 0)
        if split is None
        else (
            count(split.ephemeral_5m_input_tokens),
            count(split.ephemeral_1h_input_tokens),
        )
    )
    written = short + long
    if counts.cache_creation_input_tokens is not None:
        written = count(counts.cache_creation_input_tokens)
    elif counts.input_tokens is counts.output_tokens is counts.cache_read_input_tokens is None and split is None:
        return None
    details, tools = counts.output_tokens_details, counts.server_tool_use
    read, output = count(counts.cache_read_input_tokens), count(counts.output_tokens)
    thinking = count(details.thinking_tokens) if details else 0
    return TokenUsage(
        input_tokens=count(counts.input_tokens) + read + written,
        cache_read_tokens=read,
        cache_write_tokens=written,
        cache_write_5m_tokens=short,
        cache_write_1h_tokens=long,
        output_tokens=output,
        reasoning_tokens=thinking,
        web_search_requests=count(tools.web_search_requests) if tools else 0,
        service_tier=None if terms is None else "fast" if terms.speed == "fast" else text(terms.service_tier),
        inference_region=None if terms is None else text(terms.inference_geo),
        inconsistent=short + long > written or thinking > output,
    )


def plain_usage(fresh: int, read: int, written: int, output: int, searches: int = 0) -> TokenUsage:
    """Return the usage of four counts that do not overlap, and of web searches."""
    try:
        return TokenUsage(
            input_tokens=fresh + read + written,
            cache_read_tokens=read,
            cache_write_tokens=written,
            output_tokens=output,
            web_search_requests=searches,
        )
    except ImpossibleValueError:
        raise BrokenRecordError(NO_TRUE_COUNT) from None


def _iterations(listed: list[Iteration], usage: TokenUsage) -> tuple[str | None, tuple[SideCall, ...]]:
    """Return the model that came in for another, and the calls beside the message's own."""
    model = next((text(item.model) for item in listed if item.type == "fallback_message"), None)
    known = [
        SideCall(item.type or "message", text(item.model), found) for item in listed if (found := token_usage(item))
    ]
    if sum(item.usage.total_tokens for item in known) == usage.total_tokens:
        return model, ()
    return model, tuple(item for item in known if item.kind not in IN_THE_USAGE)
