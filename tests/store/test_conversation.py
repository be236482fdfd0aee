"""A conversation is known by its name alone, whoever saw its calls; each call counts once, found without a scan."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tests.store.conftest import add_calls, tables_read_through
from tokencli.store import conversation
from tokencli.store.answers import NAMED_BY_ANSWER
from tokencli.store.conversation import sum_of_conversation

if TYPE_CHECKING:
    from tests.store.conftest import Call
    from tokencli.store.database import Database

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
NAME = "5d1c2c8e-6f0a"
LOG = """\
INSERT INTO log_file (path, origin_id, size, mtime_ns, offset, line_count, head_bytes, format, updated_at)
VALUES (?, ?, 0, 0, 0, 0, 0, 'claude-code', 0)"""


def test_all_calls_of_a_conversation_and_no_others_count_once(db: Database, call: type[Call]) -> None:
    assert sum_of_conversation(db.connection, NAME) is None
    with db.transaction() as connection:
        for number, origin in enumerate(("aaaaaaaaaaaa", "bbbbbbbbbbbb", "cccccccccccc", "dddddddddddd"), 1):
            unpriced = call(at=AT, listed=None, status="unpriced")
            add_calls(connection, [call(at=AT, listed=10**number), unpriced], origin)
        connection.execute("UPDATE origin SET kind = 'proxy' WHERE id = 3")
        connection.execute(LOG, (f"/logs/{NAME}.jsonl", 1))
        connection.execute(LOG, (f"/logs/{NAME}/subagents/agent-1.jsonl", 2))
        connection.execute(LOG, ("/logs/other.jsonl", 4))
        for origin_id, seq, name in ((1, 1, NAME), (1, 2, "resumed"), (2, 2, NAME), (3, 1, NAME), (3, 2, "other")):
            connection.execute(
                "INSERT INTO event_detail (event_id, conversation_id) VALUES (?, ?)", (origin_id * 2**40 + seq, name)
            )
        connection.execute("INSERT INTO sighting VALUES (?, 1, 9, 'claude-code', 0, NULL)", (3 * 2**40 + 1,))
    found = sum_of_conversation(db.connection, NAME)
    assert found is not None
    assert (found.requests, found.unpriced, found.pico, found.tokens) == (3, 1, 10 + 1000, 330)


def test_no_table_is_read_through_for_it(db: Database) -> None:
    assert tables_read_through(db.connection, conversation.STATEMENT, (NAME,)) == []


def test_calls_of_its_log_are_added_up_by_their_facets_and_each_counts_once(db: Database, call: type[Call]) -> None:
    of_log: dict[str, Any] = {"at": AT, "source": NAMED_BY_ANSWER, "session": NAME}
    with db.transaction() as connection:
        add_calls(connection, [call(**of_log), call(**of_log, listed=None, status="unpriced"), call(**of_log)])
        add_calls(connection, [call(at=AT, session=NAME), call(at=AT, session="work", listed=7)])
        add_calls(connection, [call(at=AT, source=NAMED_BY_ANSWER, session="other")])
        for seq, (name, mark) in enumerate(((NAME, 1), (NAME, 1), (NAME, None), ("x", None), (NAME, None)), 1):
            detail = 2**40 + seq, name, mark
            connection.execute(
                "INSERT INTO event_detail (event_id, conversation_id, found_elsewhere) VALUES (?, ?, ?)", detail
            )
    found = sum_of_conversation(db.connection, NAME)
    assert found is not None
    assert (found.requests, found.unpriced, found.pico, found.tokens) == (4, 1, 2007, 440)
