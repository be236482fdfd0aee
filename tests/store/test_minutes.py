"""The calls of the last minutes are counted minute by minute of the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tokencli.store.minutes import BY_MINUTE, OF_FACETS, requests_by_minute

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.store.conftest import Call
    from tokencli.store.database import Database

NOW = datetime(2026, 11, 20, 12, 3, 30, tzinfo=UTC)


def test_each_minute_has_its_calls_and_the_last_one_is_that_of_now(
    db: Database, add: Callable[..., None], call: type[Call]
) -> None:
    for seconds, session in ((0, "s"), (-29, "t"), (-30, "s"), (-31, "s"), (-150, "t"), (-240, "s"), (31, "s")):
        add(call(at=NOW + timedelta(seconds=seconds), session=session))
    assert requests_by_minute(db.connection, NOW, 4) == (0, 1, 1, 3)
    assert requests_by_minute(db.connection, NOW, 4, "s") == (0, 0, 1, 2)
    assert requests_by_minute(db.connection, NOW, 2, "nobody") == (0, 0)


@pytest.mark.parametrize("statement", [BY_MINUTE, OF_FACETS], ids=["all", "session"])
def test_only_the_calls_of_these_minutes_are_looked_at(db: Database, statement: str) -> None:
    values = (0, 1, "[]")[: statement.count("?")]
    steps = [row[3] for row in db.connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
    assert any("event_occurred_at (occurred_at>? AND occurred_at<?)" in step for step in steps)
