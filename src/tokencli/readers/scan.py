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
from tokencli.readers.timestamps import Clock

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping
    from datetime import date

_TEXT_KEYS: Final = ("textPayload", "message", "msg", "log", "event", "text")
_TIME_KEYS: Final = ("timestamp", "time", "@timestamp", "ts", "receiveTimestamp")
_FRACTION: Final = b",."
_SAME_MOMENT_US: Final = 2_000_000
_KEEP: Final = 8192
NO_TIME: Final = "no time on the line (give --date DAY for such lines)"
UNREADABLE: Final = "a cost line in no known form"
BAD_JSON: Final = "a log entry that is not valid JSON"
TOO_LONG: Final = "a line longer than 1 MiB"


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
        self._search = BytesAhoCorasick(cost_line.MARKERS, matchkind=MatchKind.LeftmostFirst)
        self._prefixes: dict[bytes, str | None] = {}

    def scan(self, block: bytes, start: int) -> Batch:
        """Return what a block of whole lines holds; `start` is its offset in the content."""
        batch = Batch(end=start + len(block), lines=block.count(b"\n") + (not block.endswith(b"\n") and bool(block)))
        kinds: dict[tuple[object, ...], int] = {}
        done = -1
        for marker, position, _ in self._search.find_matches_as_indexes(block):
            if position < done:
                continue
            done = block.find(b"\n", position)
            done = len(block) if done < 0 else done
            if marker == 0 and self._quick(batch, kinds, block, position, start):
                continue
            opening = block.rfind(b"\n", 0, position) + 1
            self._line(batch, kinds, block[opening:done].rstrip(b"\r"), start + opening)
            self._number_broken(batch, block, opening)
        return batch

    def entry(self, batch: Batch, kinds: dict[tuple[object, ...], int], fields: Mapping[str, Any], seq: int) -> None:
        """Read one log entry (a JSON object) into the batch; counts no line."""
        text = _text_of(fields)
        if not any(marker in text for marker in cost_line.MARKERS):
            return
        record = fields.get("insertId")
        told = _Told(
            time=next((self._clock.iso(told) for key in _TIME_KEYS if isinstance(told := fields.get(key), str)), None),
            record_id=record if isinstance(record, str) and record else None,
        )
        self._text(batch, kinds, text, seq, told)

    @staticmethod
    def _number_broken(batch: Batch, block: bytes, opening: int) -> None:
        if batch.broken and not batch.first_broken:
            batch.first_broken = block.count(b"\n", 0, opening) + 1

    def _quick(
        self, batch: Batch, kinds: dict[tuple[object, ...], int], block: bytes, position: int, start: int
    ) -> bool:
        """Read the common line: Python logging's time first, then a prefix seen before; say whether it was one."""
        opening = block.rfind(b"\n", 0, position) + 1
        head = opening + 23
        if position <= head or block[opening + 19] not in _FRACTION:
            return False
        prefix = block[head:position]
        try:
            provider = self._prefixes[prefix]
        except KeyError:
            provider = self._learn(prefix)
        minute = self._clock.minute(block[opening : opening + 16])
        match = cost_line.COST.match(block, position)
        if provider is None or minute is None or match is None:
            return False
        fraction = block[opening + 20 : head]
        seconds = block[opening + 17 : opening + 19]
        if not (fraction.isdigit() and seconds.isdigit()) or block[opening + 16] != 58:  # noqa: PLR2004 - a colon
            return False
        moment = minute + int(seconds) * 1_000_000 + int(fraction) * 1000
        return self._call(batch, kinds, match, (provider, start + opening, moment, True))

    def _learn(self, prefix: bytes) -> str | None:
        """Return the provider of a prefix that tells no second time, else None."""
        bracket = cost_line.PROVIDER.search(prefix)
        simple = bracket is not None and self._clock.last_in(prefix) is None and prefix[:1] in b" ]"
        if len(self._prefixes) > _KEEP:
            self._prefixes.clear()
        known = self._prefixes[prefix] = cost_line.name_of(bracket[1]) if simple and bracket else None
        return known

    def _line(self, batch: Batch, kinds: dict[tuple[object, ...], int], line: bytes, seq: int) -> None:
        opened = line.lstrip()
        if not opened.startswith(b"{"):
            self._text(batch, kinds, line, seq, _Told())
            return
        try:
            fields = json.loads(opened.rstrip(b", \t"))
        except (ValueError, RecursionError):
            batch.broken += 1
            batch.reasons[BAD_JSON] = batch.reasons.get(BAD_JSON, 0) + 1
            return
        if isinstance(fields, dict):
            self.entry(batch, kinds, cast("dict[str, Any]", fields), seq)

    def _text(self, batch: Batch, kinds: dict[tuple[object, ...], int], line: bytes, seq: int, told: _Told) -> None:
        """Read one line of text that holds a marker."""
        if cost_line.COST_MARKER in line:
            self._cost(batch, kinds, line, seq, told)
        elif twin := cost_line.twin_of(line):
            moment = self._time(line[: line.find(cost_line.TWIN_MARKER)], told)
            if moment is None:
                self._broken(batch, NO_TIME)
            else:
                batch.twins.append(Twin(seq, moment, *twin))
        elif cost_line.looks_like_twin(line):
            self._broken(batch, UNREADABLE)
        elif failure := cost_line.failure_of(line):
            moment = self._time(line, told)
            batch.notices.append(Notice(seq, -1 if moment is None else moment, *failure))

    def _cost(self, batch: Batch, kinds: dict[tuple[object, ...], int], line: bytes, seq: int, told: _Told) -> None:
        position = line.find(cost_line.COST_MARKER)
        match = cost_line.COST.match(line, position)
        provider = cost_line.PROVIDER.search(line, 0, position)
        if match is None or provider is None:
            self._broken(batch, UNREADABLE)
            return
        prefix = line[:position]
        moment = self._time(prefix, told)
        if moment is None:
            self._broken(batch, NO_TIME)
            return
        is_timed = told.time is not None or self._clock.last_in(prefix) is not None
        if not self._call(batch, kinds, match, (cost_line.name_of(provider[1]), seq, moment, is_timed)):
            self._broken(batch, UNREADABLE)
        elif told.record_id:
            batch.record_ids[seq] = told.record_id

    def _time(self, prefix: bytes, told: _Told) -> int | None:
        """Return a line's time: its own when the entry around it agrees within 2 s, else the entry's, else the day."""
        own = self._clock.last_in(prefix)
        if told.time is None:
            return own if own is not None else self._untimed
        return own if own is not None and abs(own - told.time) <= _SAME_MOMENT_US else told.time

    @staticmethod
    def _broken(batch: Batch, reason: str) -> None:
        batch.broken += 1
        batch.reasons[reason] = batch.reasons.get(reason, 0) + 1

    @staticmethod
    def _call(
        batch: Batch,
        kinds: dict[tuple[object, ...], int],
        match: re.Match[bytes],
        where: tuple[str, int, int, bool],
    ) -> bool:
        """Add a call to the batch; False when its money is no money."""
        provider, seq, moment, is_timed = where
        dollars, model, full_in, full_out, price_in, price_out, short_in, short_out = match.groups()
        whole, _, part = dollars.partition(b".")
        if part.isdigit() and whole.isdigit() and len(whole) < 7 and len(part) < 13:  # noqa: PLR2004 - fits 63 bits
            reported = int(whole + part) * 10 ** (12 - len(part))
        else:
            slow = cost_line.pico_of(dollars)
            if slow is None:
                return False
            reported = slow
        key = (provider, model, price_in, price_out, is_timed)
        kind = kinds.get(key)
        if kind is None:
            described = _kind(provider, model, price_in, price_out, is_timed=is_timed)
            if described is None:
                return False
            kind = kinds[key] = len(batch.kinds)
            batch.kinds.append(described)
        batch.seqs.append(seq)
        batch.times.append(moment)
        batch.kind_ids.append(kind)
        batch.inputs.append(int(full_in or short_in))
        batch.outputs.append(int(full_out or short_out))
        batch.reported.append(reported)
        return True


def _kind(
    provider: str, model: bytes | None, price_in: bytes | None, price_out: bytes | None, *, is_timed: bool
) -> Kind | None:
    input_pico = cost_line.pico_of(price_in) if price_in else -1
    output_pico = cost_line.pico_of(price_out) if price_out else -1
    if input_pico is None or output_pico is None:
        return None
    return Kind(provider, cost_line.model_of(model) if model else None, input_pico, output_pico, is_timed)


def _text_of(fields: Mapping[str, Any]) -> bytes:
    for key in _TEXT_KEYS:
        value = fields.get(key)
        if isinstance(value, str):
            return value.encode("utf-8", "surrogatepass")
    payload = fields.get("jsonPayload")
    return _text_of(cast("dict[str, Any]", payload)) if isinstance(payload, dict) else b""
