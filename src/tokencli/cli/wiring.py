"""The only place where objects are built: what a command needs, from what its caller said."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tokencli.cli.options import config_directory, data_directory

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from tokencli.cli.options import Globals
    from tokencli.pricing.book import PriceBook
    from tokencli.store.database import Database


def now() -> datetime:
    """Return the current time, aware, in UTC: the one clock of the program."""
    return datetime.now(tz=UTC)


@contextmanager
def reading_ledger(given: Globals) -> Generator[Database]:
    """Open the ledger for reading; raise NoLedgerError when there is none yet."""
    from tokencli.store.database import open_ledger

    with open_ledger(given.ledger_place, write=False) as database:
        yield database


@contextmanager
def writing_ledger(given: Globals) -> Generator[Database]:
    """Open the ledger for writing; it is made when there is none."""
    from tokencli.store.database import open_ledger

    with open_ledger(given.ledger_place, write=True, create=True) as database:
        yield database


@contextmanager
def trial_ledger() -> Generator[Database]:
    """Make an empty ledger that is gone afterwards."""
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from tokencli.store.database import open_ledger

    with (
        TemporaryDirectory(prefix="tokencli-") as directory,
        open_ledger(Path(directory) / "ledger.db", write=True, create=True) as database,
    ):
        yield database
