"""By what calls are known again when another witness tells of them: names, answers' ids, time and counts."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from tokencli.store import answers, many_rows
from tokencli.store.dictionary import Facet
from tokencli.store.ledger import ORIGIN_SHIFT, DetailRow, EstimateRow, EventRow

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

_Item = TypeVar("_Item", str, int)
_MANY = 400
_FACET = ", ".join(f"f.{name}" for name in Facet._fields)
_DETAIL = ", ".join(f"d.{name}" for name in DetailRow._fields)
_EVENT_WIDTH = len(EventRow._fields)
_FACET_END = _EVENT_WIDTH + len(Facet._fields)
_KNOWN = (
    f"SELECT e.*, {_FACET}, {_DETAIL} FROM event AS e JOIN facet AS f ON f.id = e.facet_id"  # noqa: S608 - our own
    " LEFT JOIN event_detail AS d ON d.event_id = e.id"
)

_FIGURES = """\
SELECT e.id, e.input_tokens, e.cache_read_tokens, e.cache_write_tokens, e.output_tokens, e.reasoning_tokens,
       f.basis, f.cost_status, d.usage IS NOT NULL
FROM event AS e JOIN facet AS f ON f.id = e.facet_id LEFT JOIN event_detail AS d ON d.event_id = e.id
WHERE e.id IN ({marks})"""
_name = itemgetter(0)


class KnownCall(NamedTuple):
    """One call as the ledger holds it, or as a witness would have it held."""

    event: EventRow
    facet: Facet
    detail: DetailRow


class KnownFigures(NamedTuple):
    """What the ledger has of a call's figures: the five counts, and what is said of them."""

    counts: tuple[int | None, ...]
    basis: str
    cost_status: str
    has_usage: bool


def calls_with_keys(connection: sqlite3.Connection, keys: Sequence[str]) -> dict[str, int]:
    """Return the numbers of the calls that some sources' own names stand for."""
    found: dict[str, int] = {}
    for some in _parts(keys):
        statement = f"SELECT key, event_id FROM identity WHERE key IN ({_marks(some)})"  # noqa: S608 - marks only
        found.update(connection.execute(statement, some).fetchall())
    return found


def has_keys(connection: sqlite3.Connection) -> bool:
    """Say whether any source's own name stands for a call."""
    return bool(connection.execute("SELECT EXISTS (SELECT 1 FROM identity)").fetchone()[0])


def add_keys(connection: sqlite3.Connection, rows: Iterable[tuple[str, int]]) -> None:
    """Let sources' own names stand for calls: (key, number); a name that is taken keeps its call."""
    connection.executemany("INSERT INTO identity VALUES (?, ?) ON CONFLICT DO NOTHING", rows)


def add_new_keys(connection: sqlite3.Connection, rows: Sequence[tuple[str, int]]) -> None:
    """Let names that stand for no call yet stand for calls: (key, number), each name once."""
    many_rows.insert(connection, "identity", sorted(rows, key=_name))


def calls_with_answers(connection: sqlite3.Connection, ids: Sequence[str]) -> dict[str, list[int]]:
    """Return the numbers of the calls that were answered under some ids, the first one of each first."""
    found: dict[str, list[int]] = {}
    for some in _parts(ids):
        names = [answers.NAME_START + each for each in some]
        for name, number in connection.execute(answers.under_ids(len(some)), [*some, *names]):
            found.setdefault(name, []).append(number)
    return found


def kind_of(connection: sqlite3.Connection, origin_id: int) -> str | None:
    """Return what kind of stream an origin is; None when there is no such origin."""
    row = connection.execute("SELECT kind FROM origin WHERE id = ?", (origin_id,)).fetchone()
    return None if row is None else str(row[0])


def call_at(connection: sqlite3.Connection, place: int) -> int | None:
    """Return the call that has a further sighting at a place (an origin and what stands there, as one number)."""
    origin_id = place >> ORIGIN_SHIFT
    row = connection.execute(
        "SELECT event_id FROM sighting WHERE origin_id = ? AND seq = ?",
        (origin_id, place - (origin_id << ORIGIN_SHIFT)),
    ).fetchone()
    return None if row is None else int(row[0])


def is_sighting(connection: sqlite3.Connection, number: int, place: int) -> bool:
    """Say whether a place (an origin and what stands there, as one number) is a further sighting of a call."""
    origin_id = place >> ORIGIN_SHIFT
    row = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM sighting WHERE event_id = ? AND origin_id = ? AND seq = ?)",
        (number, origin_id, place - (origin_id << ORIGIN_SHIFT)),
    ).fetchone()
    return bool(row[0])


def known_calls(connection: sqlite3.Connection, numbers: Sequence[int]) -> dict[int, KnownCall]:
    """Return all that is known of some calls, by number."""
    found: dict[int, KnownCall] = {}
    for some in _parts(numbers):
        statement = f"{_KNOWN} WHERE e.id IN ({_marks(some)})"
        for row in connection.execute(statement, some):
            found[row[0]] = _known(row)
    return found


