"""The scanner: a block of whole log lines in, a batch of calls out.

A literal search finds the few lines that matter; each is then read by one expression. Everything else of a
block is only counted, so a big log is read at the speed of the disk.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from ahocorasick_rs import BytesAhoCorasick, MatchKind

from tokencli.readers import cost_line
from tokencli.readers.batch import Batch, Kind, Notice, Twin
from tokencli.readers.timestamps import OFFSET, Clock, agreed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

_TEXT_KEYS: Final = ("textPayload", "message", "msg", "log", "event", "text")
_TIME_KEYS: Final = ("timestamp", "time", "@timestamp", "ts", "receiveTimestamp")
_BOM: Final = b"\xef\xbb\xbf"
_KEEP: Final = 8192
_LONGEST_PREFIX: Final = 256
_MOST_KINDS: Final = 512
NO_TIME: Final = "no time on the line (give --date DAY for such lines)"
UNREADABLE: Final = "a cost line in no known form"
BAD_JSON: Final = "a log entry that is not valid JSON"
BAD_ARRAY: Final = "an array that is not valid JSON from here on: the rest of it was not read"
TOO_LONG: Final = "a line longer than 1 MiB"


_COLON: Final = ord(":")
_common: Final = cost_line.COMMON.match
_JSON: Final = json.JSONDecoder(strict=False)


class _Told(NamedTuple):
    """What an entry around a line tells: its time and its own unique id."""

    time: int | None = None
    record_id: str | None = None


class Scanner:
    """Reads blocks of whole lines; keeps nothing between blocks but caches.

    Args:
        zone: the zone of times that have no offset.
        day: the date given to lines without time; None counts such lines as broken.
    """

    def __init__(self, zone: str, day: date | None = None) -> None:
        """Build the literal search and the clock."""
        self._clock = Clock(zone)
        self._untimed = self._clock.midnight(day) if day else None
        self._find = BytesAhoCorasick(cost_line.MARKERS, matchkind=MatchKind.LeftmostFirst).find_matches_as_indexes
        self._minutes = self._clock.minutes
        self._prefixes: dict[bytes, str | None] = {}
        self._kinds: list[Kind] = []
        self._kind_ids: dict[tuple[str, bytes | None, bytes, bool], int] = {}

    def scan(self, block: bytes, start: int, batch: Batch) -> None:
        """Add to a batch what a block of whole lines holds; `start` is its offset in the content."""
        lines_before = batch.lines
        batch.end = start + len(block)
        batch.lines += block.count(b"\n") + (not block.endswith(b"\n") and bool(block))
        done = -1
        for marker, position, _ in self._find(block):
            opening = block.rfind(b"\n", 0, position) + 1
            if opening <= done:
                continue
            done = opening
            if marker == 0 and self._quick(batch, block, opening, position, start):
                continue
            ending = block.find(b"\n", position)
            self._line(batch, block[opening : ending if ending >= 0 else None].rstrip(b"\r"), start + opening)
            if batch.broken and not batch.first_broken:
                batch.first_broken = lines_before + block.count(b"\n", 0, opening) + 1

    def empty_batch(self) -> Batch:
        """Return a batch that shares the scanner's list of kinds."""
        if len(self._kinds) > _MOST_KINDS:
            self._kinds, self._kind_ids = [], {}
        return Batch(kinds=self._kinds)

    def entry(self, batch: Batch, fields: Mapping[str, Any], seq: int) -> None:
        """Read one log entry (a JSON object) into the batch; counts no line."""
        text = _text_of(fields)
        if not any(marker in text for marker in cost_line.MARKERS):
            return
        record = fields.get("insertId")
        told = _Told(
            time=next((moment for key in _TIME_KEYS if (moment := self._told_at(fields.get(key))) is not None), None),
            # A lone surrogate, which JSON can spell, fits no ledger.
            record_id=record.encode("utf-8", "replace").decode() if isinstance(record, str) and record else None,
        )
        self._text(batch, text, seq, told)

    def _quick(self, batch: Batch, block: bytes, opening: int, position: int, start: int) -> bool:
        """Read the common line: Python logging's time first, then a prefix seen before; say whether it was one."""
        head = opening + 23
        stamp, prefix = block[opening : opening + 16], block[head:position]
        minute = self._minutes.get(stamp) or self._clock.minute(stamp)
        provider = self._prefixes.get(prefix) or self._learn(prefix)
        match = _common(block, position)
        if minute is None or provider is None or match is None:
            return False
        clock = block[opening + 16 : head]
        digits = clock[1:3] + clock[4:]
        if clock[0] != _COLON or clock[3] not in b".," or digits >= b"6" or not digits.isdigit():
            return False
        whole, part, model, input_tokens, output_tokens, printed = match.groups()
        kind = self._kind_ids.get((provider, model, printed, True))
        if kind is None:
            kind = self._kind(provider, model, printed, is_timed=True)
            if kind is None:
                return False
        moment = minute + int(digits) * 1000
        reported = int(whole + part) * 1_000_000
        batch.calls.append((start + opening, moment, kind, int(input_tokens), int(output_tokens), reported))
        return True

    def _learn(self, prefix: bytes) -> str | None:
        """Return the provider of a short prefix that tells no offset and no second time, else None."""
        if prefix in self._prefixes:
            return self._prefixes[prefix]
        if len(prefix) > _LONGEST_PREFIX or prefix[:1] not in b" ]" or OFFSET.match(prefix):
            return None
        bracket = cost_line.PROVIDER.search(prefix)
        simple = bracket is not None and self._clock.last_in(prefix) is None
        if len(self._prefixes) > _KEEP:
            self._prefixes.clear()
        known = self._prefixes[prefix] = cost_line.name_of(bracket[1]) if simple and bracket else None
        return known

    def _kind(self, provider: str, model: bytes | None, printed: bytes, *, is_timed: bool) -> int | None:
        """Return the number of a kind; None when the unit prices that a line printed are no money."""
        key = (provider, model, printed, is_timed)
        known = self._kind_ids.get(key)
        if known is None:
            prices = cost_line.printed_prices(printed)
            if prices is None:
                return None
            known = self._kind_ids[key] = len(self._kinds)
            name = cost_line.model_of(model) if model else None
            self._kinds.append(Kind(provider, name or None, *prices, is_timed))
        return known

    def _line(self, batch: Batch, line: bytes, seq: int) -> None:
        opened = line.removeprefix(_BOM).lstrip()
        if not opened.startswith(b"{"):
            self._text(batch, line, seq, _Told())
            return
        try:
            fields = _JSON.decode(opened.rstrip(b", \t").decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            _break(batch, BAD_JSON)
            return
        self.entry(batch, cast("dict[str, Any]", fields), seq)

    def _text(self, batch: Batch, line: bytes, seq: int, told: _Told) -> None:
        """Read one line of text that holds a marker."""
        if cost_line.COST_MARKER in line:
            self._cost(batch, line, seq, told)
        elif twin := cost_line.twin_of(line):
            moment = self._time(line[: line.find(cost_line.TWIN_MARKER)], told)
            if moment is None:
                _break(batch, NO_TIME)
            else:
                batch.twins.append(Twin(seq, moment, *twin))
        elif cost_line.looks_like_twin(line):
            _break(batch, UNREADABLE)
        elif failure := cost_line.failure_of(line):
            moment = self._time(line[: failure.position], told)
            batch.notices.append(Notice(seq, -1 if moment is None else moment, *failure[1:]))

    def _cost(self, batch: Batch, line: bytes, seq: int, told: _Told) -> None:
        position = line.find(cost_line.COST_MARKER)
        provider = cost_line.PROVIDER.search(line, 0, position)
        cost = cost_line.cost_of(line, position)
        if cost is None or provider is None:
            _break(batch, UNREADABLE)
            return
        own = self._clock.last_in(line[:position])
        moment = self._time(line[:position], told)
        if moment is None:
            _break(batch, NO_TIME)
            return
        is_timed = told.time is not None or own is not None
        kind = self._kind(cost_line.name_of(provider[1]), cost.model, cost.printed, is_timed=is_timed)
        if kind is None:
            _break(batch, UNREADABLE)
            return
        batch.calls.append((seq, moment, kind, cost.input_tokens, cost.output_tokens, cost.reported_pico))
        if told.record_id:
            batch.record_ids[seq] = told.record_id

    def _time(self, prefix: bytes, told: _Told) -> int | None:
        """Return a line's time: what it and the entry around it agree on, else the day."""
        own = self._clock.last_in(prefix)
        if told.time is None:
            return own if own is not None else self._untimed
        return agreed(own, told.time)

    def _told_at(self, value: object) -> int | None:
        return self._clock.iso(value) if isinstance(value, str) else None


def _break(batch: Batch, reason: str) -> None:
    batch.broken += 1
    batch.reasons[reason] = batch.reasons.get(reason, 0) + 1


def _text_of(fields: Mapping[str, Any]) -> bytes:
    payload = fields.get("jsonPayload")
    for each in (fields, cast("dict[str, Any]", payload) if isinstance(payload, dict) else {}):
        for key in _TEXT_KEYS:
            value = each.get(key)
            if isinstance(value, str):
                return value.encode("utf-8", "surrogatepass")
    return b""
