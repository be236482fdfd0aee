"""Pages, references and sums: what is sound says nothing, what is not is told by column."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tokencli.store import check_links

if TYPE_CHECKING:
    from collections.abc import Callable

    from tokencli.store.database import Database

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HUGE = 2**62


def test_a_sound_ledger_has_nothing_to_say(db: Database, add: Callable[..., None], call: Callable[..., Any]) -> None:
    add(call(at=NOON, reported=5), call(at=NOON, listed=None))
    with db.reading() as connection:
        assert [check_links.damage(connection, whole=whole) for whole in (False, True)] == [[], []]
        assert check_links.broken_links(connection) == {}
        assert check_links.sums_apart(connection) == []
        assert check_links.quarters_apart(connection) == 0
        assert check_links.journal_mode(connection) == "wal"


def test_rows_that_refer_to_nothing_are_counted_by_table(db: Database) -> None:
    with db.transaction() as connection:
        connection.execute("INSERT INTO sighting VALUES (1, 2, 3, 'x', 4, NULL)")
    with db.reading() as connection:
        assert check_links.broken_links(connection) == {"sighting": 2}


@pytest.mark.parametrize("listed", [1000, HUGE])
def test_sums_that_are_not_what_the_calls_add_up_to_are_told_by_column(
    db: Database, add: Callable[..., None], call: Callable[..., Any], listed: int
) -> None:
    add(call(at=NOON, listed=listed), call(at=NOON, model="o3", listed=listed))
    with db.transaction() as connection:
        connection.execute("UPDATE rollup SET output_tokens = output_tokens + 1 WHERE facet_id = 1")
    with db.reading() as connection:
        (found,) = check_links.sums_apart(connection)
    assert (found.column, found.kept, found.added) == ("output_tokens", 21, 20)


def test_sums_that_even_out_are_found_quarter_by_quarter(
    db: Database, add: Callable[..., None], call: Callable[..., Any]
) -> None:
    add(call(at=NOON), call(at=NOON, model="o3"))
    with db.transaction() as connection:
        connection.execute("UPDATE rollup SET output_tokens = output_tokens + iif(facet_id = 1, 1, -1)")
    with db.reading() as connection:
        assert check_links.sums_apart(connection) == []
        assert check_links.quarters_apart(connection) == 2
