"""What the ledger remembers of the files it has read: how far, and by what their content is known again."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tokencli.store import many_rows

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence


class LogFile(NamedTuple):
    """One content at one path. `offset` counts plain bytes taken in; the digests are hexadecimal.

    `head_digest` covers the first `head_bytes` bytes of the content, `tail_digest` the last up to 4096 before
    `offset`. `options` is what the reading depended on, `state` what the reader of a client's log must know to go on.
    Times are as the system gives them.
    """

    path: str
    origin_id: int
    device: int | None
    inode: int | None
    size: int
    mtime_ns: int
    offset: int
    line_count: int
    head_bytes: int
    head_digest: str | None
    tail_digest: str | None
    format: str
    options: str | None
    updated_at: int
    state: str | None = None


_COLUMNS = ", ".join(f'"{name}"' for name in LogFile._fields)
_UPDATES = ", ".join(f'"{name}" = excluded."{name}"' for name in LogFile._fields[2:])
_ON_CONFLICT = f" ON CONFLICT (path, origin_id) DO UPDATE SET {_UPDATES}"


def latest_at(connection: sqlite3.Connection, path: str) -> LogFile | None:
    """Return what was last read at a path; None when nothing was."""
    statement = f"SELECT {_COLUMNS} FROM log_file WHERE path = ? ORDER BY updated_at DESC, id DESC LIMIT 1"  # noqa: S608
    row = connection.execute(statement, (path,)).fetchone()
    return LogFile(*row) if row else None


def facts(connection: sqlite3.Connection) -> dict[str, tuple[int | None, int | None, int, int]]:
    """Return (device, inode, size, time of change) of every file as it was when it was last read, by path."""
    rows = connection.execute("SELECT path, device, inode, size, mtime_ns FROM log_file ORDER BY updated_at, id")
    return {path: (device, inode, size, mtime_ns) for path, device, inode, size, mtime_ns in rows}


def head_sizes(connection: sqlite3.Connection) -> list[int]:
    """Return the different sizes of the heads that contents are known by, ascending."""
    rows = connection.execute("SELECT DISTINCT head_bytes FROM log_file WHERE head_bytes > 0 ORDER BY 1")
    return [row[0] for row in rows]


def with_head(connection: sqlite3.Connection, head_bytes: int, head_digest: str) -> list[LogFile]:
    """Return what is known of contents that begin so, furthest read first."""
    statement = f'SELECT {_COLUMNS} FROM log_file WHERE head_bytes = ? AND head_digest = ? ORDER BY "offset" DESC'  # noqa: S608
    return [LogFile(*row) for row in connection.execute(statement, (head_bytes, head_digest))]


def is_continued(connection: sqlite3.Connection, known: LogFile) -> bool:
    """Say whether another file has continued the same content beyond the place up to which this one was read."""
    statement = 'SELECT EXISTS (SELECT 1 FROM log_file WHERE origin_id = ? AND "offset" > ?)'
    return bool(connection.execute(statement, (known.origin_id, known.offset)).fetchone()[0])


def save(connection: sqlite3.Connection, files: Sequence[LogFile]) -> None:
    """Remember how far some contents were read, each at a path."""
    many_rows.insert(connection, f"log_file({_COLUMNS})", files, _ON_CONFLICT)
