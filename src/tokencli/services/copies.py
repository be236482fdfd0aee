"""Copies: which lines of a batch the ledger has already, from the same content or from another copy of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tokencli.readers.batch import KIND, SEQ, TIME
from tokencli.services.rates import sort_of
from tokencli.services.twins import AFTER_US, BEFORE_US
from tokencli.store import known
from tokencli.store.ledger import ORIGIN_SHIFT

if TYPE_CHECKING:
    from tokencli.readers.batch import Batch
    from tokencli.store.database import Connection


class Stream(NamedTuple):
    """Where a batch comes from: its origin, and whether some of it may have been read before."""

    origin_id: int
    is_replay: bool = False


class Copies:
    """Finds the calls of a batch that are new; used for one content after the other."""

    def __init__(self, connection: Connection, source: str) -> None:
        """Look for calls of one source."""
        self._connection = connection
        self._source = source
        self._span: tuple[int, int] | None = None
        self._used: dict[known.CallKey, int] = {}

    def begin(self) -> None:
        """Begin with another content: what stands in the ledger may be told again by it."""
        self._used.clear()
        self.look()

    def look(self) -> None:
        """Look at the ledger as it is now."""
        self._span = known.span(self._connection)

    def is_overlapping(self, batch: Batch, stream: Stream) -> bool:
        """Say whether some of a batch may have been told before, by its times or because it is read again."""
        times = [twin.occurred_at for twin in batch.twins]
        times += time_span(batch) if batch.calls else ()
        if stream.is_replay or not (times and self._span):
            return stream.is_replay
        return min(times) - BEFORE_US <= self._span[1] and max(times) + AFTER_US >= self._span[0]

    def fresh(self, batch: Batch, stream: Stream) -> list[int]:
        """Return the indexes of the calls that the ledger does not have yet."""
        indexes: list[int] = list(range(len(batch.calls)))
        if not indexes:
            return indexes
        connection, base = self._connection, stream.origin_id << ORIGIN_SHIFT
        if stream.is_replay:
            there = known.ids_between(connection, base + batch.calls[0][SEQ], base + batch.calls[-1][SEQ])
            indexes = [index for index in indexes if base + batch.calls[index][SEQ] not in there]
        if batch.record_ids:
            indexes = self._without_known_records(batch, indexes)
        return self._without_copies(batch, stream, indexes) if self.is_overlapping(batch, stream) else indexes

    def _without_known_records(self, batch: Batch, indexes: list[int]) -> list[int]:
        seen = known.record_ids(self._connection, list(batch.record_ids.values()))
        kept: list[int] = []
        for index in indexes:
            name = batch.record_ids.get(batch.calls[index][SEQ])
            if name is not None and name in seen:
                continue
            if name is not None:
                seen.add(name)
            kept.append(index)
        return kept

    def _without_copies(self, batch: Batch, stream: Stream, indexes: list[int]) -> list[int]:
        """Leave out lines that other contents told already: as often as they told them, and no more.

        A record that has its own id is new by that id; what it may copy is a line without one.
        """
        timed = [kind.is_timed for kind in batch.kinds]
        times = {batch.calls[index][TIME] for index in indexes if timed[batch.calls[index][KIND]]}
        found = known.calls_at(self._connection, times, stream.origin_id, self._source)
        if not found:
            return indexes
        told = _with_nameless(found)
        sorts = [sort_of(kind) for kind in batch.kinds]
        kept: list[int] = []
        for index in indexes:
            seq, time, kind, input_tokens, output_tokens, reported = batch.calls[index]
            sort = sorts[kind]
            key = known.CallKey(time, sort.provider, sort.model, input_tokens, output_tokens, reported)
            used, (calls, with_id) = self._used.get(key, 0), told.get(key, (0, 0))
            if timed[kind] and used < calls - (with_id if seq in batch.record_ids else 0):
                self._used[key] = used + 1
            else:
                kept.append(index)
        last = time_span(batch)[1]
        self._used = {key: count for key, count in self._used.items() if last - key.occurred_at < BEFORE_US}
        return kept


def _with_nameless(told: dict[known.CallKey, known.Told]) -> dict[known.CallKey, tuple[int, int]]:
    """Return what was told also by the keys without model: a line without one may have got it from its twin."""
    every: dict[known.CallKey, tuple[int, int]] = {}
    for key, (calls, with_id) in told.items():
        for name in {key, key._replace(model=None)}:
            sum_calls, sum_with_id = every.get(name, (0, 0))
            every[name] = sum_calls + calls, sum_with_id + with_id
    return every


def time_span(batch: Batch) -> tuple[int, int]:
    """Return the first and the last time of a batch's calls, in microseconds UTC; it must have some."""
    times = [call[TIME] for call in batch.calls]
    return min(times), max(times)
