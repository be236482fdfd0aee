"""Looking at a ledger from outside: what it is and how much it holds, whether its schema is of today or older."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from typing import TYPE_CHECKING

from tokencli.domain.errors import NewerLedgerError
from tokencli.domain.ledger import LedgerInfo
from tokencli.store.database import SYNCHRONOUS, connect_reader, read_stamp
from tokencli.store.faults import explained, usable
from tokencli.store.place import path_of
from tokencli.store.queries import span
from tokencli.store.versions import HEAD, KNOWN

if TYPE_CHECKING:
    from pathlib import Path

_HOW_FAR = "nothing was changed"


def inspect(place: str | Path) -> LedgerInfo:
    """Return what a ledger is, without changing it.

    Raises:
        NoLedgerError, NotALedgerError, NewerLedgerError: there is none, or none that this version can read.
        LedgerAccessError, DamagedLedgerError: it cannot be read.
    """
    path, name = path_of(place), str(place)
    stamp = read_stamp(path, name)
    if stamp.schema not in KNOWN:
        raise NewerLedgerError(name, stamp.schema, HEAD)
    wal = path.with_name(f"{path.name}-wal")
    with (
        closing(connect_reader(path, name)) as connection,
        explained(name, waited_s=0, how_far=_HOW_FAR),
        usable(name, how_far=_HOW_FAR),
    ):
        covered = span(connection)
        created = connection.execute("SELECT value FROM meta WHERE key = 'created_at'").fetchone()
        status = path.stat()
        return LedgerInfo(
            place=name,
            path=str(path),
            ledger_id=stamp.ledger_id,
            created_at=created and created[0],
            schema=stamp.schema,
            known_schema=HEAD,
            mode=stat.S_IMODE(status.st_mode),
            bytes=status.st_size,
            wal_bytes=wal.stat().st_size if wal.exists() else 0,
            calls=connection.execute("SELECT count(*) FROM event").fetchone()[0],
            first_call=covered and covered[0],
            last_call=covered and covered[1],
            sqlite=sqlite3.sqlite_version,
            synchronous=SYNCHRONOUS,
        )
