"""A source's names are known without a question only where nobody else can have told of any."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tokencli.services import call_names
from tokencli.services.call_names import CallNames
from tokencli.store import witnesses
from tokencli.store.database import open_ledger

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

    from tokencli.store.database import Database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with open_ledger(tmp_path / "ledger.db", write=True, create=True) as database:
        yield database


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return for how many names the ledger was asked, a number a time."""
    numbers: list[int] = []
    ask = witnesses.calls_with_keys

    def counted(connection: sqlite3.Connection, keys: list[str]) -> dict[str, int]:
        numbers.append(len(keys))
        return ask(connection, keys)

    monkeypatch.setattr(witnesses, "calls_with_keys", counted)
    return numbers


def test_a_ledger_that_had_no_call_is_asked_for_names_that_came_since_alone(
    database: Database, asked: list[int]
) -> None:
    names = CallNames(database.connection)
    with database.transaction():
        assert names.numbers(["k:1", "k:2"]) == {}
        names.add_new([("k:1", 1), ("k:2", 2)])
    with database.transaction():
        assert names.numbers(["k:2", "k:3"]) == {"k:2": 2}
        names.add_new([("k:3", 3)])
    assert names.numbers(["k:1", "k:3", "k:9"]) == {"k:1": 1, "k:3": 3}
    assert asked == [1, 2]
    assert witnesses.calls_with_keys(database.connection, ["k:1", "k:2", "k:3", "k:9"]) == {
        "k:1": 1,
        "k:2": 2,
        "k:3": 3,
    }


class Alike(str):
    """A name with the hash of all others of its kind."""

    __slots__ = ()

    def __hash__(self) -> int:
        return 7


def test_names_that_are_alike_in_their_hash_are_told_apart(database: Database) -> None:
    names = CallNames(database.connection)
    with database.transaction():
        assert names.numbers([Alike("k:1")]) == {}
        names.add_new([(Alike("k:1"), 1)])
    assert names.numbers([Alike("k:2")]) == {}
    assert names.numbers([Alike("k:1"), Alike("k:2")]) == {"k:1": 1}


def test_a_ledger_with_calls_is_asked(database: Database, asked: list[int]) -> None:
    with database.transaction():
        witnesses.add_new_keys(database.connection, [("k:1", 1)])
    names = CallNames(database.connection)
    assert names.numbers(["k:1", "k:2"]) == {"k:1": 1}
    with database.transaction():
        names.add_new([("k:2", 2)])
    assert names.numbers(["k:1", "k:2"]) == {"k:1": 1, "k:2": 2}
    assert asked == [2, 2]


def test_names_that_another_process_adds_meanwhile_are_found(database: Database, tmp_path: Path) -> None:
    names = CallNames(database.connection)
    with database.transaction():
        assert names.numbers(["k:1"]) == {}
        names.add_new([("k:1", 1)])
    with open_ledger(tmp_path / "ledger.db", write=True, create=False) as other, other.transaction():
        witnesses.add_new_keys(other.connection, [("k:2", 2)])
    assert names.numbers(["k:1", "k:2"]) == {"k:1": 1, "k:2": 2}


def test_what_was_rolled_back_is_no_name_any_more(database: Database, asked: list[int]) -> None:
    names = CallNames(database.connection)

    class Failure(Exception):  # noqa: N818 - it is the failure
        pass

    def fail() -> None:
        with database.transaction():
            assert names.numbers(["k:1"]) == {}
            names.add_new([("k:1", 1)])
            raise Failure

    with pytest.raises(Failure):
        fail()
    names.forget()
    assert names.numbers(["k:1"]) == {}
    assert asked == []


def test_very_many_names_are_the_ledgers_to_remember(
    database: Database, asked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_names, "MOST_REMEMBERED", 2)
    names = CallNames(database.connection)
    with database.transaction():
        assert names.numbers(["k:0"]) == {}
        names.add_new([(f"k:{number}", number) for number in range(3)])
    assert names.numbers(["k:0", "k:9"]) == {"k:0": 0}
    assert asked == [2]
