from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tokencli.store.dictionary import Dictionary, Facet

if TYPE_CHECKING:
    import pytest

    from tokencli.store.database import Database

FULL = Facet(
    source="cost-line",
    provider_name="openai",
    operation_name="chat",
    request_model="a",
    response_model="b",
    session_id="s",
    project="p",
    agent='né"o',
    client="c",
    tags='{"k": "v"}',
    basis="reported",
    cost_status="unpriced",
    finish="error",
    error_type="timeout",
)


def count(db: Database, table: str) -> int:
    (number,) = db.connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(number)


def test_facet_has_one_number_and_is_read_back_whole(db: Database) -> None:
    with db.transaction() as connection:
        numbers = {Dictionary(connection).facet(facet) for facet in (FULL, FULL, FULL._replace())}
        assert len(numbers) == 1
        assert Dictionary(connection).read_facet(numbers.pop()) == FULL
    assert count(db, "facet") == 1


def test_facets_that_differ_in_anything_are_told_apart(db: Database) -> None:
    changes: list[dict[str, Any]] = [{name: "other"} for name in Facet._fields if not name.endswith("price_id")]
    others = [FULL._replace(**change) for change in changes]
    empty = [
        FULL._replace(agent=""),
        FULL._replace(agent=None),
        FULL._replace(agent="None"),
        FULL._replace(agent="null"),
    ]
    with db.transaction() as connection:
        dictionary = Dictionary(connection)
        numbers = {dictionary.facet(facet) for facet in (FULL, *others, *empty)}
    assert len(numbers) == 1 + len(others) + len(empty)


def test_prices_and_logged_prices_have_one_number_each(db: Database) -> None:
    with db.transaction() as connection:
        one, other = Dictionary(connection), Dictionary(connection)
        assert one.price('{"a":1}') == one.price('{"a":1}') == other.price('{"a":1}')
        assert one.price('{"a":2}') != one.price('{"a":1}')
        assert one.logged_price(1, 2) == one.logged_price(1, 2) == other.logged_price(1, 2)
        assert one.logged_price(2, 1) != one.logged_price(1, 2)
    assert (count(db, "price"), count(db, "logged_price")) == (2, 2)


def test_origin_keeps_what_was_said_of_it_first(db: Database) -> None:
    with db.transaction() as connection:
        dictionary = Dictionary(connection)
        number = dictionary.origin("0123456789ab", "log", "a.log")
        assert dictionary.origin("0123456789ab", "proxy", "b") == number
        assert dictionary.origin("ba9876543210", "log", None) != number
        row = connection.execute("SELECT kind, detail FROM origin WHERE id = ?", (number,)).fetchone()
    assert row == ("log", "a.log")


def test_however_many_facets_there_are_few_are_remembered(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tokencli.store.dictionary.MOST_REMEMBERED", 3)
    dictionary = Dictionary(db.connection)
    facets = [FULL._replace(tags=f'{{"turn": "{number}"}}') for number in range(10)]
    with db.transaction():
        numbers = [dictionary.facet(facet) for facet in facets]
        assert dictionary.remembered <= 3
        assert [dictionary.facet(facet) for facet in facets] == numbers
        assert [dictionary.read_facet(number) for number in numbers] == facets


class GivenUpError(Exception):
    pass


def give_up() -> None:
    raise GivenUpError


def test_numbers_of_a_rolled_back_transaction_are_made_anew_once_forgotten(db: Database) -> None:
    dictionary = Dictionary(db.connection)
    try:
        with db.transaction():
            dictionary.facet(FULL)
            dictionary.price("x")
            dictionary.logged_price(1, 2)
            give_up()
    except GivenUpError:
        dictionary.forget()
    with db.transaction():
        assert dictionary.read_facet(dictionary.facet(FULL)) == FULL
        dictionary.price("x")
        dictionary.logged_price(1, 2)
    assert (count(db, "facet"), count(db, "price"), count(db, "logged_price")) == (1, 1, 1)
