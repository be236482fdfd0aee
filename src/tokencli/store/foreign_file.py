"""Opening other programs' SQLite files: only ever to read, and without changing a byte of them.

A file in WAL mode that its program has open is read as SQLite's readers do. What a program left behind when it died (a
WAL without its index, a hot journal) is read from a copy, for SQLite would mend it in place.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from tokencli.domain.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Generator

MAGIC: Final = b"SQLite format 3\x00"
_WAIT_S: Final = 5.0
_JOURNAL_MODE: Final = 18
_WAL_MODE: Final = b"\x02"
_PRIMARY: Final = 0xFF


class ForeignDatabaseError(InputError):
    """A SQLite file of another program that cannot be read."""

    def __init__(self, path: str, why: str) -> None:
        """Name the file and the reason."""
        super().__init__(f"{path} cannot be read ({why}): check that it is whole, and that nobody is moving it.")


@contextmanager
def opened(path: str) -> Generator[sqlite3.Connection]:
    """Give a connection that sees one state of the file and cannot write to it.

    Raises:
        ForeignDatabaseError: it is not there, is no SQLite file, or is broken.
    """
    try:
        with _connected(Path(path)) as connection:
            connection.text_factory = _text
            connection.execute("PRAGMA query_only = ON")
            connection.execute("BEGIN")
            yield connection
    except (sqlite3.Error, OSError) as error:
        raise ForeignDatabaseError(path, getattr(error, "strerror", None) or str(error)) from error
    except UnicodeDecodeError as error:  # SQLite's own words about a broken schema quote it, and it is no text
        raise ForeignDatabaseError(path, _NO_SCHEMA) from error


def columns(connection: sqlite3.Connection, table: str) -> dict[str, str]:
    """Return the names of a table's columns as they are written, by their names in lower case; empty without one."""
    rows = connection.execute("SELECT name FROM pragma_table_info(?)", (table,))
    return {str(name).lower(): str(name) for (name,) in rows}


def quoted(name: str) -> str:
    """Return a name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


@contextmanager
def _connected(path: Path) -> Generator[sqlite3.Connection]:
    with path.open("rb") as file:
        head = file.read(100)
    if not head.startswith(MAGIC):
        raise sqlite3.DatabaseError(_NO_DATABASE)
    wal, index = (path.with_name(f"{path.name}{ending}") for ending in ("-wal", "-shm"))
    is_wal = head[_JOURNAL_MODE : _JOURNAL_MODE + 1] == _WAL_MODE
    if (is_wal and _size(wal) and not index.exists()) or (not is_wal and _has_hot_journal(path)):
        with _copied(path) as copy, closing(sqlite3.connect(copy, isolation_level=None)) as connection:
            yield connection
        return
    # Without a WAL or its index nobody has the file open, and opening it as usual would make these beside it.
    is_frozen = is_wal and not (wal.exists() and index.exists())
    with closing(_reader(path, is_frozen=is_frozen)) as connection:
        yield connection


def _reader(path: Path, *, is_frozen: bool = False) -> sqlite3.Connection:
    uri = f"file:{quote(str(path.resolve()))}?mode=ro{'&immutable=1' if is_frozen else ''}"
    return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=_WAIT_S)


def _has_hot_journal(path: Path) -> bool:
    """Say whether a program died while it wrote: its journal must be played back before anybody can read."""
    if not _size(path.with_name(f"{path.name}-journal")):
        return False
    try:
        with closing(_reader(path)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        return error.sqlite_errorcode & _PRIMARY in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)
    return False


_NO_DATABASE: Final = "it is no SQLite database"
_NO_SCHEMA: Final = "its schema is damaged"


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


@contextmanager
def _copied(path: Path) -> Generator[Path]:
    with TemporaryDirectory(prefix="tokencli-") as folder:
        copy = Path(folder) / "copy.db"
        for ending in ("", "-wal", "-journal"):
            each = path.with_name(f"{path.name}{ending}")
            if each.exists():
                shutil.copyfile(each, copy.with_name(f"{copy.name}{ending}"))
        yield copy
