"""How far each origin has come: what a watcher of the ledger compares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokencli.store.ledger import ORIGIN_SHIFT

if TYPE_CHECKING:
    import sqlite3

_NEWEST = f"""\
SELECT o.key, (SELECT max(e.id) FROM event AS e WHERE e.id >= o.id << {ORIGIN_SHIFT}
               AND e.id < (o.id + 1) << {ORIGIN_SHIFT}) AS newest
FROM origin AS o WHERE newest IS NOT NULL"""  # noqa: S608 - our own number


def newest_by_origin(connection: sqlite3.Connection) -> dict[str, int]:
    """Return the number of the last event of each origin that has any, by the origins' keys."""
    return dict(connection.execute(_NEWEST).fetchall())


def numbers_after(connection: sqlite3.Connection, before: int | None, last: int) -> list[int]:
    """Return the numbers of one origin's events after `before` (from its first on for None) up to `last`."""
    first = (last >> ORIGIN_SHIFT) << ORIGIN_SHIFT if before is None else before + 1
    rows = connection.execute("SELECT id FROM event WHERE id BETWEEN ? AND ? ORDER BY id", (first, last))
    return [number for (number,) in rows]
