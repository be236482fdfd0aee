from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.store.conftest import tables_read_through
from tokencli.store import known
from tokencli.store.database import open_ledger
from tokencli.store.known import CallKey, Candidate, Told

if TYPE_CHECKING:
    from collections.abc import Callable

    from tokencli.store.database import Database

NOON = datetime(2025, 10, 10, 12, tzinfo=UTC)
US = round(NOON.timestamp() * 1_000_000)
SECOND = 1_000_000
KEY = CallKey(US, "openai", "gpt-4o", 100, 10, 5)
FIRST = (1 << 40) + 1


def test_span_is_from_the_first_to_the_last_time(
    db: Database, add: Callable[..., None], call: Callable[..., Any]
) -> None:
    assert known.span(db.connection) is None
    add(call(at=NOON + timedelta(seconds=9)), call(at=NOON))
    assert known.span(db.connection) == (US, US + 9 * SECOND)


def test_version_changes_when_another_connection_commits(
    db: Database, add: Callable[..., None], call: Callable[..., Any]
) -> None:
    before = known.version(db.connection)
    add(call(at=NOON))
    assert known.version(db.connection) == before
    with open_ledger(db.path, write=True) as other, other.transaction() as connection:
        connection.execute("INSERT INTO origin (key, kind) VALUES ('x', 'log')")
    assert known.version(db.connection) != before


def test_origin_has_something_from_a_place_on(db: Database, add: Callable[..., None], call: Callable[..., Any]) -> None:
    add(call(at=NOON))
    add(call(at=NOON), call(at=NOON), origin="ba9876543210")
    assert known.has_from(db.connection, 1, 1)
    assert not known.has_from(db.connection, 1, 2)
    with db.transaction() as connection:
        connection.execute("INSERT INTO sighting VALUES (?, 1, 50, 'cost-line', 0, NULL)", (FIRST,))
    assert known.has_from(db.connection, 1, 50)
    assert not known.has_from(db.connection, 1, 51)


def test_calls_of_other_origins_are_counted_by_what_they_say(
    db: Database, add: Callable[..., None], call: Callable[..., Any]
) -> None:
    same = call(at=NOON, reported=5)
    add(same, same, call(at=NOON, reported=6), call(at=NOON + timedelta(seconds=1), reported=5))
    add(same, origin="ba9876543210")
    with db.transaction() as connection:
        connection.execute("INSERT INTO event_detail (event_id, record_id) VALUES (?, 'x')", (FIRST,))
    assert known.calls_at(db.connection, [US], 2, "cost-line") == {
        KEY: Told(2, 1),
        KEY._replace(reported_cost_pico=6): Told(1, 0),
    }
    assert known.calls_at(db.connection, [US], 1, "cost-line") == {KEY: Told(1, 0)}
    assert known.calls_at(db.connection, [US], 3, "proxy") == {}
    assert known.calls_at(db.connection, [US + 7], 3, "cost-line") == {}


def test_calls_without_tokens_are_no_copies_of_lines_with_tokens(
    db: Database, add: Callable[..., None], call: Callable[..., Any]
) -> None:
    add(call(at=NOON, tokens=None, basis="missing", listed=None, reported=5))
    assert known.calls_at(db.connection, [US], 2, "cost-line") == {}


def test_places_of_an_origin_are_its_calls_and_its_further_sightings(
    db: Database, add: Callable[..., None], call: Callable[..., Any]
) -> None:
    add(call(at=NOON), call(at=NOON), call(at=NOON))
    with db.transaction() as connection:
        connection.execute("INSERT INTO sighting VALUES (?, 1, 20, 'cost-line', 0, NULL)", (FIRST,))
        connection.execute("INSERT INTO sighting VALUES (?, 2, 21, 'cost-line', 0, NULL)", (FIRST,))
    base = 1 << 40
    assert known.ids_between(db.connection, base + 2, base + 30) == {base + 2, base + 3, base + 20}


def test_record_ids_are_found_however_many_are_asked_for(
    db: Database, add: Callable[..., None], call: Callable[..., Any]
) -> None:
    add(call(at=NOON))
    with db.transaction() as connection:
        connection.execute("INSERT INTO event_detail (event_id, record_id) VALUES (?, 'id-1700')", (FIRST,))
    assert known.record_ids(db.connection, [f"id-{number}" for number in range(2000)]) == {"id-1700"}
    assert known.record_ids(db.connection, []) == set()


