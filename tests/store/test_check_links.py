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


@pytest.mark.parametrize(
    ("change", "count"),
    [
        ("UPDATE meta SET value = value", 0),
        ("UPDATE event_detail SET found_elsewhere = 2", 3),
        ("UPDATE event_detail SET response_id = 'msg_9' WHERE response_id = 'msg_1'", 1),
        ("UPDATE event_detail SET response_id = NULL", 2),
        ("DELETE FROM identity WHERE key LIKE '%2'", 1),
        ("UPDATE identity SET event_id = 1099511627779", 2),
        ("UPDATE facet SET source = 'proxy'", 2),
        ("UPDATE facet SET session_id = 'other'", 2),
        ("UPDATE event_detail SET conversation_id = NULL", 2),
        ("UPDATE event_detail SET found_elsewhere = NULL, conversation_id = 'x'; DELETE FROM identity", 0),
    ],
)
def test_calls_that_are_marked_and_not_found_are_counted(
    db: Database, add: Callable[..., None], call: Callable[..., Any], change: str, count: int
) -> None:
    add(*(call(at=NOON, source="claude-code", session="c1") for _ in range(3)))
    with db.transaction() as connection:
        for seq, mark in ((1, 1), (2, 1), (3, None)):
            detail = 2**40 + seq, f"msg_{seq}", "c1", mark
            connection.execute(
                "INSERT INTO event_detail(event_id, response_id, conversation_id, found_elsewhere) VALUES (?, ?, ?, ?)",
                detail,
            )
            connection.execute("INSERT INTO identity VALUES (?, ?)", (f"claude-code:msg_{seq}", 2**40 + seq))
        for statement in change.split("; "):
            connection.execute(statement)
    with db.reading() as connection:
        assert check_links.false_marks(connection) == count
