"""Calls that stand twice in the ledger: the same answer's id, or the same call in all that is known of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from tokencli.store.answers import INDEXED, IS_MARKED, NAME_START, NAMED
from tokencli.store.check_rows import event_name
from tokencli.store.slices import to_us

if TYPE_CHECKING:
    import sqlite3

    from tokencli.domain.period import Period

# Of each answer's id, only the calls with the same counts and provider, no more than a day apart, are one call told
# twice: ids such as "chatcmpl-150" come back, and one answer may be billed in several parts. What the proxy sent was a
# call each time, whatever id a cache or a test server answered with. No two marked calls have the same id.
SAME_IDS = f"""\
WITH again AS MATERIALIZED (
    SELECT o.response_id FROM event_detail AS o INDEXED BY event_detail_response_id
    WHERE o.response_id IS NOT NULL AND o.found_elsewhere IS NULL AND length(o.response_id) >= :letters
    GROUP BY o.response_id HAVING count(*) > 1
    OR EXISTS (SELECT 1 FROM {NAMED} WHERE i.key = '{NAME_START}' || o.response_id AND {IS_MARKED})
), told AS (
    SELECT a.response_id, d.event_id FROM again AS a CROSS JOIN {INDEXED} ON d.response_id = a.response_id
    WHERE d.found_elsewhere IS NULL
    UNION ALL
    SELECT a.response_id, d.event_id FROM again AS a CROSS JOIN {NAMED}
    WHERE i.key = '{NAME_START}' || a.response_id AND {IS_MARKED}
)
SELECT f.provider_name, count(*) - max(1, sum(f.source = 'proxy')) AS too_many, min(e.id) FROM told AS t
CROSS JOIN event AS e ON e.id = t.event_id CROSS JOIN facet AS f ON f.id = e.facet_id
WHERE e.occurred_at >= :start AND e.occurred_at < :end AND e.input_tokens IS NOT NULL
GROUP BY t.response_id, f.provider_name, e.input_tokens, e.output_tokens
HAVING too_many > 0 AND max(e.occurred_at) - min(e.occurred_at) < 86400000000"""  # noqa: S608 - our own columns
_NEWEST = """\
SELECT id, occurred_at, facet_id, input_tokens, output_tokens, reported_cost_pico FROM (
    SELECT * FROM event WHERE occurred_at >= :start AND occurred_at < :end ORDER BY occurred_at DESC LIMIT :most
) WHERE input_tokens >= :input AND output_tokens >= :output ORDER BY occurred_at, id"""
_SORTS = """\
SELECT id, source, coalesce(response_model, request_model) FROM facet WHERE source <> 'proxy'"""
_HAS_OWN_ID = """\
SELECT EXISTS (SELECT 1 FROM event_detail WHERE event_id = ? AND coalesce(response_id, record_id) IS NOT NULL)"""


class Again(NamedTuple):
    """Calls that stand there once more: of a provider or a model, out of `calls` that were looked at."""

    subject: str | None
    source: str | None
    again: int
    calls: int
    example: str


def same_ids(connection: sqlite3.Connection, period: Period, *, letters: int) -> list[Again]:
    """Return by provider the calls of a period whose answer's id, of so many letters, another call has as well."""
    asked = {"letters": letters, "start": to_us(period.start), "end": to_us(period.end)}
    found: dict[str | None, Again] = {}
    for provider, again, first in connection.execute(SAME_IDS, asked).fetchall():
        known = found.get(provider)
        example = known.example if known else event_name(connection, first)
        found[provider] = Again(provider, None, again + (known.again if known else 0), 0, example)
    return list(found.values())


def alike(connection: sqlite3.Connection, period: Period, *, apart_us: int, **limits: int) -> list[Again]:
    """Return by source and model the calls that equal another one within microseconds, among the newest of a period.

    `limits` are `most` (calls looked at, -1 for all), `input` and `output` (tokens from which on two calls are not
    alike by chance). Calls of the proxy, and those that their source names by ids of their own, are never alike.
    """
    sorts = {number: (source, model) for number, source, model in connection.execute(_SORTS)}
    asked = {"start": to_us(period.start), "end": to_us(period.end), **limits}
    last: dict[tuple[object, ...], int] = {}
    looked: Counter[tuple[str, str | None]] = Counter()
    again: dict[tuple[str, str | None], list[int]] = defaultdict(list)
    for number, at, facet_id, *counts in connection.execute(_NEWEST, asked):
        sort = sorts.get(facet_id)
        if sort is None:
            continue
        looked[sort] += 1
        key = (sort, *counts)
        if at - last.get(key, -apart_us) < apart_us:
            again[sort].append(number)
        last[key] = at
    return [
        Again(model, source, len(numbers), looked[source, model], event_name(connection, numbers[0]))
        for (source, model), numbers in again.items()
        if not connection.execute(_HAS_OWN_ID, (numbers[0],)).fetchone()[0]
    ]
