"""Reading another ledger, row by row, so that its calls can be taken into this one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tokencli.store.dictionary import Facet
from tokencli.store.ledger import DetailRow, EstimateRow, EventRow
from tokencli.store.witnesses import KnownCall

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

_ROWS = 2_000
_FACET = ", ".join(f"f.{name}" for name in Facet._fields)
_DETAIL = ", ".join(f"d.{name}" for name in DetailRow._fields)
_EVENT_END = len(EventRow._fields)
_FACET_END = _EVENT_END + len(Facet._fields)
_DETAIL_END = _FACET_END + len(DetailRow._fields)
_CALLS = (
    f"SELECT e.*, {_FACET}, {_DETAIL}, s.event_id, s.input_tokens, s.output_tokens"  # noqa: S608 - our own columns
    " FROM event AS e JOIN facet AS f ON f.id = e.facet_id"
    " LEFT JOIN event_detail AS d ON d.event_id = e.id LEFT JOIN estimate AS s ON s.event_id = e.id"
    " WHERE e.id > ? ORDER BY e.id LIMIT ?"
)


class OtherCall(NamedTuple):
    """A call of another ledger, with the numbers that things have there."""

    call: KnownCall
    estimate: EstimateRow | None


class OtherOrigin(NamedTuple):
    """One stream of sightings, by the key that it has in every ledger."""

    key: str
    kind: str
    detail: str | None


def origins(connection: sqlite3.Connection) -> dict[int, OtherOrigin]:
    """Return all origins by their numbers there."""
    rows = connection.execute("SELECT id, key, kind, detail FROM origin")
    return {row[0]: OtherOrigin(*row[1:]) for row in rows}


def prices(connection: sqlite3.Connection) -> dict[int, str]:
    """Return the price cards by their numbers there."""
    return dict(connection.execute("SELECT id, body FROM price").fetchall())


def logged_prices(connection: sqlite3.Connection) -> dict[int, tuple[int, int]]:
    """Return the pairs of printed unit prices by their numbers there."""
    return {row[0]: (row[1], row[2]) for row in connection.execute("SELECT * FROM logged_price")}


def calls(connection: sqlite3.Connection) -> Iterator[list[OtherCall]]:
    """Yield all calls in the order of their numbers, some at a time."""
    last = -1
    while rows := connection.execute(_CALLS, (last, _ROWS)).fetchall():
        last = rows[-1][0]
        yield [_call(row) for row in rows]


def keys(connection: sqlite3.Connection) -> dict[int, list[str]]:
    """Return the names that sources gave to calls, by the calls' numbers there."""
    found: dict[int, list[str]] = {}
    for key, number in connection.execute("SELECT key, event_id FROM identity"):
        found.setdefault(number, []).append(key)
    return found


def sightings(connection: sqlite3.Connection) -> Iterator[tuple[int, int, int, str, int, str | None]]:
    """Yield all further sightings: (event, origin, seq, source, time, note)."""
    yield from connection.execute("SELECT event_id, origin_id, seq, source, occurred_at, note FROM sighting")


def notices(connection: sqlite3.Connection) -> Iterator[tuple[int, int | None, str, str | None, str | None]]:
    """Yield all lines of failure: (id, time, code, provider, model)."""
    yield from connection.execute("SELECT id, occurred_at, code, provider_name, model FROM notice")


def merge_sessions(connection: sqlite3.Connection, other: sqlite3.Connection) -> int:
    """Take sessions over that are not there yet, and return how many; a name that is taken gets the id behind it."""
    added = 0
    columns = "id, name, provider_name, model, created_at, ended_at"
    for row in other.execute(f"SELECT {columns} FROM session ORDER BY created_at, id"):  # noqa: S608 - our own columns
        for name in (row[1], f"{row[1]} ({row[0]})"):
            statement = f"INSERT INTO session({columns}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"  # noqa: S608
            if connection.execute(statement, (row[0], name, *row[2:])).rowcount:
                added += 1
                break
    return added


def _call(row: tuple[Any, ...]) -> OtherCall:
    known = KnownCall(
        EventRow._make(row[:_EVENT_END]),
        Facet._make(row[_EVENT_END:_FACET_END]),
        DetailRow._make(row[_FACET_END:_DETAIL_END]),
    )
    estimated = row[_DETAIL_END:]
    return OtherCall(known, None if estimated[0] is None else EstimateRow(*estimated[1:]))
