"""RequestBody: the few fields of a request's body that decide where it goes, and the two that may be rewritten.

A body that needs no rewrite is sent as it came, the very same bytes; a rewrite changes the value of the named member
and no other byte. A compressed body is unpacked for reading, and sent unpacked only when it had to be rewritten. What
is no JSON object passes as it came.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import msgspec

from tokencli.proxy.json_members import read_members, with_member
from tokencli.wire.decoding import decoder

if TYPE_CHECKING:
    from collections.abc import Mapping

LARGE_BYTES = 64 * 1024  # reading more and estimating its tokens takes about 1 ms: do it in a thread
MOST_UNPACKED_BYTES = 32 * 1024 * 1024  # a rewrite of the model and one of the wish for usage each take it again
_STREAM_OPTIONS = "stream_options"
_INCLUDE_USAGE = "include_usage"
_IDENTITY = {"", "identity"}
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RequestBody:
    """A body: the bytes to `send`, the `text` they spell unpacked, and the raw JSON `members` of that text.

    `is_packed` says that `sent` is compressed; `members` is None when the text is no JSON object. `is_huge` is what
    is larger unpacked than anybody needs, and was not read.
    """

    sent: bytes
    text: bytes
    members: Mapping[str, msgspec.Raw] | None
    is_packed: bool = False
    is_huge: bool = False

    @property
    def model(self) -> str | None:
        """Return the model that is asked for; None when none is named."""
        return self._value("model", str) or None

    @property
    def is_stream(self) -> bool:
        """Say whether the answer is to be a stream."""
        return self._value("stream", bool) or False

    @property
    def asks_for_usage(self) -> bool:
        """Say whether the client itself wants a stream's usage; an explicit false does not."""
        options = self._value(_STREAM_OPTIONS, dict[str, msgspec.Raw]) or {}
        return bytes(options.get(_INCLUDE_USAGE, b"")) == b"true"

    @property
    def prompt_cache_key(self) -> str | None:
        """Return what an OpenAI-style client calls its conversation, so that prompts are cached together."""
        return self._value("prompt_cache_key", str) or None

    def with_model(self, name: str) -> RequestBody:
        """Return the body with another model; the same body where none can be put in."""
        return self._with("model", json.dumps(name, ensure_ascii=False).encode())

    def with_usage_asked(self) -> RequestBody:
        """Return the body asking for a stream's usage, other stream options kept; the same body where it cannot."""
        said = bytes((self.members or {}).get(_STREAM_OPTIONS, b"null"))
        if said == b"null":
            return self._with(_STREAM_OPTIONS, b'{"include_usage":true}')
        options = read_members(said)
        asking = None if options is None else with_member(said, options, _INCLUDE_USAGE, b"true")
        return self if asking is None else self._with(_STREAM_OPTIONS, asking)

    def _with(self, name: str, value: bytes) -> RequestBody:
        text = None if self.members is None else with_member(self.text, self.members, name, value)
        if text is None:
            return self
        members = {**(self.members or {}), name: msgspec.Raw(value)}
        return RequestBody(sent=text, text=text, members=members)

    def _value(self, name: str, kind: type[_T]) -> _T | None:
        raw = (self.members or {}).get(name)
        if raw is None:
            return None
        try:
            return msgspec.json.decode(raw, type=kind)
        except ValueError:
            return None


def read_body(raw: bytes, content_encoding: str = "") -> RequestBody:
    """Return the body in these bytes; of one that cannot be unpacked, or is huge unpacked, no member is known."""
    if content_encoding.strip().lower() in _IDENTITY:
        return RequestBody(sent=raw, text=raw, members=read_members(raw))
    unpacking = decoder(content_encoding, MOST_UNPACKED_BYTES)
    text = unpacking.feed(raw)
    if unpacking.is_broken or unpacking.is_full:
        return RequestBody(sent=raw, text=b"", members=None, is_packed=True, is_huge=unpacking.is_full)
    return RequestBody(sent=raw, text=text, members=read_members(text), is_packed=True)
