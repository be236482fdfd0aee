"""The past: what the ledger said at a moment, for reports that ask what was believed then."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from tokencli.domain.period import moment_of
from tokencli.store import as_of
from tokencli.store.slices import to_us

if TYPE_CHECKING:
    from tokencli.store.database import Database

_INSTANT: Final = timedelta(microseconds=1)


def last_moment_of(text: str, zone: str) -> datetime:
    """Return the last moment of an ISO date in a zone, or the very time of a date and time, as aware UTC.

    Raises:
        UnknownMomentError: the text is neither.
    """
    moment = moment_of(text, zone)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return moment
    if day == date.max:
        return moment
    return moment_of(datetime.combine(day + timedelta(days=1), time()).isoformat(), zone) - _INSTANT


def look_back(database: Database, moment: datetime) -> None:
    """Let a ledger that is open for reading show what was known at a moment; its file is not changed."""
    as_of.look_back(database.connection, to_us(moment))
