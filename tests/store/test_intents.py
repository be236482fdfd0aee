"""Calls on their way are found by the run that opened them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokencli.store import intents
from tokencli.store.dictionary import Dictionary
from tokencli.store.intents import IntentRow

if TYPE_CHECKING:
    from tokencli.store.database import Database


def test_each_run_has_its_own_calls_on_their_way(db: Database) -> None:
    with db.transaction() as connection:
        first = Dictionary(connection).origin("aaaaaaaaaaaa", "proxy", None)
        second = Dictionary(connection).origin("bbbbbbbbbbbb", "proxy", None)
        Dictionary(connection).origin("cccccccccccc", "proxy", None)
        rows = [IntentRow((origin << 40) + seq, seq, "{}") for origin in (first, second) for seq in (1, 2, 3)]
        intents.add(connection, rows)
        assert intents.origins(connection) == {"aaaaaaaaaaaa": first, "bbbbbbbbbbbb": second}
        assert intents.some_of(connection, first, 2) == rows[:2]
        assert intents.some_of(connection, second, 10) == rows[3:]


def test_removing_what_is_not_there_changes_nothing(db: Database) -> None:
    with db.transaction() as connection:
        intents.add(connection, [IntentRow(2**40 + 1, 5, "{}"), IntentRow(2**40 + 2, 5, "{}")])
        intents.remove(connection, [2**40 + 2, 7])
        assert intents.some_of(connection, 1, 10) == [IntentRow(2**40 + 1, 5, "{}")]


def test_the_newest_come_first_with_the_ids_of_their_calls(db: Database) -> None:
    with db.transaction() as connection:
        first = Dictionary(connection).origin("aaaaaaaaaaaa", "proxy", None)
        second = Dictionary(connection).origin("bbbbbbbbbbbb", "proxy", None)
        older, newer = IntentRow((second << 40) + 7, 5, "{}"), IntentRow((first << 40) + 1, 9, "{}")
        intents.add(connection, [older, newer])
        assert intents.newest(connection, 10) == [("aaaaaaaaaaaa.1", newer), ("bbbbbbbbbbbb.7", older)]
        assert intents.newest(connection, 1) == [("aaaaaaaaaaaa.1", newer)]
