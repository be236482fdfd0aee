"""The ledger's tables, as SQLModel classes: the source of schema.sql and of the migrations, never the hot path.

Times are microseconds since 1970 UTC, money is whole picodollars. `python -m tokencli.store.schema` writes
schema.sql anew; new ledgers are made from that file, so that no command waits for SQLAlchemy.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Text,
    UniqueConstraint,
    insert,
    text,
)
from sqlalchemy import Table as PlainTable
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import registry
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlmodel import Field, SQLModel

from tokencli.store.versions import HEAD

if TYPE_CHECKING:
    from sqlalchemy.sql import ClauseElement

SCHEMA_FILE = Path(__file__).with_name("schema.sql")
_ROW_ID = BigInteger().with_variant(Integer(), "sqlite")
_NO_ROWID = {"sqlite_with_rowid": False}
_VERSION = PlainTable(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


class Table(SQLModel, registry=registry()):
    """The root of the ledger's tables, with metadata of its own."""


class Meta(Table, table=True):
    """Facts about this ledger: ledger_id, created_at, active_session."""

    key: str = Field(primary_key=True, sa_type=Text)
    value: str = Field(sa_type=Text)


class Origin(Table, table=True):
    """One stream of sightings: a log's content, or one run of the proxy. `key` has 12 hexadecimal characters."""

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True, sa_type=Text)
    kind: str = Field(sa_type=Text)
    detail: str | None = Field(default=None, sa_type=Text)


class Price(Table, table=True):
    """One price card that calls were charged by; `body` is the card as JSON, `key` its canonical JSON."""

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True, sa_type=Text)
    body: str = Field(sa_type=Text)


class LoggedPrice(Table, table=True):
    """One pair of unit prices as log lines printed them, in picodollars a token."""

    __tablename__ = "logged_price"  # pyright: ignore[reportAssignmentType] - SQLModel's own way
    __table_args__ = (UniqueConstraint("input_pico", "output_pico"),)

    id: int | None = Field(default=None, primary_key=True)
    input_pico: int = Field(sa_type=BigInteger)
    output_pico: int = Field(sa_type=BigInteger)


class Facet(Table, table=True):
    """What calls have in common: one row for each distinct combination; `key` is all of it as a JSON array."""

    __table_args__ = (Index("facet_session_id", "session_id", sqlite_where=text("session_id IS NOT NULL")),)

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True, sa_type=Text)
    source: str = Field(sa_type=Text)
    provider_name: str | None = Field(default=None, sa_type=Text)
    operation_name: str = Field(sa_type=Text)
    request_model: str | None = Field(default=None, sa_type=Text)
    response_model: str | None = Field(default=None, sa_type=Text)
    session_id: str | None = Field(default=None, sa_type=Text)
    project: str | None = Field(default=None, sa_type=Text)
    agent: str | None = Field(default=None, sa_type=Text)
    client: str | None = Field(default=None, sa_type=Text)
    tags: str = Field(sa_type=Text)
    basis: str = Field(sa_type=Text)
    cost_status: str = Field(sa_type=Text)
    finish: str = Field(sa_type=Text)
    error_type: str | None = Field(default=None, sa_type=Text)
    price_id: int | None = Field(default=None, foreign_key="price.id")
    logged_price_id: int | None = Field(default=None, foreign_key="logged_price.id")


class Event(Table, table=True):
    """One call. `id` is origin.id * 2^40 + its place in the origin; tokens are NULL when the usage is missing."""

    __table_args__ = (Index("event_occurred_at", "occurred_at"),)

    id: int = Field(primary_key=True, sa_type=_ROW_ID)
    occurred_at: int = Field(sa_type=BigInteger)
    facet_id: int = Field(foreign_key="facet.id")
    input_tokens: int | None = Field(default=None, sa_type=BigInteger)
    cache_read_tokens: int | None = Field(default=None, sa_type=BigInteger)
    cache_write_tokens: int | None = Field(default=None, sa_type=BigInteger)
    output_tokens: int | None = Field(default=None, sa_type=BigInteger)
    reasoning_tokens: int | None = Field(default=None, sa_type=BigInteger)
    list_cost_pico: int | None = Field(default=None, sa_type=BigInteger)
    reported_cost_pico: int | None = Field(default=None, sa_type=BigInteger)


