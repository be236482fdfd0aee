"""Writing to the ledger: events and their sums go in together, in one transaction of the caller's.

`rollup` holds the sums of every quarter of an hour and facet; it is changed here and nowhere else, so that it
always equals what the events add up to.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from tokencli.domain.errors import InputError
from tokencli.store import many_rows
from tokencli.store.dictionary import Dictionary

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence

ORIGIN_SHIFT = 40
BUCKET_US = 900_000_000
_ROLLUP_SUMS = (
    "requests",
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
    "list_cost_pico",
    "reported_requests",
    "reported_cost_pico",
    "compared_requests",
    "compared_list_pico",
    "compared_reported_pico",
)
# Beyond 63 bits SQLite would go on in binary fractions: such a sum becomes NULL, which the column refuses.
_ADD = ", ".join(
    f"{name} = iif(typeof({name} + excluded.{name}) = 'integer', {name} + excluded.{name}, NULL)"
    for name in _ROLLUP_SUMS
)
PLAIN_FIELDS = 7
_ROWS_A_STATEMENT = 200
_PLAIN_ROW = "(?, ?, ?, ?, 0, 0, ?, 0, ?, ?)"
_INSERT_PLAIN = f"INSERT INTO event VALUES {_PLAIN_ROW}"  # noqa: S608 - marks only
_INSERT_MANY = f"INSERT INTO event VALUES {', '.join([_PLAIN_ROW] * _ROWS_A_STATEMENT)}"  # noqa: S608 - marks only
_FIND_BY_INDEX = "UPDATE event_detail SET found_elsewhere = NULL WHERE event_id = ? AND found_elsewhere = 1"
_INSERT_EVENT = "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
# One number stands for bucket and facet, which sorts faster than two.
_ROLL_RANGE = f"""
INSERT INTO rollup(bucket, facet_id, {", ".join(_ROLLUP_SUMS)})
SELECT place >> 32, place & 4294967295, calls, input, 0, 0, output, 0, listed, told, reported, both, both_listed,
       both_reported
FROM (SELECT occurred_at / {BUCKET_US} << 32 | facet_id AS place, count(*) AS calls,
             ifnull(sum(input_tokens), 0) AS input, ifnull(sum(output_tokens), 0) AS output,
             ifnull(sum(list_cost_pico), 0) AS listed, count(reported_cost_pico) AS told,
             ifnull(sum(reported_cost_pico), 0) AS reported, count(list_cost_pico + reported_cost_pico) AS both,
             ifnull(sum(iif(reported_cost_pico IS NULL, NULL, list_cost_pico)), 0) AS both_listed,
             ifnull(sum(iif(list_cost_pico IS NULL, NULL, reported_cost_pico)), 0) AS both_reported
      FROM event WHERE id BETWEEN ? AND ? GROUP BY place)
WHERE true
ON CONFLICT (bucket, facet_id) DO UPDATE SET {_ADD}
"""  # noqa: S608 - our own columns
_ROLL_ON = f" ON CONFLICT (bucket, facet_id) DO UPDATE SET {_ADD}"
_ROLL_ONE = f"""
INSERT INTO rollup(bucket, facet_id, {", ".join(_ROLLUP_SUMS)}) VALUES ({", ".join("?" for _ in range(14))})
{_ROLL_ON}
"""  # noqa: S608 - our own columns

# What calls whose charge changes in a repricing take from the sums, or add to them.
_ROLL_CHARGES = f"""
INSERT INTO rollup(bucket, facet_id, {", ".join(_ROLLUP_SUMS)})
SELECT e.occurred_at / {BUCKET_US}, e.facet_id, ?1 * count(*), ?1 * ifnull(sum(e.input_tokens), 0),
       ?1 * ifnull(sum(e.cache_read_tokens), 0), ?1 * ifnull(sum(e.cache_write_tokens), 0),
       ?1 * ifnull(sum(e.output_tokens), 0), ?1 * ifnull(sum(e.reasoning_tokens), 0),
       ?1 * ifnull(sum(e.list_cost_pico), 0), ?1 * count(e.reported_cost_pico),
       ?1 * ifnull(sum(e.reported_cost_pico), 0), ?1 * count(e.list_cost_pico + e.reported_cost_pico),
       ?1 * ifnull(sum(iif(e.reported_cost_pico IS NULL, NULL, e.list_cost_pico)), 0),
       ?1 * ifnull(sum(iif(e.list_cost_pico IS NULL, NULL, e.reported_cost_pico)), 0)
