from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tokencli.store import witnesses
from tokencli.store.answers import NAMED_BY_ANSWER
from tokencli.store.database import open_ledger
from tokencli.store.dictionary import Facet
from tokencli.store.ledger import ORIGIN_SHIFT, CallRow, DetailRow, EventRow, Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FIRST = 1 << ORIGIN_SHIFT


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with open_ledger(tmp_path / "ledger.db", write=True, create=True) as database, database.transaction():
        ledger = Ledger(database.connection)
        for key in ("0123456789ab", "ba9876543210"):
            ledger.dictionary.origin(key, "log", None)
        yield ledger


def put(ledger: Ledger, number: int, time: int, source: str = "tiny", answer: str | None = None) -> None:
    facet_id = ledger.dictionary.facet(Facet(source=source))
    event = EventRow(number, time, facet_id, 10, 0, 0, 5, 0, None, None)
    ledger.insert_new([CallRow(event, DetailRow(response_id=answer) if answer else None)])


def test_a_name_keeps_the_call_it_was_given_to_first(ledger: Ledger) -> None:
    assert not witnesses.has_keys(ledger.connection)
    witnesses.add_keys(ledger.connection, [(f"k:{number}", number) for number in range(1000)])
    witnesses.add_keys(ledger.connection, [("k:5", 77)])
    found = witnesses.calls_with_keys(ledger.connection, [f"k:{number}" for number in range(-5, 1000)])
    assert found == {f"k:{number}": number for number in range(1000)}
    assert witnesses.has_keys(ledger.connection)


def test_calls_are_found_by_their_answers_and_with_all_that_is_known(ledger: Ledger) -> None:
    put(ledger, FIRST, 100, answer="a1")
    put(ledger, FIRST + 1, 100, answer="a1")
    put(ledger, FIRST + 2, 100)
    assert witnesses.calls_with_answers(ledger.connection, ["a1", "a2"]) == {"a1": [FIRST, FIRST + 1]}
    known = witnesses.known_calls(ledger.connection, [FIRST, FIRST + 2])
    assert (known[FIRST].detail.response_id, known[FIRST + 2].detail) == ("a1", DetailRow())
    assert known[FIRST].facet.source == "tiny"
    assert known[FIRST].event.output_tokens == 5


def test_calls_of_other_sources_come_by_their_counts(ledger: Ledger) -> None:
    assert not witnesses.counted_by_others(ledger.connection, "tiny")
    put(ledger, FIRST, 100)
    assert not witnesses.counted_by_others(ledger.connection, "tiny")
    put(ledger, FIRST + 1, 200, source="proxy")
    put(ledger, FIRST + 2, 300, source="proxy")
    assert witnesses.counted_by_others(ledger.connection, "tiny")
    assert witnesses.of_others(ledger.connection, (100, 200), "tiny") == {(10, 5): [(200, FIRST + 1)]}


def test_one_place_of_each_origin_is_kept(ledger: Ledger) -> None:
    put(ledger, FIRST, 100)
    witnesses.add_places(ledger.connection, [(FIRST, 2, seq, "tiny", 100, None) for seq in (4, 9)])
    assert ledger.connection.execute("SELECT seq FROM sighting").fetchall() == [(4,)]
    assert witnesses.sources_of(ledger.connection, [FIRST, 5]) == {FIRST: {"tiny"}}
    assert witnesses.last_place(ledger.connection, 1) == 0
    assert witnesses.last_place(ledger.connection, 2) == 4
    assert witnesses.last_place(ledger.connection, 3) == -1


def test_what_belonged_to_one_call_belongs_to_the_other(ledger: Ledger) -> None:
    put(ledger, FIRST, 100, answer="a1")
    put(ledger, FIRST + 1, 100, answer="a2")
    witnesses.add_keys(ledger.connection, [("k:1", FIRST + 1)])
    witnesses.add_places(ledger.connection, [(FIRST + 1, 2, 4, "tiny", 100, None)])
    ledger.remove(witnesses.known_calls(ledger.connection, [FIRST + 1])[FIRST + 1].event)
    witnesses.hand_over(ledger.connection, FIRST + 1, FIRST)
    assert witnesses.calls_with_keys(ledger.connection, ["k:1"]) == {"k:1": FIRST}
    assert ledger.connection.execute("SELECT event_id FROM sighting").fetchall() == [(FIRST,)]
    assert witnesses.calls_with_answers(ledger.connection, ["a2"]) == {}


def test_calls_that_a_log_named_by_their_answers_are_found_among_the_others(ledger: Ledger) -> None:
    put(ledger, FIRST + 1, 100, answer="a1")
    event = witnesses.known_calls(ledger.connection, [FIRST + 1])[FIRST + 1].event
    detail = (FIRST, None, None, "a1", *[None] * 4, 1)
    ledger.insert_columns([[each] for each in event._replace(id=FIRST)], [[each] for each in detail])
    witnesses.add_new_keys(ledger.connection, [(f"{NAMED_BY_ANSWER}:a1", FIRST)])
    put(ledger, FIRST + 2, 100, answer="a2")
    asked = ["a2", "a1", "a3"]
    expected = {"a1": [FIRST, FIRST + 1], "a2": [FIRST + 2]}
    assert witnesses.calls_with_answers(ledger.connection, asked) == expected
    witnesses.put(ledger.connection, FIRST, DetailRow(response_id="a1", duration_us=5))
    assert ledger.connection.execute("SELECT sum(found_elsewhere) FROM event_detail").fetchone() == (None,)
    assert witnesses.calls_with_answers(ledger.connection, asked) == expected


def test_details_take_the_place_of_others(ledger: Ledger) -> None:
    put(ledger, FIRST, 100)
    for detail in (DetailRow(response_id="a1", duration_us=5), DetailRow(response_id="a2")):
        witnesses.put(ledger.connection, FIRST, detail)
        assert witnesses.known_calls(ledger.connection, [FIRST])[FIRST].detail == detail
