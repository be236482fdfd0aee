"""Calls that a log names by their answers need no entries in the indexes of `event_detail`: a log goes in faster.

The calls that are there already keep theirs.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_PARTS = {
    "response_id": "response_id IS NOT NULL AND found_elsewhere IS NULL",
    "record_id": "record_id IS NOT NULL",
    "conversation_id": "conversation_id IS NOT NULL AND found_elsewhere IS NULL",
}


def upgrade() -> None:
    op.add_column("event_detail", sa.Column("found_elsewhere", sa.Integer(), nullable=True))
    for name, part in _PARTS.items():
        op.drop_index(f"event_detail_{name}", table_name="event_detail")
        op.create_index(f"event_detail_{name}", "event_detail", [name], sqlite_where=sa.text(part))
    op.create_index("facet_session_id", "facet", ["session_id"], sqlite_where=sa.text("session_id IS NOT NULL"))
    op.create_index("rollup_facet_id", "rollup", ["facet_id"])
