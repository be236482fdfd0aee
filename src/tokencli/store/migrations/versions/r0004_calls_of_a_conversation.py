"""A conversation's calls are found by its name, for status lines that ask several times a minute."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "event_detail_conversation_id",
        "event_detail",
        ["conversation_id"],
        sqlite_where=sa.text("conversation_id IS NOT NULL"),
    )
