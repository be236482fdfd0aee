"""How far each origin has come."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tokencli.store.watermarks import newest_by_origin, numbers_after

if TYPE_CHECKING:
    from collections.abc import Callable

    from tokencli.store.database import Database

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_each_origin_has_its_own_newest(db: Database, add: Callable[..., None], call: Any) -> None:
    assert newest_by_origin(db.connection) == {}
    add(call(at=NOON), call(at=NOON), origin="aaaaaaaaaaaa")
    add(call(at=NOON), origin="bbbbbbbbbbbb")
    newest = newest_by_origin(db.connection)
    assert {key: number & 0xFF for key, number in newest.items()} == {"aaaaaaaaaaaa": 2, "bbbbbbbbbbbb": 1}
    add(call(at=NOON), call(at=NOON), origin="aaaaaaaaaaaa")
    after = newest_by_origin(db.connection)["aaaaaaaaaaaa"]
    assert numbers_after(db.connection, newest["aaaaaaaaaaaa"], after) == [after - 1, after]
    assert numbers_after(db.connection, None, after) == [after - 3, after - 2, after - 1, after]
