"""A call as a log tells it, on its way from a reader process."""

from __future__ import annotations

import msgspec

from tokencli.domain.usage import Basis, TokenUsage
from tokencli.readers.told import Told

USAGE = TokenUsage(input_tokens=110, cache_read_tokens=100, output_tokens=7, service_tier="batch")


def test_a_call_comes_whole_through_bytes() -> None:
    told = Told(
        key="claude-code:msg_1", at=1_700_000_000_000_000, usage=USAGE, is_growing=True, tags={"branch": "main"}
    )
    assert msgspec.msgpack.decode(msgspec.msgpack.encode([told]), type=list[Told]) == [told]


def test_a_call_without_counts_has_none() -> None:
    told = Told(key="k:1", at=0, usage=None, basis=Basis.MISSING)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(told), type=Told).usage is None


def test_tags_are_not_shared_between_calls() -> None:
    first, second = (Told(key=name, at=0, usage=USAGE) for name in ("a", "b"))
    first.tags["x"] = "y"
    assert second.tags == {}
