"""Is this content known? A log is known again by its bytes, wherever it lies, whatever it is called or packed in.

A content is known again when it begins with the bytes of one that was read before and, just before the place up to
which that one was read, has the same bytes too. Then only what follows is new. Where another file went on from there
in its own way, the lines that follow get an origin of their own: a place in an origin is one line for ever. A file
that did not change since it was last read is known by the system's own facts (device, inode, size, time of change),
and not even opened.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from tokencli.domain.ingest import UNCHANGED
from tokencli.readers.content import filled, opened, unpacked
from tokencli.readers.entries import is_array
from tokencli.readers.tails import TAIL_BYTES, digest_of
from tokencli.store import log_files
from tokencli.store.known import has_from
from tokencli.store.log_files import LogFile

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from tokencli.store.database import Connection

HEAD_BYTES: Final = 1 << 16
_PIECE: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a file holds. `head` is its first up to 64 KiB of plain bytes; `start` is where the new part begins.

    `known` is what the ledger remembers of it, None for a content never seen. `origin_id` is the origin of what will be
    read, 0 for a new one. `is_replay` says that a part that was read before is read again, because the options now give
    times to lines that had none.
    """

    packing: str
    is_array: bool
    head: bytes
    known: LogFile | None
    start: int
    origin_id: int
    is_replay: bool


UNKNOWN: Final = Content(packing="plain", is_array=False, head=b"", known=None, start=0, origin_id=0, is_replay=False)


def file_of(place: str, stat: os.stat_result, content: Content, how: tuple[str, str]) -> LogFile:
    """Return what the ledger will remember of a file that is about to be read; `how` is its format and the options.

    A content that is read again from its beginning starts anew; it is remembered only when it is in as a whole.
    """
    known = content.known if content.start else None
    return LogFile(
        path=place,
        origin_id=content.origin_id,
        device=stat.st_dev,
        inode=stat.st_ino,
        size=stat.st_size,
        mtime_ns=stat.st_mtime_ns,
        offset=known.offset if known else 0,
        line_count=known.line_count if known else 0,
        head_bytes=known.head_bytes if known else 0,
        head_digest=known.head_digest if known else None,
        tail_digest=known.tail_digest if known else None,
        format=how[0],
        options=how[1],
        updated_at=0,
    )


def options_of(day: str | None, zone: str | None = None) -> str:
    """Return how a content is read, as stored text: the date of lines without time, and the zone of times."""
    return json.dumps({"date": day, "zone": zone})


def is_unchanged(known: LogFile | None, stat: os.stat_result, options: str) -> bool:
    """Say whether a file is the one that was last read at its path, with nothing added or changed, on the same date."""
    if known is None or _told(known.options, "date") != _told(options, "date"):
        return False
    was = (known.device, known.inode, known.size, known.mtime_ns)
    return was == (stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns)


def unchanged_words(known: LogFile | None, options: str) -> str:
    """Return "unchanged", and the zone in which the file was read when now another one is asked for."""
    zone = _told(known.options, "zone") if known else None
    if zone is None or zone == _told(options, "zone"):
        return UNCHANGED
    return f"{UNCHANGED}, and its times stay as they were read, with --tz {zone}"


def _told(options: str | None, name: str) -> str | None:
    told = json.loads(options or "{}").get(name)
    return None if told is None else str(told)


def content_of(connection: Connection, path: Path, options: str) -> Content:
    """Return what a file holds and how much of it the ledger knows; raise UnreadableFileError."""
    with opened(path) as (file, packing):
        stream = unpacked(file, packing)
        head = filled(stream, HEAD_BYTES)
        array = is_array(head)
        candidates = [] if array else _candidates(connection, head)
    known = next((each for each in candidates if _has_tail(path, each)), None)
    if known is None:
        return replace(UNKNOWN, packing=packing, is_array=array, head=head)
    is_other = _told(known.options, "date") != _told(options, "date")
    start = 0 if is_other else known.offset
    is_forked = log_files.is_continued(connection, known) or (start and has_from(connection, known.origin_id, start))
    return Content(
        packing=packing,
        is_array=array,
        head=head,
        known=known,
        start=start,
        origin_id=0 if is_forked else known.origin_id,
        is_replay=is_other and not is_forked,
    )


def _candidates(connection: Connection, head: bytes) -> list[LogFile]:
    found: list[LogFile] = []
    for size in log_files.head_sizes(connection):
        if size <= len(head):
            found += log_files.with_head(connection, size, digest_of(head[:size]))
    return sorted(found, key=lambda each: each.offset, reverse=True)


def _has_tail(path: Path, known: LogFile) -> bool:
    """Say whether the content has, just before the place up to which it was read, the bytes that stood there then."""
    size, _, digest = (known.tail_digest or "").partition(":")
    if not digest:
        return False
    length = min(int(size), TAIL_BYTES)
    with opened(path) as (file, packing):
        if packing == "plain":
            file.seek(known.offset - length)
            return digest_of(filled(file, length)) == digest
        stream = unpacked(file, packing)
        left = known.offset - length
        while left and (piece := stream.read(min(left, _PIECE))):
            left -= len(piece)
        return not left and digest_of(filled(stream, length)) == digest
