"""A JSON array of log entries, read entry by entry with flat memory."""

from __future__ import annotations

import codecs
import json
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokencli.readers.content import Readable

_PIECE: Final = 1 << 18
LONGEST_ENTRY: Final = 1 << 22
_GAP: Final = re.compile("[\ufeff \t\r\n,\\[\\]]*")


class Entry(NamedTuple):
    """One entry: its running number from 0, and its fields; None where it cannot be read."""

    number: int
    fields: dict[str, Any] | None


def is_array(head: bytes) -> bool:
    """Say whether content that begins so is a JSON array of objects (a log line may begin with "[" too)."""
    opened = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    return opened.startswith(b"[") and opened[1:].lstrip(b" \t\r\n")[:1] in (b"{", b"]")


def entries(stream: Readable) -> Iterator[Entry]:
    """Yield the entries of a JSON array, or of several that follow one another; nothing follows a broken one.

    The numbers are stable: the same array always gives the same ones, also when it grew at its end.
    """
    decode = codecs.getincrementaldecoder("utf-8")("replace").decode
    scan = json.JSONDecoder(strict=False).raw_decode
    held, at, number = "", 0, 0
    while True:
        at = _after_gap(held, at)
        try:
            value, at = scan(held, at)
        except (ValueError, RecursionError):
            held, at = held[at:], 0
            piece = b"" if len(held) > LONGEST_ENTRY else stream.read(_PIECE)
            held += decode(piece, final=not piece)
            if not piece:
                if _after_gap(held, 0) < len(held):
                    yield Entry(number, None)
                return
            continue
        yield Entry(number, cast("dict[str, Any]", value) if isinstance(value, dict) else {})
        number += 1


def _after_gap(text: str, start: int) -> int:
    gap = _GAP.match(text, start)
    return gap.end() if gap else start
