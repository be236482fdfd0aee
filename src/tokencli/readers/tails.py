"""Tails: by what the end of some content is known again."""

from __future__ import annotations

from typing import Final

from tokencli.readers.blake import blake2b

TAIL_BYTES: Final = 4096


def tail_of(data: bytes) -> str:
    """Return by what the end of some content is known again: "size:digest" of its last up to 4096 bytes."""
    end = data[-TAIL_BYTES:]
    return f"{len(end)}:{digest_of(end)}"


def digest_of(data: bytes) -> str:
    """Return 32 hexadecimal digits by which bytes are known again."""
    return blake2b(data, digest_size=16).hexdigest()