def test_candidates_have_the_dollars_and_lie_in_the_stretch_of_time(
    db: Database, add: Callable[..., None], call: Callable[..., Any]
) -> None:
    add(
        call(at=NOON, reported=5, agent="neo"),
        call(at=NOON + timedelta(seconds=1), reported=5, model=None, tokens=None, basis="missing"),
        call(at=NOON + timedelta(seconds=2), reported=5),
        call(at=NOON, reported=6),
        call(at=NOON, reported=5, source="proxy"),
    )
    assert known.candidates(db.connection, (US, US + SECOND), 5, "cost-line") == [
        Candidate(FIRST, US, "openai", "gpt-4o", "neo", has_usage=True),
        Candidate(FIRST + 1, US + SECOND, "openai", None, None, has_usage=False),
    ]


def test_twin_is_sighted_when_another_content_told_it_or_this_one_at_this_place(
    db: Database, add: Callable[..., None], call: Callable[..., Any]
) -> None:
    add(call(at=NOON, reported=5))
    with db.transaction() as connection:
        connection.execute("INSERT INTO sighting VALUES (?, 1, 20, 'cost-line', ?, NULL)", (FIRST, US + 7))
    candidate = Candidate(FIRST, US, "openai", "gpt-4o", "neo", has_usage=True)
    for here, time, is_sighted in (
        ((2 << 40) + 99, US + 7, True),
        ((1 << 40) + 20, US + 7, True),
        ((1 << 40) + 21, US + 7, False),
        ((2 << 40) + 99, US + 8, False),
        ((2 << 40) + 99, US, False),
    ):
        assert known.is_sighted(db.connection, candidate, time, here) is is_sighted


def test_call_that_a_twin_alone_told_is_sighted_by_itself(db: Database) -> None:
    lonely = Candidate(FIRST, US, "openai", "gpt-4o", "neo", has_usage=False)
    for here, time, is_sighted in (
        ((2 << 40) + 99, US, True),
        (FIRST, US, True),
        (FIRST + 1, US, False),
        ((2 << 40) + 99, US + 1, False),
    ):
        assert known.is_sighted(db.connection, lonely, time, here) is is_sighted


def test_lonely_twins_are_calls_with_an_agent_and_without_tokens(
    db: Database, add: Callable[..., None], call: Callable[..., Any]
) -> None:
    assert not known.has_lonely_twins(db.connection, "cost-line")
    add(
        call(at=NOON, reported=5, agent="neo", tokens=None, basis="missing", listed=None, status="unpriced"),
        call(at=NOON, reported=5, tokens=None, basis="missing", listed=None, status="unpriced"),
        call(at=NOON, reported=5, agent="neo"),
    )
    assert known.has_lonely_twins(db.connection, "cost-line")
    assert not known.has_lonely_twins(db.connection, "proxy")
    assert known.lonely_twins(db.connection, (US, US), "cost-line") == [(FIRST, US, 5, "gpt-4o", "neo")]
    assert known.lonely_twins(db.connection, (US + 1, US + 2), "cost-line") == []


def test_a_providers_calls_of_an_answer_come_newest_first_however_they_are_found(
    db: Database, add: Callable[..., None], call: Callable[..., Any]
) -> None:
    add(call(at=NOON), call(at=NOON + timedelta(seconds=9)), call(at=NOON, provider="groq"), call(at=NOON))
    with db.transaction() as connection:
        for seq, mark in enumerate((None, None, None, 1)):
            detail = FIRST + seq, "a1", mark
            connection.execute(
                "INSERT INTO event_detail (event_id, response_id, found_elsewhere) VALUES (?, ?, ?)", detail
            )
        connection.execute("INSERT INTO identity VALUES ('claude-code:a1', ?)", (FIRST + 3,))
    assert known.calls_answered(db.connection, "openai", "a1") == [FIRST + 1, FIRST + 3, FIRST]
    assert known.calls_answered(db.connection, "groq", "a1") == [FIRST + 2]
    assert known.calls_answered(db.connection, None, "a1") == []
    assert known.calls_answered(db.connection, "openai", None) == []
    assert tables_read_through(db.connection, known.ANSWERED, ("a1", "openai")) == []
