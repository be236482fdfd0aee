"""Opening a ledger: where it is, whether it is one, who may write. Nothing here ever changes a foreign file."""

from __future__ import annotations

import errno
import os
import sqlite3
from contextlib import ExitStack, closing, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self
from urllib.parse import quote

from tokencli.domain.errors import (
    LedgerLockedError,
    NewerLedgerError,
    NoLedgerError,
    NotALedgerError,
    OlderLedgerError,
)
from tokencli.store.faults import explained, usable
from tokencli.store.lock import WriterLock
from tokencli.store.place import lock_path, make_directory, move_into_place, new_private_file, path_of
from tokencli.store.versions import HEAD, KNOWN

if TYPE_CHECKING:
    from collections.abc import Generator
    from types import TracebackType

Connection = sqlite3.Connection
"""What a ledger is read and written through; callers outside the store only hand it on."""
WAIT_S = 5.0
SYNCHRONOUS = "FULL"
_CACHE_KIB = 16 * 1024
_STAYS = "what was written before stays"
_SCHEMA_FILE = Path(__file__).with_name("schema.sql")


class Stamp(NamedTuple):
    """What a ledger says of itself."""

    ledger_id: str
    schema: str


class Database:
    """One open ledger. Writers change it inside `transaction()`; queries that belong together share `reading()`."""

    def __init__(self, connection: sqlite3.Connection, *, place: str, path: Path, lock: WriterLock | None) -> None:
        """Take over an open connection; `open_ledger` is the way to get one. Readers have no lock."""
        self.connection = connection
        self.place = place
        self.path = path
        self._lock = lock

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close it."""
        self.close()

    @contextmanager
    def transaction(self, how_far: str = _STAYS, *, is_large: bool = False) -> Generator[sqlite3.Connection]:
        """Commit everything done inside at once and durably, or nothing of it when an error leaves the block.

        `how_far` ends the sentence of LedgerFullError: what is already safe when this transaction finds no room.
        `is_large` says that very much goes in: a ledger without calls is filled with its pages written once, not twice.

        Raises:
            LedgerLockedError: another process is writing and did not finish in time.
            LedgerFullError: the disk is full; nothing of this transaction was kept.
        """
        waited_s = self._lock.wait_s if self._lock else 0
        held = self._lock.held() if self._lock else nullcontext()
        mode = self._without_wal() if is_large else nullcontext()
        with explained(self.place, waited_s=waited_s, how_far=how_far), held, mode, self._begun("BEGIN IMMEDIATE"):
            yield self.connection
            self.connection.execute("COMMIT")

    @contextmanager
    def attempt(self) -> Generator[None]:
        """Inside a transaction, do everything in this block or, when an error leaves it, nothing of it.

        Raises:
            StoreError: the ledger itself fails, and the transaction with it; everything else is the block's own.
        """
        is_whole = False
        self.connection.execute("SAVEPOINT attempt")
        try:
            with explained(self.place, waited_s=0, how_far=_STAYS):
                yield
            is_whole = True
        finally:
            # A full disk ends the whole transaction, and the savepoint with it.
            if self.connection.in_transaction:
                if not is_whole:
                    self.connection.execute("ROLLBACK TO attempt")
                self.connection.execute("RELEASE attempt")

    @contextmanager
    def reading(self) -> Generator[sqlite3.Connection]:
        """See one state of the ledger in all queries inside, whatever a writer commits meanwhile."""
        with explained(self.place, waited_s=0, how_far=_STAYS), self._begun("BEGIN"):
            yield self.connection

    def close(self) -> None:
        """Close the connection; the last writer folds the WAL back into the file, under the writers' lock.

        Where another process holds that lock, this connection is not the last, and nothing is folded.
        """
        with ExitStack() as stack:
            if self._lock:
                stack.callback(self._lock.close)
                with suppress(LedgerLockedError):
                    stack.enter_context(self._lock.held(0))
            stack.callback(self.connection.close)

    @contextmanager
    def _without_wal(self) -> Generator[None]:
        """Fill a ledger without calls with a rollback journal, which needs no place for new pages, and as durably.

        The mode is left as it is where another connection is open. The writers' lock keeps others from changing it
        back meanwhile; where readers keep this connection from it, the next writer does it.
        """
        with suppress(sqlite3.OperationalError):
            if not self.connection.execute("SELECT EXISTS (SELECT 1 FROM event)").fetchone()[0]:
                self.connection.execute("PRAGMA journal_mode = DELETE")
                # New pages may leave before the commit, which has the less to write then.
                self.connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB // 2}")
                # With less, a power cut could bring the journal back after the commit.
                self.connection.execute("PRAGMA synchronous = EXTRA")
        try:
            yield
        finally:
            with suppress(sqlite3.OperationalError):
                self.connection.execute("PRAGMA journal_mode = WAL")
                self.connection.execute(f"PRAGMA synchronous = {SYNCHRONOUS}")
                self.connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")

    @contextmanager
    def _begun(self, begin: str) -> Generator[sqlite3.Connection]:
        self.connection.execute(begin)
        try:
            yield self.connection
        finally:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")


def open_ledger(place: str | Path, *, write: bool, create: bool = False, wait_s: float = WAIT_S) -> Database:
    """Open the ledger at a path or sqlite:/// URL.

    Args:
        place: where it is.
        write: False opens it read-only, which works while another process writes.
        create: make it, and its directory, when it is not there; only with `write`.
        wait_s: how long to wait for another writer, in seconds.

    Raises:
        NoLedgerError: there is none and `create` is not set.
        NotALedgerError: the file is something else; it is not touched.
        NewerLedgerError, OlderLedgerError: its schema is not this version's.
        UnsupportedLedgerError: the URL names another kind of database.
        LedgerAccessError, LedgerFullError, LedgerLockedError, DamagedLedgerError: it cannot be used.
    """
    path, name = path_of(place), str(place)
    if create and write:
        _make_unless_there(path, name, wait_s)
    check_schema(name, read_stamp(path, name).schema)
    lock = WriterLock(lock_path(path), name, wait_s=wait_s) if write else None
    connection = connect_writer(path, name, lock) if lock else connect_reader(path, name)
    return Database(connection, place=name, path=path, lock=lock)


def check_schema(place: str, schema: str) -> None:
    """Raise NewerLedgerError or OlderLedgerError unless a ledger has the schema of this version."""
    if schema not in KNOWN:
        raise NewerLedgerError(place, schema, HEAD)
    if schema != HEAD:
        raise OlderLedgerError(place, schema, HEAD)


def read_stamp(path: Path, place: str) -> Stamp:
    """Return what a ledger says of itself, without changing the file.

    Raises:
        NoLedgerError, NotALedgerError, LedgerAccessError, DamagedLedgerError: it is not there, not one, not readable.
    """
    with usable(place, how_far=_STAYS):
        if not path.exists():
            raise NoLedgerError(place)
        if not path.is_file():
            raise NotALedgerError(place, "it is a directory" if path.is_dir() else "it is not a regular file")
        # Never open and close the file here: that would drop the locks which SQLite holds on it in this process.
        if not os.access(path, os.R_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        if not path.stat().st_size:
            raise NotALedgerError(place, "it is not a SQLite database")
    with closing(connect_reader(path, place)) as connection, explained(place, waited_s=0, how_far=_STAYS):
        try:
            (schema,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            (ledger_id,) = connection.execute("SELECT value FROM meta WHERE key = 'ledger_id'").fetchone()
        except (sqlite3.OperationalError, TypeError) as error:
            if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) != sqlite3.SQLITE_ERROR:
                raise
            raise NotALedgerError(place, "it is a SQLite database of another program") from None
    return Stamp(ledger_id=str(ledger_id), schema=str(schema))


def connect_reader(path: Path, place: str) -> sqlite3.Connection:
    """Return a connection that cannot write; a ledger on a read-only medium is read as it lies there."""
    uri = f"file:{quote(str(path))}?mode=ro"
    is_begun = path.with_name(f"{path.name}-journal").exists()
    is_whole = not is_begun and not path.with_name(f"{path.name}-wal").exists()
    is_frozen = is_whole and not os.access(path.parent, os.W_OK)
    with explained(place, waited_s=0, how_far=_STAYS):
        if is_begun:
            _undo(path)
        connection = sqlite3.connect(f"{uri}&immutable=1" if is_frozen else uri, uri=True, isolation_level=None)
        _tune(connection)
        connection.execute("PRAGMA query_only = ON")
    return connection


def connect_writer(path: Path, place: str, lock: WriterLock) -> sqlite3.Connection:
    """Return a connection whose commits survive a power cut; the file must be known to be a ledger."""
    with explained(place, waited_s=lock.wait_s, how_far=_STAYS):
        uri = f"file:{quote(str(path))}?mode=rw"
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=lock.wait_s)
        _tune(connection)
        if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
            with lock.held():
                connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {SYNCHRONOUS}")
    return connection


def _undo(path: Path) -> None:
    """Take back what a killed process had begun to write by its journal, which one that only reads may not do.

    The journal of one that is still writing is left alone. What cannot be undone here is told by whoever reads.
    """
    with (
        suppress(sqlite3.OperationalError),
        closing(sqlite3.connect(f"file:{quote(str(path))}?mode=rw", uri=True, isolation_level=None)) as connection,
    ):
        connection.execute("SELECT 1 FROM sqlite_schema").fetchone()


def _tune(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    connection.execute("PRAGMA temp_store = MEMORY")


def _make_unless_there(path: Path, place: str, wait_s: float) -> None:
    """Make an empty ledger where nothing or an empty file is; it appears whole or not at all."""
    with usable(place, how_far="no ledger was made"):
        if _is_taken(path):
            return
        make_directory(path.parent)
        lock = WriterLock(lock_path(path), place, wait_s=wait_s)
        with closing(lock), lock.held():
            if _is_taken(path):
                return
            with new_private_file(path) as draft, explained(place, waited_s=wait_s, how_far="no ledger was made"):
                _fill(draft)
                move_into_place(draft, path)


def _is_taken(path: Path) -> bool:
    return path.exists() and not (path.is_file() and path.stat().st_size == 0)


def _fill(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        # Nobody knows the file yet: what a power cut leaves of it is thrown away.
        connection.execute("PRAGMA journal_mode = MEMORY")
        connection.execute("PRAGMA synchronous = OFF")
        connection.executescript(f"BEGIN IMMEDIATE;\n{_SCHEMA_FILE.read_text(encoding='utf-8')}")
        connection.executemany("INSERT INTO meta (key, value) VALUES (?, ?)", [("ledger_id", os.urandom(16).hex())])
        connection.execute("INSERT INTO meta (key, value) SELECT 'created_at', strftime('%Y-%m-%dT%H:%M:%SZ', 'now')")
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = WAL")