FROM past_charge AS c CROSS JOIN event AS e ON e.id = c.event_id
WHERE c.event_id BETWEEN ?2 AND ?3 AND c.repricing_id = ?4 GROUP BY 1, 2
ON CONFLICT (bucket, facet_id) DO UPDATE SET {_ADD}
"""  # noqa: S608 - our own columns


class AbsurdSumError(InputError):
    """Calls of a quarter of an hour that come to more than the ledger can hold."""

    def __init__(self) -> None:
        """Say what cannot be true."""
        super().__init__(
            "the calls of a quarter of an hour come to more than 9.2 million dollars, which no log can mean:"
            " none of those read since the last commit was kept. Look at the dollars of its lines."
        )


class EventRow(NamedTuple):
    """One row of `event`; `id` is origin * 2^40 + seq, times are microseconds UTC, money is picodollars."""

    id: int
    occurred_at: int
    facet_id: int
    input_tokens: int | None
    cache_read_tokens: int | None
    cache_write_tokens: int | None
    output_tokens: int | None
    reasoning_tokens: int | None
    list_cost_pico: int | None
    reported_cost_pico: int | None


class DetailRow(NamedTuple):
    """One row of `event_detail`, without its event's id: what only some calls have."""

    usage: str | None = None
    raw_usage: str | None = None
    response_id: str | None = None
    record_id: str | None = None
    conversation_id: str | None = None
    duration_us: int | None = None
    time_to_first_token_us: int | None = None


class EstimateRow(NamedTuple):
    """One row of `estimate`, without its event's id: what the proxy had counted itself."""

    input_tokens: int | None
    output_tokens: int | None


class CallRow(NamedTuple):
    """All that is stored of one call."""

    event: EventRow
    detail: DetailRow | None = None
    estimate: EstimateRow | None = None


class Recharge(NamedTuple):
    """A call's new charge, and the one that it had."""

    id: int
    facet_id: int
    list_cost_pico: int | None
    old_facet_id: int
    old_list_cost_pico: int | None


