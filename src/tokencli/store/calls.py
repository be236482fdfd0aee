"""Single calls: one with all that is known of it, or all of a period, one after the other."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Any

from tokencli.domain.call import CallRow
from tokencli.domain.charge import CostStatus
from tokencli.domain.errors import AmbiguousCallError, NoSuchCallError
from tokencli.domain.event import EventId, Finish, UnitPrices, UsageEvent
from tokencli.domain.explain import Sighting
from tokencli.domain.money import PICO_PER_USD, Usd, from_pico
from tokencli.domain.usage import PLAIN_COUNTS, Basis, Estimate, TokenUsage, whole_usage
from tokencli.store.facets import facets
from tokencli.store.origins import ENTRIES, PROXY
from tokencli.store.slices import from_us, to_us

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from tokencli.domain.period import Period
    from tokencli.domain.report import EventFilter

_UNITS = {ENTRIES: "entry", PROXY: "call"}
_SHIFT = 40
_LARGEST_SEQ = 2**_SHIFT - 1
_EXACT = Context(prec=30)
_PICO = Decimal(PICO_PER_USD)
_MICRO = 1_000_000
_ROWS = """\
SELECT e.id, e.occurred_at, e.facet_id, e.input_tokens, e.cache_read_tokens, e.cache_write_tokens, e.output_tokens,
       e.reasoning_tokens, e.list_cost_pico, e.reported_cost_pico,
       d.response_id, d.conversation_id, d.duration_us, d.time_to_first_token_us
FROM event AS e LEFT JOIN event_detail AS d ON d.event_id = e.id
WHERE e.occurred_at >= ? AND e.occurred_at < ? ORDER BY e.occurred_at, e.id"""
_ONE = """\
SELECT e.occurred_at, f.source, f.provider_name, f.operation_name, f.request_model, f.response_model, f.session_id,
       f.project, f.agent, f.client, f.tags, f.basis, f.cost_status, f.finish, f.error_type,
       e.input_tokens, e.cache_read_tokens, e.cache_write_tokens, e.output_tokens, e.reasoning_tokens,
       e.list_cost_pico, e.reported_cost_pico, p.body AS price_body, l.input_pico, l.output_pico,
       d.usage, d.raw_usage, d.response_id, d.conversation_id, d.duration_us, d.time_to_first_token_us,
       s.event_id AS estimated, s.input_tokens AS estimated_input, s.output_tokens AS estimated_output
FROM event AS e JOIN facet AS f ON f.id = e.facet_id
LEFT JOIN price AS p ON p.id = f.price_id LEFT JOIN logged_price AS l ON l.id = f.logged_price_id
LEFT JOIN event_detail AS d ON d.event_id = e.id LEFT JOIN estimate AS s ON s.event_id = e.id
WHERE e.id = ?"""
_PATH = """\
coalesce((SELECT path FROM log_file WHERE origin_id = o.id ORDER BY updated_at DESC, id DESC LIMIT 1), o.detail)"""
_SIGHTINGS = f"""\
SELECT coalesce(w.source, f.source), o.key, {_PATH}, e.id & {_LARGEST_SEQ}, coalesce(w.occurred_at, e.occurred_at),
       w.note, o.kind, 0 AS further
