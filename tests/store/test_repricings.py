from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.cost_logs import check_sums
from tokencli.domain.period import period_of
from tokencli.store.ledger import Ledger, Recharge
from tokencli.store.repricings import (
    begin_repricing,
    charged_rows,
    count_events,
    past_charges,
    price_body,
    tell_reason,
)

if TYPE_CHECKING:
    from tokencli.store.database import Database

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = period_of("2026-11-20", now=AT, zone="UTC", week_start=0)


def rows(db: Database, facets: list[int] | None = None, after: int = -1, most: int = 10) -> list[int]:
    return [row.id & 0xFF for row in charged_rows(db.connection, DAY, facets, after, most)]


def test_rows_come_in_pieces_in_the_order_of_their_numbers(db: Database, add: Any, call: Any) -> None:
    add(call(at=AT), call(at=AT - timedelta(hours=1)), call(at=AT + timedelta(days=1)), call(at=AT, model="other"))
    assert rows(db) == [1, 2, 4]
    assert rows(db, most=2) == [1, 2]
    assert rows(db, after=charged_rows(db.connection, DAY, None, -1, 2)[-1].id) == [4]
    assert rows(db, facets=[2]) == [4]
    assert rows(db, facets=[]) == []
    assert count_events(db.connection) == 4


def test_a_new_charge_moves_the_sums_and_keeps_the_old_one(db: Database, add: Any, call: Any) -> None:
    card = '{"source": "a list"}'
    add(call(at=AT, price=card, reported=7), call(at=AT, model="new", listed=5), call(at=AT, price=card, reported=7))
    with db.transaction() as connection:
        number = begin_repricing(connection, 1_000_000, "")
        first = charged_rows(connection, DAY, None, -1, 1)[0]
        Ledger(connection).recharge(number, [Recharge(first.id, 2, 99, first.facet_id, first.list_cost_pico)])
        tell_reason(connection, number, "because")
    check_sums(db.connection)
    assert db.connection.execute("SELECT facet_id, list_cost_pico FROM event ORDER BY id").fetchall() == [
        (2, 99),
        (2, 5),
        (1, 1000),
    ]
    (past,) = past_charges(db.connection, first.id)
    assert (past.replaced_at.year, past.reason, past.status, past.price_source) == (1970, "because", "priced", "a list")
    assert past.list_cost is not None
    assert past.list_cost * 10**12 == 1000


def test_a_facet_without_calls_leaves_no_sums_behind(db: Database, add: Any, call: Any) -> None:
    add(call(at=AT), call(at=AT, model="new"))
    with db.transaction() as connection:
        first = charged_rows(connection, DAY, None, -1, 1)[0]
        number = begin_repricing(connection, 0, "")
        Ledger(connection).recharge(number, [Recharge(first.id, 2, None, 1, 1000)])
    check_sums(db.connection)
    assert db.connection.execute("SELECT count(*) FROM rollup").fetchone() == (1,)


def test_no_price_has_no_card(db: Database) -> None:
    assert price_body(db.connection, None) is None
