"""Names by which sources know a call, when calls came in, and what they were charged before they were priced anew."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "identity",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"]),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "arrival",
        sa.Column("origin_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("arrived_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("origin_id", "seq"),
        sa.ForeignKeyConstraint(["origin_id"], ["origin.id"]),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "repricing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("applied_at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "past_charge",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("repricing_id", sa.Integer(), nullable=False),
        sa.Column("facet_id", sa.Integer(), nullable=False),
        sa.Column("list_cost_pico", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("event_id", "repricing_id"),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"]),
        sa.ForeignKeyConstraint(["repricing_id"], ["repricing.id"]),
        sa.ForeignKeyConstraint(["facet_id"], ["facet.id"]),
        sqlite_with_rowid=False,
    )
    op.add_column("log_file", sa.Column("state", sa.Text(), nullable=True))
