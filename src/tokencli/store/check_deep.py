"""Every call of a period with what its counts and its cost were made from, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tokencli.store.slices import to_us

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from tokencli.domain.period import Period

_ROWS = """\
SELECT e.id, e.facet_id, e.input_tokens, e.cache_read_tokens, e.cache_write_tokens, e.output_tokens,
       e.reasoning_tokens, e.list_cost_pico, d.usage, d.raw_usage
FROM event AS e LEFT JOIN event_detail AS d ON d.event_id = e.id
WHERE +e.occurred_at >= ? AND +e.occurred_at < ? ORDER BY e.id"""


class DeepRow(NamedTuple):
    """One call; `usage` is what it used besides the five counts, as JSON, `raw_usage` its source's."""

    id: int
    facet_id: int
    input_tokens: int | None
    cache_read_tokens: int | None
    cache_write_tokens: int | None
    output_tokens: int | None
    reasoning_tokens: int | None
    list_cost_pico: int | None
    usage: str | None
    raw_usage: str | None


def rows(connection: sqlite3.Connection, period: Period) -> Iterator[DeepRow]:
    """Yield the calls of a period in the order in which they were written."""
    for row in connection.execute(_ROWS, (to_us(period.start), to_us(period.end))):
        yield DeepRow(*row)


def price_bodies(connection: sqlite3.Connection) -> dict[int, str]:
    """Return every price card that calls were charged by, as JSON, by its number."""
    return dict(connection.execute("SELECT id, body FROM price"))
