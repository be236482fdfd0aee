"""LedgerInfo: what a ledger is, where it lies and how much it holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerInfo:
    """One ledger. `place` is how it was named, `path` the file.

    `mode` holds the file's permission bits (0o600). `schema` is its own, `known_schema` the newest that this
    version knows. `wal_bytes` counts what is committed but not folded into the file yet. `synchronous` says how
    writers commit. `first_call` and `last_call` are aware UTC, None in an empty ledger.
    """

    place: str
    path: str
    ledger_id: str
    created_at: str | None
    schema: str
    known_schema: str
    mode: int
    bytes: int
    wal_bytes: int
    calls: int
    first_call: datetime | None
    last_call: datetime | None
    sqlite: str
    synchronous: str

    @property
    def is_current(self) -> bool:
        """Say whether the schema is the newest one."""
        return self.schema == self.known_schema

    @property
    def is_private(self) -> bool:
        """Say whether nobody but the owner may read or write the file."""
        return not self.mode & 0o077


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """What an upgrade did; `backup` is the copy of the ledger as it was, None when there was nothing to do."""

    before: str
    after: str
    backup: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Restoration:
    """The ledger as it is now, and where the one that was there is kept; None when there was none."""

    ledger: LedgerInfo
    kept: str | None
