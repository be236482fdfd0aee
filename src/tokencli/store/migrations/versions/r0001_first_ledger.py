"""The first ledger: calls, their witnesses, their prices, and sums by quarter of an hour."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _names()
    _facets()
    _log_files()
    _events()
    _rollups()
    _event_parts()


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _count(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _link(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _names() -> None:
    op.create_table(
        "logged_price",
        _link("id"),
        _count("input_pico"),
        _count("output_pico"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("input_pico", "output_pico"),
    )
    op.create_table("meta", _text("key"), _text("value"), sa.PrimaryKeyConstraint("key"))
    op.create_table(
        "notice",
        sa.Column("id", _ROW_ID, nullable=False),
        _count("occurred_at", nullable=True),
        _text("code"),
        _text("provider_name", nullable=True),
        _text("model", nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "origin",
        _link("id"),
        _text("key"),
        _text("kind"),
        _text("detail", nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_table(
        "price", _link("id"), _text("key"), _text("body"), sa.PrimaryKeyConstraint("id"), sa.UniqueConstraint("key")
    )


def _facets() -> None:
    op.create_table(
        "facet",
        _link("id"),
        _text("key"),
        _text("source"),
        _text("provider_name", nullable=True),
        _text("operation_name"),
        _text("request_model", nullable=True),
        _text("response_model", nullable=True),
        _text("session_id", nullable=True),
        _text("project", nullable=True),
        _text("agent", nullable=True),
        _text("client", nullable=True),
        _text("tags"),
        _text("basis"),
        _text("cost_status"),
        _text("finish"),
        _text("error_type", nullable=True),
        _link("price_id", nullable=True),
        _link("logged_price_id", nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
        sa.ForeignKeyConstraint(["price_id"], ["price.id"]),
        sa.ForeignKeyConstraint(["logged_price_id"], ["logged_price.id"]),
    )


def _log_files() -> None:
    op.create_table(
        "log_file",
        _link("id"),
        _text("path"),
        _link("origin_id"),
        _count("device", nullable=True),
        _count("inode", nullable=True),
        _count("size"),
        _count("mtime_ns"),
        _count("offset"),
        _count("line_count"),
        _link("head_bytes"),
        _text("head_digest", nullable=True),
        _text("tail_digest", nullable=True),
        _text("format"),
        _text("options", nullable=True),
        _count("updated_at"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("path", "origin_id"),
        sa.ForeignKeyConstraint(["origin_id"], ["origin.id"]),
    )


def _events() -> None:
    op.create_table(
        "event",
        sa.Column("id", _ROW_ID, nullable=False),
        _count("occurred_at"),
        _link("facet_id"),
        _count("input_tokens", nullable=True),
        _count("cache_read_tokens", nullable=True),
        _count("cache_write_tokens", nullable=True),
        _count("output_tokens", nullable=True),
        _count("reasoning_tokens", nullable=True),
        _count("list_cost_pico", nullable=True),
        _count("reported_cost_pico", nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["facet_id"], ["facet.id"]),
    )
    op.create_index("event_occurred_at", "event", ["occurred_at"])


def _rollups() -> None:
    op.create_table(
        "rollup",
        _count("bucket"),
        _link("facet_id"),
        _count("requests"),
        _count("input_tokens"),
        _count("cache_read_tokens"),
        _count("cache_write_tokens"),
        _count("output_tokens"),
        _count("reasoning_tokens"),
        _count("list_cost_pico"),
        _count("reported_requests"),
        _count("reported_cost_pico"),
        _count("compared_requests"),
        _count("compared_list_pico"),
        _count("compared_reported_pico"),
        sa.PrimaryKeyConstraint("bucket", "facet_id"),
        sa.ForeignKeyConstraint(["facet_id"], ["facet.id"]),
        sqlite_with_rowid=False,
    )


def _event_parts() -> None:
    op.create_table(
        "event_detail",
        sa.Column("event_id", _ROW_ID, nullable=False),
        _text("usage", nullable=True),
        _text("raw_usage", nullable=True),
        _text("response_id", nullable=True),
        _text("record_id", nullable=True),
        _text("conversation_id", nullable=True),
        _count("duration_us", nullable=True),
        _count("time_to_first_token_us", nullable=True),
        sa.PrimaryKeyConstraint("event_id"),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"]),
    )
    op.create_index("event_detail_record_id", "event_detail", ["record_id"])
    op.create_index("event_detail_response_id", "event_detail", ["response_id"])
    op.create_table(
        "sighting",
        _count("event_id"),
        _link("origin_id"),
        _count("seq"),
        _text("source"),
        _count("occurred_at"),
        _text("note", nullable=True),
        sa.PrimaryKeyConstraint("event_id", "origin_id", "seq"),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"]),
        sa.ForeignKeyConstraint(["origin_id"], ["origin.id"]),
        sqlite_with_rowid=False,
    )
    op.create_index("sighting_origin_id_seq", "sighting", ["origin_id", "seq"])
