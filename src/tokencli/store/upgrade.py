"""Bringing an older ledger to this version's schema: a backup first, then all steps at once or none of them."""

from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tokencli.domain.errors import NewerLedgerError
from tokencli.domain.ledger import Upgrade
from tokencli.store.backup import back_up
from tokencli.store.database import WAIT_S, connect_writer, read_stamp
from tokencli.store.faults import explained
from tokencli.store.lock import WriterLock
from tokencli.store.place import lock_path, path_aside, path_of
from tokencli.store.versions import HEAD, KNOWN

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime

MIGRATIONS = Path(__file__).with_name("migrations")


def upgrade(place: str | Path, *, at: datetime, wait_s: float = WAIT_S) -> Upgrade:
    """Bring a ledger to the newest schema; the ledger as it was stays beside it, with the time `at` in its name.

    Raises:
        NewerLedgerError: a newer tokencli wrote it.
        LedgerLockedError: another process is writing.
        StoreError: it cannot be read or written; then it is as it was.
    """
    path, name = path_of(place), str(place)
    found = read_stamp(path, name).schema
    if found not in KNOWN:
        raise NewerLedgerError(name, found, HEAD)
    if found == HEAD:
        return Upgrade(before=found, after=HEAD, backup=None)
    backup = path_aside(path, at)
    with ExitStack() as stack:
        lock = stack.enter_context(closing(WriterLock(lock_path(path), name, wait_s=wait_s)))
        connection = stack.enter_context(closing(connect_writer(path, name, lock)))
        stack.enter_context(lock.held())
        back_up(path, backup)
        stack.enter_context(explained(name, waited_s=wait_s, how_far=f"the ledger is as it was, a copy is {backup}"))
        migrate(connection)
    return Upgrade(before=found, after=HEAD, backup=str(backup))


def migrate(connection: sqlite3.Connection) -> None:
    """Run the migrations that a database lacks, as one transaction; it may be empty."""
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine, event
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.pool import StaticPool

    engine = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)

    @event.listens_for(engine, "begin")
    def begin(link: Any) -> None:
        link.exec_driver_sql("BEGIN IMMEDIATE")

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    try:
        with engine.connect() as link:
            config.attributes["connection"] = link
            command.upgrade(config, "head")
    except DBAPIError as error:
        raise error.orig or error from error
