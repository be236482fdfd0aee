"""Status: what the day, the week and the month have cost, and how full the active session's context is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tokencli.services.budgets import PERIODS, current, thresholds
from tokencli.services.session_errors import NoActiveSessionError
from tokencli.services.sessions import view_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tokencli.config.values import Settings
    from tokencli.domain.money import Usd
    from tokencli.domain.report import Totals
    from tokencli.domain.threshold import Threshold
    from tokencli.services.budgets import Calendar
    from tokencli.services.sessions import SessionView
    from tokencli.store.database import Database

NAMES: Final = tuple(PERIODS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The sums of the "day", "week" and "month" that it is, the limits there are, and the active session if any."""

    totals: Mapping[str, Totals]
    thresholds: tuple[Threshold, ...]
    session: SessionView | None

    def threshold(self, name: str) -> Threshold | None:
        """Return the limit of a day, a week or a month; None where there is none."""
        return next((each for each in self.thresholds if each.name == name), None)


def status(database: Database, settings: Settings, limits: Mapping[str, Usd], calendar: Calendar) -> Status:
    """Return how things stand, from one state of the ledger; raise StoreError when it cannot be read."""
    with database.reading() as connection:
        try:
            session = view_of(connection, settings, None)
        except NoActiveSessionError:
            session = None
        return Status(
            totals={name: current(connection, name, calendar).totals for name in NAMES},
            thresholds=thresholds(connection, limits, calendar),
            session=session,
        )