class EventDetail(Table, table=True):
    """What only some calls have: further parts of the usage as JSON, the provider's own words, ids and durations.

    `record_id` is the source's own id of the record, such as a Cloud Logging insertId. `found_elsewhere` is 1 where
    neither index needs an entry, else NULL: the call's name in `identity` is then its facet's source, a colon and its
    `response_id`, and its facet's `session_id` is its `conversation_id` (store/answers.py, store/conversation.py).
    """

    __tablename__ = "event_detail"  # pyright: ignore[reportAssignmentType] - SQLModel's own way
    __table_args__ = (
        Index(
            "event_detail_response_id",
            "response_id",
            sqlite_where=text("response_id IS NOT NULL AND found_elsewhere IS NULL"),
        ),
        Index("event_detail_record_id", "record_id", sqlite_where=text("record_id IS NOT NULL")),
        Index(
            "event_detail_conversation_id",
            "conversation_id",
            sqlite_where=text("conversation_id IS NOT NULL AND found_elsewhere IS NULL"),
        ),
    )

    event_id: int = Field(primary_key=True, foreign_key="event.id", sa_type=_ROW_ID)
    usage: str | None = Field(default=None, sa_type=Text)
    raw_usage: str | None = Field(default=None, sa_type=Text)
    response_id: str | None = Field(default=None, sa_type=Text)
    record_id: str | None = Field(default=None, sa_type=Text)
    conversation_id: str | None = Field(default=None, sa_type=Text)
    duration_us: int | None = Field(default=None, sa_type=BigInteger)
    time_to_first_token_us: int | None = Field(default=None, sa_type=BigInteger)
    found_elsewhere: int | None = Field(default=None, sa_type=Integer)


class Estimate(Table, table=True):
    """What the proxy guessed of a call when it was sent, kept beside what the provider said of it later."""

    event_id: int = Field(primary_key=True, foreign_key="event.id", sa_type=_ROW_ID)
    input_tokens: int | None = Field(default=None, sa_type=BigInteger)
    output_tokens: int | None = Field(default=None, sa_type=BigInteger)


class Intent(Table, table=True):
    """One call that was about to be sent and is not settled yet; `id` will be its event's, `body` is JSON."""

    id: int = Field(primary_key=True, sa_type=_ROW_ID)
    opened_at: int = Field(sa_type=BigInteger)
    body: str = Field(sa_type=Text)


class Session(Table, table=True):
    """One piece of work that calls belong to, under a name of the user's; `model` is a key of config.toml."""

    id: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(unique=True, sa_type=Text)
    provider_name: str | None = Field(default=None, sa_type=Text)
    model: str | None = Field(default=None, sa_type=Text)
    created_at: int = Field(sa_type=BigInteger)
    ended_at: int | None = Field(default=None, sa_type=BigInteger)


class Sighting(Table, table=True):
    """One further witness of a call; the first is the event itself."""

    __table_args__ = (Index("sighting_origin_id_seq", "origin_id", "seq"), _NO_ROWID)

    event_id: int = Field(primary_key=True, foreign_key="event.id", sa_type=BigInteger)
    origin_id: int = Field(primary_key=True, foreign_key="origin.id")
    seq: int = Field(primary_key=True, sa_type=BigInteger)
    source: str = Field(sa_type=Text)
    occurred_at: int = Field(sa_type=BigInteger)
    note: str | None = Field(default=None, sa_type=Text)


class Identity(Table, table=True):
    """A name by which a source knows a call: the same name met again, in any file, is the same call."""

    __table_args__ = _NO_ROWID

    key: str = Field(primary_key=True, sa_type=Text)
    event_id: int = Field(foreign_key="event.id", sa_type=BigInteger)


class Arrival(Table, table=True):
    """When calls of an origin came into the ledger: those up to `seq`, and above the row before, at `arrived_at`."""

    __table_args__ = _NO_ROWID

    origin_id: int = Field(primary_key=True, foreign_key="origin.id")
    seq: int = Field(primary_key=True, sa_type=BigInteger)
    arrived_at: int = Field(sa_type=BigInteger)


class Repricing(Table, table=True):
    """One time that calls were priced anew, by the user's order; `reason` is in words."""

    id: int | None = Field(default=None, primary_key=True)
    applied_at: int = Field(sa_type=BigInteger)
    reason: str = Field(sa_type=Text)


