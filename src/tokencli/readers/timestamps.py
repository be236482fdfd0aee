"""Times as logs write them, into whole microseconds since 1970 UTC.

A time without an offset is read in the reader's zone; where a clock change makes it ambiguous, the first of
the two moments is meant. What lies before 1970 or after 2199 is no time: no model answered then.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Final

from tokencli.domain.errors import ImpossibleValueError
from tokencli.domain.period import zone_of

OFFSET: Final = re.compile(rb" ?(?:Z|[+-]\d\d:?\d\d)(?![\d:])")
_TIME: Final = re.compile(
    rb"(?<!\d)(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d):([0-5]\d|60)(?:[.,](\d{1,9}))?\d*( ?(?:Z|[+-]\d\d:?\d\d)(?![\d:]))?"
)
_MICRO: Final = 1_000_000
_KEEP: Final = 4096
_FIRST_YEAR: Final = 1970
_END_YEAR: Final = 2200
_END_S: Final = 7_258_118_400
_SAME_MOMENT_US: Final = 2_000_000


class Clock:
    """Turns the times of one zone into microseconds, remembering the minutes it has seen."""

    def __init__(self, zone: str) -> None:
        """Read times without an offset in `zone`; raise UnknownZoneError when there is no such zone."""
        self._zone = zone_of(zone)
        self.minutes: dict[bytes, int | None] = {}

    def minute(self, text: bytes) -> int | None:
        """Return the microseconds of "2025-10-10 14:32" (or with a T) in the zone; None when it is no time."""
        try:
            return self.minutes[text]
        except KeyError:
            if len(self.minutes) > _KEEP:
                self.minutes.clear()
            found = self.minutes[text] = self._parse(text)
            return found

    def last_in(self, text: bytes) -> int | None:
        """Return the time that a prefix tells: the last one; None when there is none.

        Where one has an offset, that one decides, but for two seconds that the program's own time may differ.
        """
        own: int | None = None
        exact: int | None = None
        for match in _TIME.finditer(text):
            moment = self._moment(match)
            if match[5]:
                exact = moment if exact is None else exact
            else:
                own = own if moment is None else moment
        return own if exact is None else agreed(own, exact)

    def iso(self, text: str) -> int | None:
        """Return the microseconds of an RFC 3339 time such as 2025-10-10T14:32:15.123456789Z; None when it is none."""
        match = _TIME.match(text.encode("utf-8", "replace"))
        return self._moment(match) if match else None

    def midnight(self, day: date) -> int:
        """Return the microseconds of a day's midnight in the zone; raise ImpossibleValueError for an absurd year."""
        if not _FIRST_YEAR < day.year < _END_YEAR:
            rule = f"its year lies between {_FIRST_YEAR + 1} and {_END_YEAR - 1}"
            raise ImpossibleValueError(what="the day of lines without time", value=day.isoformat(), rule=rule)
        return int(datetime(day.year, day.month, day.day, tzinfo=self._zone).timestamp()) * _MICRO

    def _parse(self, text: bytes) -> int | None:
        try:
            local = datetime.fromisoformat(text.decode("ascii"))
            moment = local if local.tzinfo else local.replace(tzinfo=self._zone)
            seconds = int(moment.timestamp())
        except (OverflowError, ValueError):
            return None
        return seconds * _MICRO if 0 <= seconds < _END_S else None

    def _moment(self, match: re.Match[bytes]) -> int | None:
        offset = (match[5] or b"").strip()
        start = self.minute(match[1] + b"T" + match[2] + offset)
        if start is None:
            return None
        fraction = int((match[4] or b"0")[:6].ljust(6, b"0"))
        return start + int(match[3]) * _MICRO + fraction


def agreed(own: int | None, told: int) -> int:
    """Return a line's own time where it agrees with the one told around it within 2 s, else the one told.

    The own time is what other copies of the line have too; the one told is right about the zone.
    """
    return own if own is not None and abs(own - told) <= _SAME_MOMENT_US else told
