"""A ledger in a temporary directory, and a plain way to put calls into it: event by event, sum by sum."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tokencli.store.database import Database, open_ledger

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

BUCKET_US = 900_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call as a test wants it; money in picodollars."""

    at: datetime
    provider: str | None = "openai"
    model: str | None = "gpt-4o"
    response_model: str | None = None
    session: str | None = None
    source: str = "cost-line"
    project: str | None = None
    agent: str | None = None
    client: str | None = None
    tags: dict[str, str] = field(default_factory=dict[str, str])
    basis: str = "reported"
    status: str = "priced"
    finish: str = "ok"
    tokens: tuple[int, int, int, int, int] | None = (100, 0, 0, 10, 0)
    listed: int | None = 1000
    reported: int | None = None
    price: str | None = None
    logged: tuple[int, int] | None = None

    @property
    def microseconds(self) -> int:
        """Return the time as the ledger keeps it."""
        return (self.at - EPOCH) // (datetime.resolution)


def add_calls(connection: sqlite3.Connection, calls: Iterable[Call], origin: str = "0123456789ab") -> None:
    """Put calls into the ledger, with the sums that belong to them; seq counts from 1 in each origin."""
    connection.execute("INSERT INTO origin (key, kind) VALUES (?, 'log') ON CONFLICT DO NOTHING", (origin,))
    (origin_id,) = connection.execute("SELECT id FROM origin WHERE key = ?", (origin,)).fetchone()
    (taken,) = connection.execute("SELECT count(*) FROM event WHERE id >> 40 = ?", (origin_id,)).fetchone()
    for seq, call in enumerate(calls, taken + 1):
        facet_id = _facet(connection, call)
        tokens = call.tokens or (None,) * 5
        event = (origin_id * 2**40 + seq, call.microseconds, facet_id, *tokens, call.listed, call.reported)
        connection.execute(f"INSERT INTO event VALUES ({', '.join('?' * len(event))})", event)
        _add_up(connection, call, facet_id)


def tables_read_through(
    connection: sqlite3.Connection, statement: str, values: Sequence[object] | Mapping[str, object]
) -> list[str]:
    """Return those steps of a statement that read a whole table or index of the ledger."""
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
    aliases = {alias for table in names for alias in re.findall(rf"\b{table} AS (\w+)", statement)}
    return [step for step in steps if step.startswith("SCAN ") and step.split()[1] in names | aliases]


def _facet(connection: sqlite3.Connection, call: Call) -> int:
    key = json.dumps({name: value for name, value in asdict(call).items() if name not in {"at", "tokens"}})
    row = connection.execute("SELECT id FROM facet WHERE key = ?", (key,)).fetchone()
    if row is not None:
        return int(row[0])
    price_id = logged_id = None
    if call.price is not None:
        sql = "INSERT INTO price (key, body) VALUES (?1, ?1) ON CONFLICT (key) DO UPDATE SET body = body RETURNING id"
        ((price_id,),) = connection.execute(sql, (call.price,)).fetchall()
    if call.logged is not None:
        sql = (
            "INSERT INTO logged_price (input_pico, output_pico) VALUES (?, ?)"
            " ON CONFLICT DO UPDATE SET input_pico = input_pico RETURNING id"
        )
        ((logged_id,),) = connection.execute(sql, call.logged).fetchall()
    columns = {
        "key": key,
        "source": call.source,
        "provider_name": call.provider,
        "operation_name": "chat",
        "request_model": call.model,
        "response_model": call.response_model,
        "session_id": call.session,
        "project": call.project,
        "agent": call.agent,
        "client": call.client,
        "tags": json.dumps(call.tags, sort_keys=True),
        "basis": call.basis,
        "cost_status": call.status,
        "finish": call.finish,
        "price_id": price_id,
        "logged_price_id": logged_id,
    }
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    cursor = connection.execute(f"INSERT INTO facet ({names}) VALUES ({marks})", tuple(columns.values()))
    return cursor.lastrowid or 0


def _add_up(connection: sqlite3.Connection, call: Call, facet_id: int) -> None:
    is_compared = call.listed is not None and call.reported is not None
    added = (
        1,
        *(call.tokens or (0,) * 5),
        call.listed or 0,
        int(call.reported is not None),
        call.reported or 0,
        int(is_compared),
        call.listed if is_compared else 0,
        call.reported if is_compared else 0,
    )
    key = (call.microseconds // BUCKET_US, facet_id)
    known = connection.execute("SELECT * FROM rollup WHERE bucket = ? AND facet_id = ?", key).fetchone()
    summed = [old + new for old, new in zip(known[2:], added, strict=True)] if known else added
    connection.execute(f"INSERT OR REPLACE INTO rollup VALUES ({', '.join('?' * 14)})", (*key, *summed))


@pytest.fixture(scope="session")
def call() -> type[Call]:
    """Return the class of calls that `add` takes."""
    return Call


@pytest.fixture
def db(tmp_path: Path) -> Iterable[Database]:
    """Return an empty ledger, open for writing."""
    with open_ledger(tmp_path / "ledger.db", write=True, create=True) as opened:
        yield opened


@pytest.fixture
def add(db: Database) -> Callable[..., None]:
    """Return a function that puts calls into the ledger: add(call(...), call(...), origin="...")."""

    def put(*calls: Call, origin: str = "0123456789ab") -> None:
        with db.transaction() as connection:
            add_calls(connection, calls, origin)

    return put


@pytest.fixture(scope="session")
def fill() -> Callable[..., None]:
    """Return a function that puts calls into any connection: fill(connection, calls)."""
    return add_calls
