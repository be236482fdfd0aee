from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tests.cost_logs import check_sums
from tokencli.store.as_of import look_back, note_arrivals
from tokencli.store.database import open_ledger
from tokencli.store.slices import to_us

if TYPE_CHECKING:
    from tokencli.store.database import Database

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_looking_back_changes_no_byte_and_leaves_the_reader_a_reader(db: Database, add: Any, call: Any) -> None:
    add(call(at=AT), call(at=AT.replace(hour=13), reported=5))
    before = db.path.read_bytes()
    with open_ledger(db.path, write=False) as reader:
        look_back(reader.connection, to_us(AT))
        assert reader.connection.execute("SELECT count(*) FROM event").fetchone() == (1,)
        assert reader.connection.execute("SELECT sum(requests) FROM rollup").fetchone() == (1,)
        assert reader.connection.execute("PRAGMA query_only").fetchone() == (1,)
        check_sums(reader.connection)
    assert db.path.read_bytes() == before
    assert db.connection.execute("SELECT count(*) FROM event").fetchone() == (2,)


def test_an_origin_without_calls_has_no_arrival(db: Database, add: Any, call: Any) -> None:
    add(call(at=AT))
    with db.transaction() as connection:
        note_arrivals(connection, [7], 1)
        note_arrivals(connection, [1], 2)
        note_arrivals(connection, [1], 3)
    assert db.connection.execute("SELECT * FROM arrival").fetchall() == [(1, 1, 2)]
