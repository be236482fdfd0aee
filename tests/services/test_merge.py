from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cost_logs import check_sums
from tests.tellers import Hearing, answer_id, told
from tokencli.domain.errors import SameFileError
from tokencli.services.merge import merge
from tokencli.store.calls import call_named
from tokencli.store.database import open_ledger

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cost_logs import Shop
    from tokencli.pricing.book import PriceBook
    from tokencli.store.database import Database


@pytest.fixture
def other(tmp_path: Path, book: PriceBook) -> Hearing:
    folder = tmp_path / "other"
    folder.mkdir()
    return Hearing(open_ledger(folder / "ledger.db", write=True, create=True), book)


@pytest.fixture
def hearing(shop: Shop) -> Hearing:
    # Numbers of origins and facets are to differ between the two ledgers.
    shop.connection.execute("INSERT INTO origin(key, kind) VALUES ('ffffffffffff', 'log')")
    return Hearing(shop.database, shop.book)


def taken(hearing: Hearing, other: Hearing) -> tuple[int, int, int, int]:
    done = merge(hearing._database, other._database)
    check_sums(hearing.connection)
    assert done.recorded + done.merged + done.duplicate == done.calls
    return done.calls, done.recorded, done.merged, done.duplicate


def test_calls_come_with_all_that_is_kept_of_them(hearing: Hearing, other: Hearing) -> None:
    other.hear("claude", told("c:1", agent="scout", response_id=answer_id(1), raw_usage="{}"), told("c:2", 100))
    other.hear("otel", told("o:1", 2))
    other.connection.execute("INSERT INTO session(id, name, created_at) VALUES ('s1', 'work', 1), ('s2', 'more', 2)")
    other.connection.execute("INSERT INTO notice VALUES ((1 << 40) + 7, 5, 'timeout', NULL, NULL)")
    hearing.connection.execute("INSERT INTO session(id, name, created_at) VALUES ('s9', 'work', 1)")
    assert taken(hearing, other) == (2, 2, 0, 0)
    assert hearing.totals() == other.totals()
    assert hearing.sightings() == other.sightings()
    first = call_named(other.connection, "claude000000.0")
    here = call_named(hearing.connection, "claude000000.0")
    assert (here.event, here.list_cost, here.sightings) == (first.event, first.list_cost, first.sightings)
    names = hearing.connection.execute("SELECT id, name FROM session ORDER BY id").fetchall()
    assert names == [("s1", "work (s1)"), ("s2", "more"), ("s9", "work")]
    assert hearing.connection.execute("SELECT count(*) FROM notice").fetchone() == (1,)


def test_a_ledger_can_be_merged_again_and_again(hearing: Hearing, other: Hearing) -> None:
    other.hear("claude", told("c:1"), told("c:2", 100, out=1))
    assert taken(hearing, other) == (2, 2, 0, 0)
    before = list(hearing.connection.iterdump())
    assert taken(hearing, other) == (2, 0, 0, 2)
    assert list(hearing.connection.iterdump()) == before
    other.hear("claude", told("c:2", 100, out=50), told("c:3", 200), start=10)
    assert taken(hearing, other) == (3, 1, 0, 2)
    assert hearing.totals() == other.totals()
    assert hearing.hear("claude", told("c:3", 200))[:3] == (0, 0, 1)


def test_what_both_have_witnessed_stays_one(hearing: Hearing, other: Hearing) -> None:
    hearing.hear("claude", told("c:1", 5, response_id=answer_id(1)), told("c:2", 1000), told("c:3", 2000), place="here")
    other.hear("proxy", told("p:1", response_id=answer_id(1)), told("p:2", 1001))
    other.hear("claude", told("c:3", 2000), place="copy")
    assert taken(hearing, other) == (3, 0, 3, 0)
    assert hearing.totals()[0] == 3
    assert taken(hearing, other) == (3, 0, 0, 3)


def test_a_ledger_is_not_merged_with_itself(hearing: Hearing) -> None:
    with pytest.raises(SameFileError):
        merge(hearing._database, hearing._database)


CALLS = st.lists(
    st.tuples(st.sampled_from(["proxy", "claude", "otel"]), st.integers(0, 3), st.integers(0, 1)), max_size=8
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CALLS)
def test_two_machines_know_together_what_one_would(
    book: PriceBook, tmp_path_factory: pytest.TempPathFactory, calls: list[tuple[str, int, int]]
) -> None:
    folder = tmp_path_factory.mktemp("machines")
    with ExitStack() as stack:
        ledgers: list[Database] = [
            stack.enter_context(open_ledger(folder / f"{name}.db", write=True, create=True)) for name in range(3)
        ]
        one, two, whole = (Hearing(ledger, book) for ledger in ledgers)
        for source, number, machine in calls:
            answer = None if source == "otel" else answer_id(f"{number:04d}")
            call = told(f"{source}:{number}", number * 2_000, response_id=answer)
            for hearing, place in ((one, "a"), (two, "b"))[machine : machine + 1]:
                hearing.hear(source, call, start=number, place=f"{source}{place}")
            whole.hear(source, call, start=number, place=f"{source}{'ab'[machine]}")
        merge(ledgers[0], ledgers[1])
        check_sums(one.connection)
        assert one.totals() == whole.totals()
