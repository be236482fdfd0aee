"""Times as logs write them, into whole microseconds since 1970 UTC.

A time without an offset is read in the reader's zone; where a clock change makes it ambiguous, the first of
the two moments is meant.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Final

from tokencli.domain.period import zone_of

_TIME: Final = re.compile(
    rb"(?<!\d)(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d):(\d\d)(?:[.,](\d{1,9}))?\d*( ?(?:Z|[+-]\d\d:?\d\d)(?![\d:]))?"
)
_MICRO: Final = 1_000_000
_KEEP: Final = 4096


class Clock:
    """Turns the times of one zone into microseconds, remembering the minutes it has seen."""

    def __init__(self, zone: str) -> None:
        """Read times without an offset in `zone`; raise UnknownZoneError when there is no such zone."""
        self._zone = zone_of(zone)
        self._minutes: dict[bytes, int | None] = {}

    def minute(self, text: bytes) -> int | None:
        """Return the microseconds of "2025-10-10 14:32" (or with a T) in the zone; None when it is no time."""
        try:
            return self._minutes[text]
        except KeyError:
            if len(self._minutes) > _KEEP:
                self._minutes.clear()
            found = self._minutes[text] = self._parse(text)
            return found

    def last_in(self, text: bytes) -> int | None:
        """Return the time that a prefix tells: one with an offset wins, else the last; None when there is none."""
        found: int | None = None
        for match in _TIME.finditer(text):
            moment = self._moment(match)
            if moment is not None and match[5]:
                return moment
            found = moment if moment is not None else found
        return found

    def iso(self, text: str) -> int | None:
        """Return the microseconds of an RFC 3339 time such as 2025-10-10T14:32:15.123456789Z; None when it is none."""
        match = _TIME.match(text.encode("utf-8", "replace"))
        return self._moment(match) if match else None

    def midnight(self, day: date) -> int:
        """Return the microseconds of a day's midnight in the zone."""
        return int(datetime(day.year, day.month, day.day, tzinfo=self._zone).timestamp()) * _MICRO

    def _parse(self, text: bytes) -> int | None:
        try:
            local = datetime.fromisoformat(text.decode("ascii"))
        except ValueError:
            return None
        moment = local if local.tzinfo else local.replace(tzinfo=self._zone)
        try:
            return int(moment.timestamp()) * _MICRO
        except (OverflowError, ValueError):
            return None

    def _moment(self, match: re.Match[bytes]) -> int | None:
        offset = (match[5] or b"").strip()
        start = self.minute(match[1] + b"T" + match[2] + offset)
        if start is None:
            return None
        fraction = int((match[4] or b"0")[:6].ljust(6, b"0"))
        return start + int(match[3]) * _MICRO + fraction
