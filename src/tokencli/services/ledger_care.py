"""Looking after a ledger: what it is, bringing it up to date, copying it, bringing a copy back, merging another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokencli.domain.ledger import Restoration
from tokencli.services.merge import merge
from tokencli.store import backup, upgrade
from tokencli.store.database import open_ledger
from tokencli.store.inspect import inspect

if TYPE_CHECKING:
    from datetime import datetime

    from tokencli.domain.ledger import LedgerInfo, Upgrade
    from tokencli.services.merge import Merged


def info(place: str) -> LedgerInfo:
    """Return what a ledger is; raise StoreError when it cannot be read."""
    return inspect(place)


def bring_up_to_date(place: str, *, now: datetime) -> Upgrade:
    """Bring a ledger to the newest schema, after a copy; raise StoreError when that fails, and nothing was changed."""
    return upgrade.upgrade(place, at=now)


def back_up(place: str, target: str, *, force: bool) -> LedgerInfo:
    """Copy a ledger while others write to it, and return what the copy is.

    Raises:
        FileInTheWayError: the target is there and `force` is not set.
        StoreError: the ledger cannot be read, or the copy cannot be written.
    """
    return inspect(backup.back_up(place, target, force=force))


def restore(place: str, source: str, *, now: datetime) -> Restoration:
    """Put a checked copy in the ledger's place, and say where the ledger went that was there.

    Raises:
        StoreError: the copy is not sound, or the ledger is in use; nothing was changed.
    """
    kept = backup.restore(place, source, at=now)
    return Restoration(ledger=inspect(place), kept=None if kept is None else str(kept))


def merge_in(place: str, other: str) -> Merged:
    """Take the calls of another ledger into the one at a place, which is made when there is none.

    Raises:
        SameFileError: both are the same ledger.
        StoreError: one of them cannot be used; nothing was taken over.
    """
    with open_ledger(other, write=False) as source, open_ledger(place, write=True, create=True) as database:
        return merge(database, source)
