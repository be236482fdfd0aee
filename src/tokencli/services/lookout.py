"""The lookout: a ledger looked at again and again, by somebody who only reads.

SQLite says cheaply whether anybody has committed since the last look; only then, or when a minute has passed, or when a
process that has calls on their way is dead, is there anything to read. It belongs to the thread that makes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokencli.domain.errors import LedgerAccessError, NoLedgerError
from tokencli.services.board import board
from tokencli.services.explain import explain
from tokencli.store.database import open_ledger
from tokencli.store.faults import explained
from tokencli.store.known import version
from tokencli.store.place import path_of
from tokencli.store.runs import is_alive

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from tokencli.config.values import Settings
    from tokencli.domain.explain import Explanation
    from tokencli.domain.money import Usd
    from tokencli.services.board import Board
    from tokencli.services.budgets import Calendar
    from tokencli.store.database import Database

_MINUTE = "%Y-%m-%dT%H:%M"


class Lookout:
    """Looks at one ledger through a connection of its own; a file that was put in its place is opened anew."""

    def __init__(
        self,
        place: str | Path,
        settings: Settings,
        limits: Mapping[str, Usd],
        calendar: Callable[[], Calendar],
        session: str | None = None,
    ) -> None:
        """Open the ledger; only the calls of `session` are shown, if it is one. Raises as `open_ledger`."""
        self._place = place
        self._settings = settings
        self._limits = limits
        self._calendar = calendar
        self._session = session
        self._seen: tuple[int, str] | None = None
        self._dead: set[str] = set()
        self._living: set[str] = set()
        self._file = _file(place)
        self._database: Database = open_ledger(place, write=False)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close the ledger."""
        self.close()

    def close(self) -> None:
        """Close the ledger."""
        self._database.close()

    def look(self) -> Board | None:
        """Return how things stand; None when nothing has changed since the last look.

        Raises:
            StoreError: the ledger cannot be read at this moment.
            NoSuchSessionError: the session that is to be shown is not there.
        """
        self._follow()
        calendar = self._calendar()
        with explained(str(self._place), waited_s=0, how_far="nothing was changed"):
            seen = version(self._database.connection), calendar.now.strftime(_MINUTE)
        if seen == self._seen and all(map(self._is_alive, tuple(self._living))):
            return None
        found = self._read(calendar)
        self._seen = seen
        return found

    def board(self) -> Board:
        """Return how things stand, changed or not; raises as `look`."""
        return self._read(self._calendar())

    def explain(self, event_id: str) -> Explanation:
        """Return everything known of one call; raise StoreError or NothingFoundError."""
        return explain(self._database, event_id)

    def _read(self, calendar: Calendar) -> Board:
        self._living.clear()
        with self._database.reading() as connection:
            return board(connection, self._settings, self._limits, calendar, self._session, self._is_alive)

    def _is_alive(self, key: str) -> bool:
        """Say whether the process of a run lives; one that is dead is not asked again, for that disturbs a start."""
        if key not in self._dead and not is_alive(self._database.path, key):
            self._dead.add(key)
        is_living = key not in self._dead
        if is_living:
            self._living.add(key)
        return is_living

    def _follow(self) -> None:
        """Open the ledger anew where its file is another one by now, such as a backup that was brought back."""
        file = _file(self._place)
        if file == self._file:
            return
        database = open_ledger(self._place, write=False)
        self._database.close()
        self._database, self._file, self._seen = database, file, None


def _file(place: str | Path) -> tuple[int, int]:
    """Return what tells one file from another; raise NoLedgerError or LedgerAccessError."""
    try:
        found = path_of(place).stat()
    except FileNotFoundError:
        raise NoLedgerError(str(place)) from None
    except OSError as error:
        raise LedgerAccessError(str(place), error.strerror or str(error)) from error
    return found.st_dev, found.st_ino
