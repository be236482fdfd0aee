"""What the checks read of single calls: impossible ones, and those at impossible times."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tokencli.store.ledger import ORIGIN_SHIFT
from tokencli.store.slices import to_us

if TYPE_CHECKING:
    import sqlite3

    from tokencli.domain.period import Period

_COUNTS = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens")
_BELOW_ZERO = " OR ".join(f"{name} < 0" for name in (*_COUNTS, "list_cost_pico", "reported_cost_pico"))
_ABOVE = "cache_read_tokens + cache_write_tokens > input_tokens OR reasoning_tokens > output_tokens"
_MARKED = """'%"inconsistent": true%'"""
# The plus keeps SQLite from the index: in the order of the rows, all of them are read sooner.
_ROWS = f"""\
SELECT count(*), min(id), coalesce(sum({_BELOW_ZERO}), 0) FROM event
WHERE ({_BELOW_ZERO} OR {_ABOVE}) AND +occurred_at >= ? AND +occurred_at < ?"""  # noqa: S608 - our own columns
_MARKS = f"""\
SELECT count(*), min(d.event_id) FROM event_detail AS d JOIN event AS e ON e.id = d.event_id
WHERE d.usage LIKE {_MARKED} AND e.occurred_at >= ? AND e.occurred_at < ?"""  # noqa: S608 - our own words


class Odd(NamedTuple):
    """Calls with counts that cannot be: `below_zero` of them negative, the others a part above its whole."""

    calls: int
    below_zero: int
    example: str | None


def calls_from(connection: sqlite3.Connection, moment_us: int) -> tuple[int, int]:
    """Return how many calls are at or after a time (microseconds), and the time of the last one."""
    row = connection.execute("SELECT count(*), max(occurred_at) FROM event WHERE occurred_at >= ?", (moment_us,))
    count, newest = row.fetchone()
    return count, newest or 0


def calls_before(connection: sqlite3.Connection, moment_us: int) -> int:
    """Return how many calls are before a time (microseconds)."""
    (count,) = connection.execute("SELECT count(*) FROM event WHERE occurred_at < ?", (moment_us,)).fetchone()
    return int(count)


def zero_calls(connection: sqlite3.Connection, period: Period) -> dict[int, int]:
    """Return by facet how many calls of a period say 0 tokens in and out."""
    statement = (
        "SELECT facet_id, count(*) FROM event WHERE input_tokens = 0 AND output_tokens = 0"
        " AND +occurred_at >= ? AND +occurred_at < ? GROUP BY facet_id"
    )
    return dict(connection.execute(statement, (to_us(period.start), to_us(period.end))).fetchall())


def odd_counts(connection: sqlite3.Connection, period: Period) -> Odd:
    """Return the calls of a period whose columns contradict themselves."""
    calls, first, below = connection.execute(_ROWS, (to_us(period.start), to_us(period.end))).fetchone()
    return Odd(calls, below, None if first is None else event_name(connection, first))


def marked_inconsistent(connection: sqlite3.Connection, period: Period) -> Odd:
    """Return the calls of a period whose source told counts that contradict each other, as they were marked."""
    calls, first = connection.execute(_MARKS, (to_us(period.start), to_us(period.end))).fetchone()
    return Odd(calls, 0, None if first is None else event_name(connection, first))


def event_name(connection: sqlite3.Connection, number: int) -> str:
    """Return the id under which a call of that number is known outside."""
    row = connection.execute("SELECT key FROM origin WHERE id = ?", (number >> ORIGIN_SHIFT,)).fetchone()
    return f"{row[0] if row else '?'}.{number & (1 << ORIGIN_SHIFT) - 1}"
