"""One text by key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokencli.store.meta import meta_value, set_meta

if TYPE_CHECKING:
    from tokencli.store.database import Database


def test_the_last_text_under_a_key_stands(db: Database) -> None:
    assert meta_value(db.connection, "x") is None
    with db.transaction():
        set_meta(db.connection, "x", "one")
        set_meta(db.connection, "x", "two")
    assert meta_value(db.connection, "x") == "two"
