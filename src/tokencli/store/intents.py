"""Calls that are on their way: written before they are sent, removed when they are settled."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tokencli.store import many_rows
from tokencli.store.ledger import ORIGIN_SHIFT

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence


class IntentRow(NamedTuple):
    """One row of `intent`; `id` is the number that the call's event will have, the time is microseconds UTC."""

    id: int
    opened_at: int
    body: str


def add(connection: sqlite3.Connection, rows: Sequence[IntentRow]) -> None:
    """Keep calls that are about to be sent."""
    many_rows.insert(connection, "intent", rows)


def remove(connection: sqlite3.Connection, numbers: Sequence[int]) -> None:
    """Remove the intents of these numbers; one that is not there changes nothing."""
    many_rows.delete(connection, "intent", numbers)


def origins(connection: sqlite3.Connection) -> dict[str, int]:
    """Return the origins that have calls on their way, by their keys."""
    statement = "SELECT key, id FROM origin WHERE id IN (SELECT DISTINCT id >> ? FROM intent) ORDER BY id"
    return dict(connection.execute(statement, (ORIGIN_SHIFT,)).fetchall())


def some_of(connection: sqlite3.Connection, origin_id: int, most: int) -> list[IntentRow]:
    """Return the first intents of an origin, `most` at most."""
    first = origin_id << ORIGIN_SHIFT
    last = ((origin_id + 1) << ORIGIN_SHIFT) - 1
    rows = connection.execute("SELECT * FROM intent WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?", (first, last, most))
    return [IntentRow(*row) for row in rows]


def newest(connection: sqlite3.Connection, most: int) -> list[tuple[str, IntentRow]]:
    """Return the calls that were sent last and are still on their way, each with its id, the newest first."""
    rows = connection.execute(
        "SELECT o.key, i.id, i.opened_at, i.body FROM intent AS i JOIN origin AS o ON o.id = i.id >> ?"
        " ORDER BY i.opened_at DESC, i.id DESC LIMIT ?",
        (ORIGIN_SHIFT, most),
    )
    return [(f"{key}.{row[0] & (1 << ORIGIN_SHIFT) - 1}", IntentRow(*row)) for key, *row in rows]