class PastCharge(Table, table=True):
    """What a call was charged before a repricing: its facet then, with status and price card, and its list cost."""

    __tablename__ = "past_charge"  # pyright: ignore[reportAssignmentType] - SQLModel's own way
    __table_args__ = _NO_ROWID

    event_id: int = Field(primary_key=True, foreign_key="event.id", sa_type=BigInteger)
    repricing_id: int = Field(primary_key=True, foreign_key="repricing.id")
    facet_id: int = Field(foreign_key="facet.id")
    list_cost_pico: int | None = Field(default=None, sa_type=BigInteger)


class Rollup(Table, table=True):
    """Sums over the calls of one quarter of an hour and one facet; changed in the transaction that changes `event`.

    `bucket` is occurred_at // 900,000,000. The compared sums are over the calls that have both costs.
    """

    __table_args__ = (Index("rollup_facet_id", "facet_id"), _NO_ROWID)

    bucket: int = Field(primary_key=True, sa_type=BigInteger)
    facet_id: int = Field(primary_key=True, foreign_key="facet.id")
    requests: int = Field(sa_type=BigInteger)
    input_tokens: int = Field(sa_type=BigInteger)
    cache_read_tokens: int = Field(sa_type=BigInteger)
    cache_write_tokens: int = Field(sa_type=BigInteger)
    output_tokens: int = Field(sa_type=BigInteger)
    reasoning_tokens: int = Field(sa_type=BigInteger)
    list_cost_pico: int = Field(sa_type=BigInteger)
    reported_requests: int = Field(sa_type=BigInteger)
    reported_cost_pico: int = Field(sa_type=BigInteger)
    compared_requests: int = Field(sa_type=BigInteger)
    compared_list_pico: int = Field(sa_type=BigInteger)
    compared_reported_pico: int = Field(sa_type=BigInteger)


class Notice(Table, table=True):
    """One line of failure in a log; it explains calls without counts. `id` is made as an event's is."""

    id: int = Field(primary_key=True, sa_type=_ROW_ID)
    occurred_at: int | None = Field(default=None, sa_type=BigInteger)
    code: str = Field(sa_type=Text)
    provider_name: str | None = Field(default=None, sa_type=Text)
    model: str | None = Field(default=None, sa_type=Text)


class LogFile(Table, table=True):
    """How far a file was read, and by what it is known again when it grew, moved or was rotated.

    One row for each content (origin) that was seen at a path. `offset` counts decompressed bytes taken in, `state` is
    what the reader of a client's log must know to go on from there, as JSON.
    """

    __tablename__ = "log_file"  # pyright: ignore[reportAssignmentType] - SQLModel's own way
    __table_args__ = (UniqueConstraint("path", "origin_id"),)

    id: int | None = Field(default=None, primary_key=True)
    path: str = Field(sa_type=Text)
    origin_id: int = Field(foreign_key="origin.id")
    device: int | None = Field(default=None, sa_type=BigInteger)
    inode: int | None = Field(default=None, sa_type=BigInteger)
    size: int = Field(sa_type=BigInteger)
    mtime_ns: int = Field(sa_type=BigInteger)
    offset: int = Field(sa_type=BigInteger)
    line_count: int = Field(sa_type=BigInteger)
    head_bytes: int = Field(sa_type=Integer)
    head_digest: str | None = Field(default=None, sa_type=Text)
    tail_digest: str | None = Field(default=None, sa_type=Text)
    format: str = Field(sa_type=Text)
    options: str | None = Field(default=None, sa_type=Text)
    updated_at: int = Field(sa_type=BigInteger)
    state: str | None = Field(default=None, sa_type=Text)


def ddl() -> str:
    """Return the statements that make a new ledger, stamped with the newest revision."""
    stamp = insert(_VERSION).values(version_num=HEAD)
    statements = [_text(CreateTable(_VERSION)), _text(stamp)]
    for table in Table.metadata.sorted_tables:
        indexes = sorted(table.indexes, key=lambda index: str(index.name))
        statements += [_text(CreateTable(table)), *(_text(CreateIndex(index)) for index in indexes)]
    return "\n".join(statements)


def _text(statement: ClauseElement) -> str:
    """Return a statement in SQLite's dialect, without blanks at the ends of its lines."""
    sql = str(statement.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))
    return "\n".join(line.rstrip().expandtabs(4) for line in sql.strip().split("\n")) + ";\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(ddl(), encoding="utf-8")
