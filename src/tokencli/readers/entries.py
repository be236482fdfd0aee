"""A JSON array of log entries, read entry by entry with flat memory."""

from __future__ import annotations

import codecs
import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokencli.readers.content import Readable

_PIECE: Final = 1 << 18
LONGEST_ENTRY: Final = 1 << 22
_GAP: Final = " \t\r\n,"


class Entry(NamedTuple):
    """One entry: its running number from 0, its offset, and its fields; None where it cannot be read."""

    number: int
    fields: dict[str, Any] | None


def is_array(head: bytes) -> bool:
    """Say whether content that begins so is a JSON array of objects (a log line may begin with "[" too)."""
    opened = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    return opened.startswith(b"[") and opened[1:].lstrip(b" \t\r\n")[:1] in (b"{", b"]")


def entries(stream: Readable) -> Iterator[Entry]:
    """Yield the entries of a JSON array; a broken one is yielded with None and ends the reading.

    The numbers are stable: the same array always gives the same ones, also when it grew at its end.
    """
    decode = codecs.getincrementaldecoder("utf-8")("replace").decode
    scan = json.JSONDecoder().raw_decode
    held, number, is_over = "", 0, False
    while True:
        held = held.lstrip("\ufeff" + _GAP) if number else held.lstrip("\ufeff \t\r\n").removeprefix("[").lstrip(_GAP)
        if held.startswith("]"):
            return
        try:
            value, end = scan(held)
        except (ValueError, RecursionError):
            piece = b"" if is_over or len(held) > LONGEST_ENTRY else stream.read(_PIECE)
            held += decode(piece, final=not piece)
            if not piece:
                if held.strip(_GAP + "]"):
                    yield Entry(number, None)
                return
            continue
        yield Entry(number, cast("dict[str, Any]", value) if isinstance(value, dict) else {})
        held, number = held[end:], number + 1
