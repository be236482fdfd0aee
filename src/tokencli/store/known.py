"""What the ledger knows already of calls that a log is about to tell again."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tokencli.store.answers import UNDER_ID
from tokencli.store.ledger import ORIGIN_SHIFT

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

_MANY = 500
ANSWERED = (
    f"SELECT e.id FROM ({UNDER_ID}) AS a CROSS JOIN event AS e ON e.id = a.event_id"  # noqa: S608 - our own columns
    " CROSS JOIN facet AS f ON f.id = e.facet_id WHERE f.provider_name IS ?2 ORDER BY e.occurred_at DESC, e.id DESC"
)


class CallKey(NamedTuple):
    """By what two lines of different copies of a log are known to tell the same call; time in microseconds."""

    occurred_at: int
    provider_name: str | None
    model: str | None
    input_tokens: int | None
    output_tokens: int | None
    reported_cost_pico: int | None


class Told(NamedTuple):
    """How many calls with one key other contents told, and how many of them with the source's own id of a record."""

    calls: int
    with_record_id: int


class Candidate(NamedTuple):
    """A call that a twin line, or the line of a twin, may belong to."""

    id: int
    occurred_at: int
    provider_name: str | None
    model: str | None
    agent: str | None
    has_usage: bool


def span(connection: sqlite3.Connection) -> tuple[int, int] | None:
    """Return the first and last time of any event, in microseconds; None when there is none."""
    first, last = connection.execute(
        "SELECT (SELECT min(occurred_at) FROM event), (SELECT max(occurred_at) FROM event)"
    ).fetchone()
    return None if first is None else (first, last)


def version(connection: sqlite3.Connection) -> int:
    """Return a number that changes when another connection has changed the ledger."""
    return int(connection.execute("PRAGMA data_version").fetchone()[0])


def has_from(connection: sqlite3.Connection, origin_id: int, seq: int) -> bool:
    """Say whether an origin has told anything at or behind a place."""
    first = (origin_id << ORIGIN_SHIFT) + seq
    row = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM event WHERE id BETWEEN ? AND ?)"
        " OR EXISTS (SELECT 1 FROM sighting WHERE origin_id = ? AND seq >= ?)",
        (first, ((origin_id + 1) << ORIGIN_SHIFT) - 1, origin_id, seq),
    ).fetchone()
    return bool(row[0])


def calls_at(connection: sqlite3.Connection, times: Iterable[int], origin_id: int, source: str) -> dict[CallKey, Told]:
    """Return how many calls with each key stand at some times in other origins of the same source."""
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS probe(t INTEGER PRIMARY KEY)")
    connection.execute("DELETE FROM probe")
    connection.executemany("INSERT OR IGNORE INTO probe VALUES (?)", ((time,) for time in times))
    rows = connection.execute(
        "SELECT e.occurred_at, f.provider_name, f.request_model, e.input_tokens, e.output_tokens,"
        " e.reported_cost_pico, count(*), count(d.record_id)"
        " FROM probe AS p CROSS JOIN event AS e ON e.occurred_at = p.t JOIN facet AS f ON f.id = e.facet_id"
        " LEFT JOIN event_detail AS d ON d.event_id = e.id"
        " WHERE e.id >> ? <> ? AND f.source = ? AND f.basis <> 'missing' GROUP BY 1, 2, 3, 4, 5, 6",
        (ORIGIN_SHIFT, origin_id, source),
    )
    return {CallKey(*row[:6]): Told(*row[6:]) for row in rows}


def ids_between(connection: sqlite3.Connection, first: int, last: int) -> set[int]:
    """Return the numbers of the events and further sightings that an origin has in a range of numbers."""
    found = {row[0] for row in connection.execute("SELECT id FROM event WHERE id BETWEEN ? AND ?", (first, last))}
    origin_id = first >> ORIGIN_SHIFT
    low, high = first - (origin_id << ORIGIN_SHIFT), last - (origin_id << ORIGIN_SHIFT)
    sightings = connection.execute(
        "SELECT seq FROM sighting WHERE origin_id = ? AND seq BETWEEN ? AND ?", (origin_id, low, high)
    )
    return found | {(origin_id << ORIGIN_SHIFT) + row[0] for row in sightings}


def record_ids(connection: sqlite3.Connection, wanted: Sequence[str]) -> set[str]:
    """Return which of some records' own ids are in the ledger."""
    found: set[str] = set()
    for start in range(0, len(wanted), _MANY):
        some = wanted[start : start + _MANY]
        marks = ", ".join("?" for _ in some)
        statement = f"SELECT record_id FROM event_detail WHERE record_id IN ({marks})"  # noqa: S608 - marks only
        found.update(row[0] for row in connection.execute(statement, some))
    return found


def calls_answered(connection: sqlite3.Connection, provider_name: str | None, response_id: str | None) -> list[int]:
    """Return the numbers of a provider's calls that were answered under an id, the newest first; ids may repeat."""
    return [row[0] for row in connection.execute(ANSWERED, (response_id, provider_name))]


def candidates(
    connection: sqlite3.Connection, between: tuple[int, int], reported_pico: int, source: str
) -> list[Candidate]:
    """Return the calls that a source has told in a stretch of time (both ends included) at so many dollars."""
    rows = connection.execute(
        "SELECT e.id, e.occurred_at, f.provider_name, f.request_model, f.agent, e.input_tokens IS NOT NULL"
        " FROM event AS e JOIN facet AS f ON f.id = e.facet_id"
        " WHERE e.occurred_at BETWEEN ? AND ? AND e.reported_cost_pico = ?"
        " AND (f.source = ? OR EXISTS (SELECT 1 FROM sighting AS s WHERE s.event_id = e.id AND s.source = ?))"
        " ORDER BY e.occurred_at, e.id",
        (*between, reported_pico, source, source),
    )
    return [Candidate(row[0], row[1], row[2], row[3], row[4], bool(row[5])) for row in rows]


def is_sighted(connection: sqlite3.Connection, call: Candidate, occurred_at: int, here: int) -> bool:
    """Say whether a twin line of that time told of a call: one of another origin, or the one numbered `here`."""
    origin_id = here >> ORIGIN_SHIFT
    if not call.has_usage and call.occurred_at == occurred_at:
        return call.id == here or call.id >> ORIGIN_SHIFT != origin_id
    row = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM sighting WHERE event_id = ? AND occurred_at = ? AND (origin_id <> ? OR seq = ?))",
        (call.id, occurred_at, origin_id, here - (origin_id << ORIGIN_SHIFT)),
    ).fetchone()
    return bool(row[0])


def lonely_twins(
    connection: sqlite3.Connection, between: tuple[int, int], source: str
) -> list[tuple[int, int, int, str, str]]:
    """Return the calls that only a twin line told: (id, time, reported picodollars, model, agent)."""
    rows = connection.execute(
        "SELECT e.id, e.occurred_at, e.reported_cost_pico, f.request_model, f.agent FROM event AS e"
        " JOIN facet AS f ON f.id = e.facet_id WHERE e.occurred_at BETWEEN ? AND ? AND f.source = ?"
        " AND f.basis = 'missing' AND f.agent IS NOT NULL ORDER BY e.occurred_at, e.id",
        (*between, source),
    )
    return rows.fetchall()


def has_lonely_twins(connection: sqlite3.Connection, source: str) -> bool:
    """Say whether any facet stands for calls that only a twin line told."""
    statement = "SELECT EXISTS (SELECT 1 FROM facet WHERE source = ? AND basis = 'missing' AND agent IS NOT NULL)"
    return bool(connection.execute(statement, (source,)).fetchone()[0])