class Ledger:
    """The writing side of one open ledger; every method belongs inside the caller's transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Write through an open connection."""
        self.connection = connection
        self.dictionary = Dictionary(connection)

    def insert_plain(self, flat: Sequence[int | None]) -> None:
        """Insert new calls with plain input and output only, their PLAIN_FIELDS one after the other.

        The calls' ids ascend, and no event between the first and the last of them exists yet.
        """
        if not flat:
            return
        whole = len(flat) - len(flat) % (_ROWS_A_STATEMENT * PLAIN_FIELDS)
        for start in range(0, whole, _ROWS_A_STATEMENT * PLAIN_FIELDS):
            self.connection.execute(_INSERT_MANY, flat[start : start + _ROWS_A_STATEMENT * PLAIN_FIELDS])
        for start in range(whole, len(flat), PLAIN_FIELDS):
            self.connection.execute(_INSERT_PLAIN, flat[start : start + PLAIN_FIELDS])
        with _held_sums():
            self.connection.execute(_ROLL_RANGE, (flat[0], flat[-PLAIN_FIELDS]))

    def insert_one_by_one(self, flat: Sequence[int | None]) -> None:
        """Insert the same as `insert_plain` where events between the first and the last may exist already."""
        for start in range(0, len(flat), PLAIN_FIELDS):
            number, time, facet_id, input_tokens, output_tokens, listed, reported = flat[start : start + PLAIN_FIELDS]
            row = (number, time, facet_id, input_tokens, 0, 0, output_tokens, 0, listed, reported)
            self.insert(EventRow(*cast("tuple[Any, ...]", row)))

    def insert(self, row: EventRow, detail: DetailRow | None = None, estimate: EstimateRow | None = None) -> bool:
        """Insert one call; False when its id is known already, and then nothing changes."""
        if not self.connection.execute(_INSERT_EVENT, row).rowcount:
            return False
        if detail is not None:
            self.connection.execute("INSERT INTO event_detail VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)", (row.id, *detail))
        if estimate is not None:
            self.connection.execute("INSERT INTO estimate VALUES (?, ?, ?)", (row.id, *estimate))
        self._roll(row, 1)
        return True

    def insert_new(self, calls: Sequence[CallRow]) -> None:
        """Insert calls of which none is known yet, all by a few statements.

        Raises:
            IntegrityError: one is known; the caller's transaction has to be rolled back.
        """
        details = [(row.id, *detail, None) for row, detail, _ in calls if detail is not None]
        estimates = [(row.id, *estimate) for row, _, estimate in calls if estimate is not None]
        if calls:
            events = [call.event for call in calls]
            self.insert_columns([*zip(*events, strict=True)], [*zip(*details, strict=True)])
        many_rows.insert(self.connection, "estimate", estimates)

    def insert_columns(self, events: Sequence[Sequence[Any]], details: Sequence[Sequence[object]]) -> None:
        """Insert calls of which none is known yet: all columns of `event`, and of `event_detail`, which may have less.

        Raises:
            IntegrityError: one is known; the caller's transaction has to be rolled back.
        """
        many_rows.insert_columns(self.connection, "event", events)
        if details:
            many_rows.insert_columns(self.connection, "event_detail", details)
        self._roll_all(events)

    def read(self, number: int) -> EventRow:
        """Return the event of that number."""
        return EventRow(*self.connection.execute("SELECT * FROM event WHERE id = ?", (number,)).fetchone())

    def replace(self, new: EventRow) -> None:
        """Put an improved event in the place of the one with its id; with another facet, the indexes find it."""
        old = self.read(new.id)
        self._roll(old, -1)
        assignments = ", ".join(f"{name} = ?" for name in EventRow._fields[1:])
        self.connection.execute(f"UPDATE event SET {assignments} WHERE id = ?", (*new[1:], new.id))  # noqa: S608
        if new.facet_id != old.facet_id:
            self.connection.execute(_FIND_BY_INDEX, (new.id,))
        self._roll(new, 1)

    def recharge(self, repricing_id: int, changes: Sequence[Recharge]) -> None:
        """Put new charges in the place of old ones, which are kept under that repricing; the calls' numbers ascend."""
        if not changes:
            return
        place = changes[0].id, changes[-1].id, repricing_id
        self.connection.executemany(
            "INSERT INTO past_charge(event_id, repricing_id, facet_id, list_cost_pico) VALUES (?, ?, ?, ?)",
            [(one.id, repricing_id, one.old_facet_id, one.old_list_cost_pico) for one in changes],
        )
        with _held_sums():
            self.connection.execute(_ROLL_CHARGES, (-1, *place))
            self.connection.executemany(
                "UPDATE event SET facet_id = ?, list_cost_pico = ? WHERE id = ?",
                [(one.facet_id, one.list_cost_pico, one.id) for one in changes],
            )
            self.connection.execute(_ROLL_CHARGES, (1, *place))
        self.connection.execute("DELETE FROM rollup WHERE requests = 0")

    def remove(self, row: EventRow) -> None:
        """Take a call out that turned out to be another one's; what is kept beside its row stays."""
        self._roll(row, -1)
        self.connection.execute("DELETE FROM event WHERE id = ?", (row.id,))

    def tell_usage(self, number: int, detail: DetailRow) -> None:
        """Keep what an improved event's usage is made of; everything else that is known of it stays."""
        self.connection.execute(
            "INSERT INTO event_detail(event_id, usage, raw_usage, response_id) VALUES (?, ?, ?, ?)"
            " ON CONFLICT(event_id) DO UPDATE SET usage = excluded.usage, raw_usage = excluded.raw_usage",
            (number, detail.usage, detail.raw_usage, detail.response_id),
        )

    def add_sightings(self, rows: Iterable[tuple[int, int, int, str, int, str | None]]) -> None:
        """Keep further witnesses: (event, origin, seq, source, time, note); one that is known changes nothing."""
        self.connection.executemany("INSERT INTO sighting VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", rows)

    def add_notices(self, rows: Iterable[tuple[int, int | None, str, str | None, str | None]]) -> None:
        """Keep lines of failure: (id, time or None, code, provider, model); one that is known changes nothing."""
        self.connection.executemany("INSERT INTO notice VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", rows)

    def add_record_ids(self, rows: Iterable[tuple[int, str]]) -> None:
        """Keep the sources' own ids of records: (event, record id)."""
        self.connection.executemany("INSERT INTO event_detail(event_id, record_id) VALUES (?, ?)", rows)

    def _roll_all(self, events: Sequence[Sequence[Any]]) -> None:
        """Add calls, given column by column, to the sums, each sum once."""
        sums: dict[tuple[int, int], list[int]] = {}
        latest: tuple[int, int] | None = None
        known: list[int] = []
        buckets = [at // BUCKET_US for at in events[1]]
        for place, into, cache_read, cache_write, out, reasoning, listed, reported in zip(
            zip(buckets, events[2], strict=True), *events[3:], strict=True
        ):
            if place != latest:
                latest, known = place, sums.setdefault(place, [0] * len(_ROLLUP_SUMS))
            known[0] += 1
            known[1] += into or 0
            known[2] += cache_read or 0
            known[3] += cache_write or 0
            known[4] += out or 0
            known[5] += reasoning or 0
            known[6] += listed or 0
            if reported is not None:
                _add_reported(known, listed, reported)
        with _held_sums():
            many_rows.insert(
                self.connection, "rollup", [(*sums_at, *sums[sums_at]) for sums_at in sorted(sums)], _ROLL_ON
            )

    def _roll(self, row: EventRow, sign: int) -> None:
        bucket = row.occurred_at // BUCKET_US
        with _held_sums():
            self.connection.execute(_ROLL_ONE, (bucket, row.facet_id, *(sign * value for value in _sums(row))))
        if sign < 0:
            self.connection.execute(
                "DELETE FROM rollup WHERE bucket = ? AND facet_id = ? AND requests = 0", (bucket, row.facet_id)
            )


def _add_reported(sums: list[int], listed: int | None, reported: int) -> None:
    sums[7] += 1
    sums[8] += reported
    if listed is not None:
        sums[9] += 1
        sums[10] += listed
        sums[11] += reported


def _sums(row: EventRow) -> tuple[int, ...]:
    """Return what one call adds to the sums."""
    _, _, _, into, cache_read, cache_write, out, reasoning, listed, reported = row
    tokens = (1, into or 0, cache_read or 0, cache_write or 0, out or 0, reasoning or 0)
    if reported is None:
        return (*tokens, listed or 0, 0, 0, 0, 0, 0)
    return (*tokens, listed or 0, 1, reported, *((0, 0, 0) if listed is None else (1, listed, reported)))


@contextmanager
def _held_sums() -> Generator[None]:
    """Raise AbsurdSumError where a sum does not fit 63 bits."""
    try:
        yield
    except (sqlite3.IntegrityError, sqlite3.OperationalError) as error:
        if "integer overflow" in str(error) or "NOT NULL constraint failed: rollup" in str(error):
            raise AbsurdSumError from error
        raise
