"""The watch: what other processes changed in the ledger, and limits that were crossed, as events of the feed.

SQLite says cheaply whether anybody has committed since the last look; only then is there anything to read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tokencli.domain.threshold import Level
from tokencli.services.budgets import thresholds
from tokencli.services.live import call_values
from tokencli.store.calls import call_numbered
from tokencli.store.database import open_ledger
from tokencli.store.known import version
from tokencli.store.sessions import sessions
from tokencli.store.watermarks import newest_by_origin, numbers_after

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from tokencli.domain.money import Usd
    from tokencli.domain.session import Session
    from tokencli.domain.threshold import Threshold
    from tokencli.services.budgets import Calendar
    from tokencli.store.database import Connection, Database

MOST_SHOWN: Final = 20


class Seen(NamedTuple):
    """An event for the feed: its type and what it tells."""

    kind: str
    values: dict[str, Any]


class Watch:
    """Looks at one ledger through a connection of its own; it belongs to the thread that makes it."""

    def __init__(
        self,
        place: str | Path,
        own_run: str,
        limits: Callable[[], Mapping[str, Usd]],
        calendar: Callable[[], Calendar],
    ) -> None:
        """Open the ledger; calls of `own_run` are told elsewhere. Raises as `open_ledger`."""
        self._database: Database = open_ledger(place, write=False)
        self._own_run = own_run
        self._limits = limits
        self._calendar = calendar
        self._version: int | None = None
        self._counted: int | None = None
        self._levels: dict[str, tuple[str, Level]] = {}
        with self._database.reading() as connection:
            self._newest = newest_by_origin(connection)
            self._sessions = {each.id: each for each in sessions(connection)}

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close the ledger."""
        self.close()

    def close(self) -> None:
        """Close the ledger."""
        self._database.close()

    def look(self) -> list[Seen]:
        """Return what happened since the last look; raise StoreError when the ledger cannot be read."""
        now = version(self._database.connection)
        if now == self._version:
            return []
        with self._database.reading() as connection:
            seen = [*self._calls(connection), *self._session_changes(connection)]
        self._version = now
        return seen

    def rises(self) -> list[Threshold]:
        """Return the limits that stand higher than at the last look; `crossings` knows which of them were told."""
        now = version(self._database.connection)
        if now == self._counted:
            return []
        with self._database.reading() as connection:
            found = thresholds(connection, self._limits(), self._calendar())
        risen = [each for each in found if self._levels.get(each.name) != _stand(each) and each.level is not Level.OK]
        self._levels = {each.name: _stand(each) for each in found}
        self._counted = now
        return risen

    def _calls(self, connection: Connection) -> list[Seen]:
        newest, zone = newest_by_origin(connection), self._calendar().zone
        seen: list[Seen] = []
        for key, number in newest.items():
            if key == self._own_run or number == self._newest.get(key):
                continue
            new = numbers_after(connection, self._newest.get(key), number)
            shown = [call_values(call_numbered(connection, each), zone) for each in new[-MOST_SHOWN:]]
            seen.append(Seen("log_metric", {"calls": shown, "count": len(new)}))
        self._newest = newest
        return seen

    def _session_changes(self, connection: Connection) -> list[Seen]:
        now = {each.id: each for each in sessions(connection)}
        before, self._sessions = self._sessions, now
        return [
            Seen("session_changed" if session_id in before else "new_session", _session(session))
            for session_id, session in now.items()
            if before.get(session_id) != session
        ]


def _stand(threshold: Threshold) -> tuple[str, Level]:
    return threshold.period.start.isoformat(), threshold.level


def _session(session: Session) -> dict[str, Any]:
    return {
        "session_id": session.id,
        "name": session.name,
        "is_active": session.is_active,
        "has_ended": session.ended_at is not None,
    }
