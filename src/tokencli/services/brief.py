"""The status for one line: how days, weeks and months stand, and the active session; computed when it is asked for.

It is what `status` returns, from the same ledger and the same limits, without what a report has to load.
"""

from __future__ import annotations

from datetime import UTC, datetime

from tokencli.domain.days import current_days, midnight
from tokencli.domain.pico import pico_of
from tokencli.domain.plain import NotPlainError
from tokencli.services.contexts import limit_in_use, model_in_use
from tokencli.store.brief import SessionCalls, active_session, sum_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

    from tokencli.config.plain import PlainSettings
    from tokencli.services.claude_session import ClaudeSession
    from tokencli.services.contexts import Models
    from tokencli.store.brief import BriefSession, Sum
    from tokencli.store.database import Connection

_WORDS = {"day": "today", "week": "week", "month": "month"}
_VARIABLES = {
    "day": ("COST_DAILY_LIMIT", "daily_usd"),
    "week": ("COST_WEEKLY_LIMIT", "weekly_usd"),
    "month": ("COST_MONTHLY_LIMIT", "monthly_usd"),
}
_MOST_PICO = 10**18
_AMBER, _WHOLE = 8, 10
_RATIO_PLACES = 6


class BriefStatus:
    """How things stand at one time in one zone, from one state of the ledger."""

    def __init__(
        self, connection: Connection, settings: PlainSettings, limits: Mapping[str, int], now: datetime, zone: tzinfo
    ) -> None:
        """Take where to look; `limits` are picodollars by "day", "week" and "month", those that there are."""
        self._connection = connection
        self._settings = settings
        self._days = current_days(now.astimezone(zone).date(), settings.week_start)
        self._zone = zone
        self._sums: dict[str, Sum] = {}
        self._session: BriefSessionView | ClaudeSession | None = None
        self._has_looked = False
        self.limits = limits

    def show_session(self, session: ClaudeSession) -> None:
        """Show this session instead of the active one."""
        session.look_up(self._connection)
        self._session, self._has_looked = session, True

    def sum_of(self, name: str) -> Sum:
        """Return the sums of the "day", "week" or "month" that it is."""
        if name not in self._sums:
            first, after = self._days[_WORDS[name]]
            ends = _microseconds(midnight(first, self._zone)), _microseconds(midnight(after, self._zone))
            self._sums[name] = sum_of(self._connection, *ends)
        return self._sums[name]

    def level_of(self, name: str) -> str | None:
        """Return "ok", "warning" or "over" for a limit; None where there is none."""
        limit = self.limits.get(name)
        if limit is None:
            return None
        spent = self.sum_of(name).cost or 0
        if spent > limit:
            return "over"
        return "warning" if spent and _WHOLE * spent >= _AMBER * limit else "ok"

    @property
    def session(self) -> BriefSessionView | ClaudeSession | None:
        """Return the session to show, the active one unless another was given; None when there is none."""
        if not self._has_looked:
            found = active_session(self._connection)
            self._session = None if found is None else BriefSessionView(self._connection, self._settings, found)
            self._has_looked = True
        return self._session


class BriefSessionView:
    """A session: what its context holds, how much of it is used, what the session cost."""

    def __init__(self, connection: Connection, settings: Models, session: BriefSession) -> None:
        """Look its newest call up."""
        self._calls = SessionCalls(connection, session.id)
        newest = self._calls.newest()
        self.name = session.name
        self.model = model_in_use(settings, session, newest)
        self.context_limit_tokens = limit_in_use(settings, session, newest)
        used = newest.used_tokens if newest is not None else None if self._calls.has_calls else 0
        self.context_used_ratio = None if used is None else round(used / self.context_limit_tokens, _RATIO_PLACES)

    def sum(self) -> Sum:
        """Return the sums of its settled calls."""
        return self._calls.sum()


def brief_limits(settings: PlainSettings, environ: Mapping[str, str]) -> dict[str, int]:
    """Return the limits in picodollars, the environment's before those of config.toml; raise NotPlainError."""
    found: dict[str, int] = {}
    for name, (variable, key) in _VARIABLES.items():
        written = environ.get(variable, "").strip()
        limit = pico_of(written) if written else settings.limits.get(key)
        if written and (limit is None or limit > _MOST_PICO):
            raise NotPlainError
        if limit is not None:
            found[name] = limit
    return found


def _microseconds(moment: datetime) -> int:
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