FROM event AS e JOIN facet AS f ON f.id = e.facet_id JOIN origin AS o ON o.id = e.id >> {_SHIFT}
LEFT JOIN sighting AS w ON w.event_id = e.id AND w.origin_id = o.id AND w.seq = e.id & {_LARGEST_SEQ}
WHERE e.id = ?1
UNION ALL
SELECT s.source, o.key, {_PATH}, s.seq, s.occurred_at, s.note, o.kind, 1
FROM sighting AS s JOIN origin AS o ON o.id = s.origin_id
WHERE s.event_id = ?1 AND s.origin_id << {_SHIFT} | s.seq <> ?1
ORDER BY further, 5, 2, 4"""  # noqa: S608 - our own columns and numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCall:
    """One call as the ledger holds it; `price_body` is the price card it was charged by, as JSON.

    `number` is the call's in the ledger; `sightings` begins with the one that made the call.
    """

    number: int
    event: UsageEvent
    cost_status: CostStatus
    list_cost: Usd | None
    price_body: str | None
    sightings: tuple[Sighting, ...]


def call_named(connection: sqlite3.Connection, name: str) -> StoredCall:
    """Return the call of that id; the beginning of an id will do when no other call's begins so.

    The id of a further sighting stands for its call.

    Raises:
        NoSuchCallError: the ledger holds none.
        AmbiguousCallError: it holds several.
    """
    found = _ids_that_begin(connection, name.strip().lower())
    if not found:
        raise NoSuchCallError(name)
    if len(found) > 1:
        raise AmbiguousCallError(name, tuple(_public_id(connection, number) for number in found))
    return call_numbered(connection, found[0])


def last_call(connection: sqlite3.Connection) -> StoredCall | None:
    """Return the newest call; None when there is none."""
    row = connection.execute("SELECT id FROM event ORDER BY occurred_at DESC, id DESC LIMIT 1").fetchone()
    return None if row is None else call_numbered(connection, row[0])


def latest_calls(connection: sqlite3.Connection, most: int) -> list[StoredCall]:
    """Return the newest calls, the newest first."""
    rows = connection.execute("SELECT id FROM event ORDER BY occurred_at DESC, id DESC LIMIT ?", (most,)).fetchall()
    return [call_numbered(connection, number) for (number,) in rows]


def calls(connection: sqlite3.Connection, period: Period, where: EventFilter) -> Iterator[CallRow]:
    """Yield the calls of a period in the order of time; memory stays flat, however many they are."""
    known = {facet.id: facet for facet in facets(connection, where)}
    tags: dict[str, dict[str, str]] = {}
    origins = {number: f"{key}." for number, key in connection.execute("SELECT id, key FROM origin")}
    for row in connection.execute(_ROWS, (to_us(period.start), to_us(period.end))):
        facet = known.get(row[2])
        if facet is None:
            continue
        if facet.tags not in tags:
            tags[facet.tags] = json.loads(facet.tags)
        yield CallRow(
            event_id=f"{origins[row[0] >> _SHIFT]}{row[0] & _LARGEST_SEQ}",
            occurred_at=from_us(row[1]),
            source=facet.source,
            provider_name=facet.provider,
            operation_name=facet.operation_name,
            request_model=facet.request_model,
            response_model=facet.response_model,
            response_id=row[10],
            session_id=facet.session,
            conversation_id=row[11],
            client=facet.client,
            agent=facet.agent,
            project=facet.project,
            tags=tags[facet.tags],
            basis=facet.basis,
            input_tokens=row[3],
            cache_read_tokens=row[4],
            cache_write_tokens=row[5],
            output_tokens=row[6],
            reasoning_tokens=row[7],
            list_cost=_dollars(row[8]),
            reported_cost=_dollars(row[9]),
            cost_status=facet.status,
            finish=facet.finish,
            error_type=facet.error_type,
            duration_s=_seconds(row[12]),
            time_to_first_token_s=_seconds(row[13]),
        )


def _ids_that_begin(connection: sqlite3.Connection, name: str) -> list[int]:
    """Return up to two numbers of calls whose id is, or else begins with, a name."""
    key, dot, digits = name.partition(".")
    origins = [
        row[0] for row in connection.execute("SELECT id FROM origin WHERE substr(key, 1, ?) = ?", (len(key), key))
    ]
    if not key or (digits and not (digits.isascii() and digits.isdigit())):
        return []
    if dot:
        whole = connection.execute("SELECT id FROM origin WHERE key = ?", (key,)).fetchone()
        if whole is None:
            return []
        if digits and (exact := _exact(connection, whole[0], int(digits))):
            return [exact]
        origins = [whole[0]]
    return _first_two(connection, origins, digits)


def _exact(connection: sqlite3.Connection, origin_id: int, seq: int) -> int | None:
    if seq > _LARGEST_SEQ:
        return None
    row = connection.execute(
        "SELECT id FROM event WHERE id = ? UNION ALL SELECT event_id FROM sighting WHERE origin_id = ? AND seq = ?",
        ((origin_id << _SHIFT) + seq, origin_id, seq),
    ).fetchone()
    return None if row is None else int(row[0])


def _first_two(connection: sqlite3.Connection, origins: list[int], digits: str) -> list[int]:
    found: list[int] = []
    for origin_id in origins:
        for low, high in _ranges(digits):
            ends = ((origin_id << _SHIFT) + low, (origin_id << _SHIFT) + high)
            found += [
                row[0] for row in connection.execute("SELECT id FROM event WHERE id BETWEEN ? AND ? LIMIT 2", ends)
            ]
            if len(found) > 1:
                return found[:2]
    return found


def _ranges(digits: str) -> Iterator[tuple[int, int]]:
    """Yield the ranges of the numbers that begin with some digits, both ends included."""
    if not digits:
        yield 0, _LARGEST_SEQ
        return
    low, high = int(digits), int(digits)
    while low <= _LARGEST_SEQ:
        yield low, min(high, _LARGEST_SEQ)
        if not low:
            return
        low, high = low * 10, high * 10 + 9


def _public_id(connection: sqlite3.Connection, number: int) -> str:
    (key,) = connection.execute("SELECT key FROM origin WHERE id = ?", (number >> _SHIFT,)).fetchone()
    return f"{key}.{number & _LARGEST_SEQ}"


def call_numbered(connection: sqlite3.Connection, number: int) -> StoredCall:
    """Return the call of that number in the ledger, which must be there."""
    cursor = connection.execute(_ONE, (number,))
    row = dict(zip([column[0] for column in cursor.description], cursor.fetchone(), strict=True))
    return StoredCall(
        number=number,
        event=_event(EventId(_public_id(connection, number)), row),
        cost_status=CostStatus(row["cost_status"]),
        list_cost=_dollars(row["list_cost_pico"]),
        price_body=row["price_body"],
        sightings=tuple(_sighting(found) for found in connection.execute(_SIGHTINGS, (number,))),
    )


def _event(event_id: EventId, row: dict[str, Any]) -> UsageEvent:
    same = ("source", "provider_name", "operation_name", "request_model", "response_model", "response_id")
    also = ("session_id", "conversation_id", "client", "agent", "project", "error_type", "raw_usage")
    printed = row["input_pico"], row["output_pico"]
    return UsageEvent(
        event_id=event_id,
        occurred_at=from_us(row["occurred_at"]),
        basis=Basis(row["basis"]),
        tags=json.loads(row["tags"]),
        usage=_usage(row),
        reported_cost=_dollars(row["reported_cost_pico"]),
        reported_prices=None
        if printed[0] is None
        else UnitPrices(input_usd=from_pico(printed[0]), output_usd=from_pico(printed[1])),
        finish=Finish(row["finish"]),
        duration_s=_seconds(row["duration_us"]),
        time_to_first_token_s=_seconds(row["time_to_first_token_us"]),
        estimate=None
        if row["estimated"] is None
        else Estimate(input_tokens=row["estimated_input"], output_tokens=row["estimated_output"]),
        **{name: row[name] for name in (*same, *also)},
    )


def _usage(row: dict[str, Any]) -> TokenUsage | None:
    if row["input_tokens"] is None:
        return None
    return whole_usage(tuple(row[name] for name in PLAIN_COUNTS), row["usage"])


def _sighting(row: tuple[Any, ...]) -> Sighting:
    source, origin, place, seq, occurred_at, note, kind, _ = row
    return Sighting(
        source=source,
        origin=origin,
        place=place,
        seq=seq,
        unit=_UNITS.get(kind, "byte"),
        occurred_at=from_us(occurred_at),
        note=note,
    )


def _dollars(pico: int | None) -> Usd | None:
    """Return picodollars as exact dollars, whatever precision the caller's decimal context has."""
    return None if pico is None else Usd(_EXACT.divide(Decimal(pico), _PICO))


def _seconds(microseconds: int | None) -> float | None:
    return None if microseconds is None else microseconds / _MICRO
