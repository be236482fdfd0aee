"""Pricing anew: the calls to look at, what they were charged, and putting new charges in the place of old ones."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from tokencli.domain.money import from_pico
from tokencli.domain.repricing import PastCharge
from tokencli.store.slices import from_us, to_us

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection

    from tokencli.domain.period import Period

_CHARGED = """\
SELECT e.id, e.occurred_at, e.facet_id, e.input_tokens, e.cache_read_tokens, e.cache_write_tokens, e.output_tokens,
       e.reasoning_tokens, e.list_cost_pico, d.usage
FROM event AS e LEFT JOIN event_detail AS d ON d.event_id = e.id
WHERE e.id > ? AND e.occurred_at >= ? AND e.occurred_at < ?{} ORDER BY e.id LIMIT ?"""
_AMONG = " AND e.facet_id IN (SELECT value FROM json_each(?))"
_PAST = """\
SELECT r.applied_at, r.reason, f.cost_status, c.list_cost_pico, p.body
FROM past_charge AS c JOIN repricing AS r ON r.id = c.repricing_id JOIN facet AS f ON f.id = c.facet_id
LEFT JOIN price AS p ON p.id = f.price_id WHERE c.event_id = ? ORDER BY c.repricing_id"""


class ChargedRow(NamedTuple):
    """One call and its charge; `usage` is what it used besides the plain counts, as JSON."""

    id: int
    occurred_at: int
    facet_id: int
    input_tokens: int | None
    cache_read_tokens: int | None
    cache_write_tokens: int | None
    output_tokens: int | None
    reasoning_tokens: int | None
    list_cost_pico: int | None
    usage: str | None


def charged_rows(
    connection: sqlite3.Connection, period: Period, facet_ids: Collection[int] | None, after: int, most: int
) -> list[ChargedRow]:
    """Return up to `most` calls of a period with a number above `after`, in the order of their numbers.

    Only calls of these facets; None stands for all.
    """
    ends = to_us(period.start), to_us(period.end)
    among = () if facet_ids is None else (json.dumps(list(facet_ids)),)
    rows = connection.execute(_CHARGED.format(_AMONG if among else ""), (after, *ends, *among, most))
    return list(map(ChargedRow._make, rows))


def count_events(connection: sqlite3.Connection) -> int:
    """Return how many calls the ledger holds, from its sums."""
    return int(connection.execute("SELECT ifnull(sum(requests), 0) FROM rollup").fetchone()[0])


def price_body(connection: sqlite3.Connection, price_id: int | None) -> str | None:
    """Return the price card of that number as JSON; None for None."""
    if price_id is None:
        return None
    return str(connection.execute("SELECT body FROM price WHERE id = ?", (price_id,)).fetchone()[0])


def begin_repricing(connection: sqlite3.Connection, applied_at: int, reason: str) -> int:
    """Return the number of a new repricing, in the caller's transaction."""
    cursor = connection.execute("INSERT INTO repricing(applied_at, reason) VALUES (?, ?)", (applied_at, reason))
    return cursor.lastrowid or 0


def tell_reason(connection: sqlite3.Connection, number: int, reason: str) -> None:
    """Keep what a repricing is for, as it is known by now."""
    connection.execute("UPDATE repricing SET reason = ? WHERE id = ?", (reason, number))


def past_charges(connection: sqlite3.Connection, number: int) -> tuple[PastCharge, ...]:
    """Return what a call was charged before, the oldest first."""
    return tuple(
        PastCharge(
            replaced_at=from_us(applied_at),
            reason=reason,
            status=status,
            list_cost=None if pico is None else from_pico(pico),
            price_source=_source(body),
        )
        for applied_at, reason, status, pico, body in connection.execute(_PAST, (number,))
    )


def _source(body: str | None) -> str | None:
    if body is None:
        return None
    name = json.loads(body).get("source")
    return None if name is None else str(name)
