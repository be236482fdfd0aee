"""The schemas this version knows, by Alembic revision, oldest first: a test holds them to the migrations."""

from __future__ import annotations

KNOWN = ("0001", "0002", "0003", "0004", "0005")
HEAD = KNOWN[-1]
