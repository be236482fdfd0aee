"""The ledger's own soundness: pages, references, and whether the kept sums are what the calls add up to."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tokencli.store.answers import NAME_START, NAMED_BY_ANSWER

if TYPE_CHECKING:
    import sqlite3

_MOST = 3
_LARGE = 2**60
_COLUMNS = (
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
    "list_cost_pico",
    "reported_cost_pico",
)
_KEPT = f"SELECT sum(requests), {', '.join(f'total({name})' for name in _COLUMNS)} FROM rollup"  # noqa: S608
_EXACT = f"SELECT coalesce(sum(requests), 0), {', '.join(f'coalesce(sum({name}), 0)' for name in _COLUMNS)} FROM rollup"  # noqa: S608
_ADDED = f"SELECT count(*), {', '.join(f'coalesce(sum({name}), 0)' for name in _COLUMNS)} FROM event"  # noqa: S608
_EACH = f"""\
SELECT count(*) FROM (
    SELECT bucket, facet_id, requests, {", ".join(_COLUMNS)} FROM rollup
    EXCEPT
    SELECT occurred_at / 900000000, facet_id, count(*), {", ".join(f"coalesce(sum({name}), 0)" for name in _COLUMNS)}
    FROM event GROUP BY 1, 2
)"""  # noqa: S608 - our own columns
_FALSE_MARKS = f"""\
SELECT count(*) FROM event_detail AS d CROSS JOIN event AS e ON e.id = d.event_id
CROSS JOIN facet AS f ON f.id = e.facet_id LEFT JOIN identity AS i ON i.key = '{NAME_START}' || d.response_id
WHERE d.found_elsewhere IS NOT NULL AND (
    d.found_elsewhere <> 1 OR i.event_id IS NOT d.event_id
    OR f.source <> '{NAMED_BY_ANSWER}' OR f.session_id IS NOT d.conversation_id
)"""  # noqa: S608 - our own words


class Difference(NamedTuple):
    """What a column of the kept sums says, and what the calls add up to."""

    column: str
    kept: int
    added: int


def damage(connection: sqlite3.Connection, *, whole: bool) -> list[str]:
    """Return what SQLite finds broken, in its own words; `whole` compares every index with its table as well."""
    check = "integrity_check" if whole else "quick_check"
    found = [str(row[0]) for row in connection.execute(f"PRAGMA {check}({_MOST})")]
    return [] if found == ["ok"] else found


def broken_links(connection: sqlite3.Connection) -> dict[str, int]:
    """Return how many rows of each table refer to something that is not there."""
    found: dict[str, int] = {}
    for table, *_ in connection.execute("PRAGMA foreign_key_check"):
        found[table] = found.get(table, 0) + 1
    return found


def sums_apart(connection: sqlite3.Connection) -> list[Difference]:
    """Return the columns in which the kept sums of all calls are not what the calls add up to."""
    if max(abs(number or 0) for number in connection.execute(_KEPT).fetchone()) > _LARGE:
        return _apart_in_parts(connection)
    kept, added = connection.execute(_EXACT).fetchone(), connection.execute(_ADDED).fetchone()
    rows = zip(("requests", *_COLUMNS), kept, added, strict=True)
    return [Difference(name, old, new) for name, old, new in rows if old != new]


def quarters_apart(connection: sqlite3.Connection) -> int:
    """Return how many kept sums of a quarter of an hour and facet are not what their calls add up to; slow."""
    return int(connection.execute(_EACH).fetchone()[0])


def false_marks(connection: sqlite3.Connection) -> int:
    """Return how many calls no index has an entry for, though neither their names nor their facets find them; slow."""
    return int(connection.execute(_FALSE_MARKS).fetchone()[0])


def journal_mode(connection: sqlite3.Connection) -> str:
    """Return how the ledger keeps what is not folded in yet: "wal" for every ledger that tokencli wrote."""
    return str(connection.execute("PRAGMA journal_mode").fetchone()[0])


def _apart_in_parts(connection: sqlite3.Connection) -> list[Difference]:
    """Compare sums that do not fit 63 bits: thousand millions, and what is left of them."""
    found: list[Difference] = []
    for name in _COLUMNS:
        sums = [
            connection.execute(f"SELECT sum({name} / 1000000000), sum({name} % 1000000000) FROM {table}").fetchone()  # noqa: S608
            for table in ("rollup", "event")
        ]
        kept, added = ((high or 0) * 10**9 + (low or 0) for high, low in sums)
        if kept != added:
            found.append(Difference(name, kept, added))
    return found