def known_figures(connection: sqlite3.Connection, numbers: Sequence[int]) -> dict[int, KnownFigures]:
    """Return the figures of some calls, by number, in a fraction of the time of all that is known of them."""
    found: dict[int, KnownFigures] = {}
    for some in _parts(numbers):
        for number, *counts, basis, status, has_usage in connection.execute(_FIGURES.format(marks=_marks(some)), some):
            found[number] = KnownFigures(tuple(counts), basis, status, bool(has_usage))
    return found


def counted_by_others(connection: sqlite3.Connection, source: str) -> bool:
    """Say whether any other source than this one has told of a call."""
    row = connection.execute("SELECT EXISTS (SELECT 1 FROM facet WHERE source <> ?)", (source,)).fetchone()
    return bool(row[0])


def of_others(
    connection: sqlite3.Connection, between: tuple[int, int], source: str
) -> dict[tuple[int, int], list[tuple[int, int]]]:
    """Return the counted calls of other sources in a stretch of time, both ends included.

    They come by (input tokens, output tokens), each as (time, number).
    """
    rows = connection.execute(
        "SELECT e.input_tokens, e.output_tokens, e.occurred_at, e.id FROM event AS e"
        " WHERE e.occurred_at BETWEEN ? AND ? AND e.facet_id IN (SELECT id FROM facet WHERE source <> ?)"
        " AND e.input_tokens + e.output_tokens > 0",
        (*between, source),
    )
    found: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for into, out, time, number in rows:
        found.setdefault((into, out), []).append((time, number))
    return found


def sources_of(connection: sqlite3.Connection, numbers: Sequence[int]) -> dict[int, set[str]]:
    """Return the sources that have further sightings of some calls, by number."""
    found: dict[int, set[str]] = {}
    for some in _parts(numbers):
        statement = f"SELECT event_id, source FROM sighting WHERE event_id IN ({_marks(some)})"  # noqa: S608 - marks only
        for number, source in connection.execute(statement, some):
            found.setdefault(number, set()).add(source)
    return found


def add_places(connection: sqlite3.Connection, rows: Iterable[tuple[int, int, int, str, int, str | None]]) -> None:
    """Keep further sightings as Ledger.add_sightings does, but only the first of each call in an origin."""
    connection.executemany(
        "INSERT INTO sighting SELECT ?1, ?2, ?3, ?4, ?5, ?6"
        " WHERE NOT EXISTS (SELECT 1 FROM sighting WHERE event_id = ?1 AND origin_id = ?2)",
        rows,
    )


def put(connection: sqlite3.Connection, number: int, detail: DetailRow) -> None:
    """Keep the details of a call, in the place of what was there; it is found by the indexes from then on."""
    names = DetailRow._fields
    marks = ", ".join("?" for _ in names)
    updates = ", ".join(f"{name} = excluded.{name}" for name in (*names, "found_elsewhere"))
    connection.execute(
        f"INSERT INTO event_detail(event_id, {', '.join(names)}) VALUES (?, {marks})"  # noqa: S608 - our own columns
        f" ON CONFLICT (event_id) DO UPDATE SET {updates}",
        (number, *detail),
    )


def put_estimate(connection: sqlite3.Connection, number: int, estimate: EstimateRow) -> None:
    """Keep what the proxy had counted itself of a call, unless something is kept already."""
    connection.execute("INSERT INTO estimate VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (number, *estimate))


def hand_over(connection: sqlite3.Connection, number: int, to: int) -> None:
    """Let everything that is kept of one call beside its row belong to another one: names, sightings, details."""
    connection.execute("UPDATE identity SET event_id = ? WHERE event_id = ?", (to, number))
    connection.execute("UPDATE OR IGNORE sighting SET event_id = ? WHERE event_id = ?", (to, number))
    for table in ("sighting", "event_detail", "estimate", "past_charge"):
        connection.execute(f"DELETE FROM {table} WHERE event_id = ?", (number,))  # noqa: S608 - our own tables


def last_place(connection: sqlite3.Connection, origin_id: int) -> int:
    """Return the highest place of an origin that anything was told at, -1 when nothing was."""
    first = origin_id << ORIGIN_SHIFT
    event, sighting = connection.execute(
        "SELECT (SELECT max(id) FROM event WHERE id BETWEEN ? AND ?),"
        " (SELECT max(seq) FROM sighting WHERE origin_id = ?)",
        (first, first + (1 << ORIGIN_SHIFT) - 1, origin_id),
    ).fetchone()
    return max(-1 if event is None else event - first, -1 if sighting is None else sighting)


def _known(row: tuple[Any, ...]) -> KnownCall:
    return KnownCall(
        EventRow._make(row[:_EVENT_WIDTH]),
        Facet._make(row[_EVENT_WIDTH:_FACET_END]),
        DetailRow._make(row[_FACET_END:]),
    )


def _parts(items: Sequence[_Item]) -> Iterable[Sequence[_Item]]:
    return (items[start : start + _MANY] for start in range(0, len(items), _MANY))


def _marks(some: Sequence[object]) -> str:
    return ", ".join("?" for _ in some)
