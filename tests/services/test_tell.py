from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cost_logs import check_sums
from tests.tellers import Hearing, answer_id, told
from tokencli.domain.usage import Basis
from tokencli.store.database import open_ledger

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cost_logs import Shop
    from tokencli.pricing.book import PriceBook
    from tokencli.readers.told import Told

ALPHA_100_50 = 100 * 1_000_000 + 50 * 2_000_000


@pytest.fixture
def hearing(shop: Shop) -> Hearing:
    return Hearing(shop.database, shop.book)


def test_a_call_is_priced_and_kept_with_all_that_its_log_tells(hearing: Hearing) -> None:
    call = told(
        "k:1", agent="scout", project="/shop", branch="main", client="tiny", client_version="2.0", conversation_id="c7"
    )
    assert hearing.hear("tiny", call)[:3] == (1, 0, 0)
    columns = "f.source, f.agent, f.project, f.client, f.tags, f.session_id, d.conversation_id, f.cost_status"
    assert hearing.rows(columns) == [
        ("tiny", "scout", "/shop", "tiny", '{"branch": "main", "client_version": "2.0"}', "c7", "c7", "priced")
    ]
    check_sums(hearing.connection)


def test_what_the_user_says_of_all_calls_is_added(hearing: Hearing) -> None:
    labels = {"agent": "other", "project": "mine", "tags": '{"team": "search"}'}
    hearing.hear("tiny", told("k:1", agent="scout"), told("k:2", 100), labels=labels)
    assert hearing.rows("f.agent, f.project, f.tags") == [
        ("scout", "mine", '{"team": "search"}'),
        ("other", "mine", '{"team": "search"}'),
    ]


def test_the_same_key_is_the_same_call_in_any_file(hearing: Hearing) -> None:
    assert hearing.hear("tiny", told("k:1"), told("k:2", 1))[:3] == (2, 0, 0)
    assert hearing.hear("tiny", told("k:1"), told("k:2", 1))[:3] == (0, 0, 2)
    assert hearing.sightings() == []
    assert hearing.hear("tiny", told("k:1"), told("k:3", 2), place="copy")[:3] == (1, 0, 1)
    assert hearing.sightings() == [("tiny", None)]
    assert hearing.totals()[0] == 3


def test_an_answer_that_grew_is_counted_with_its_last_figures(hearing: Hearing) -> None:
    hearing.hear("tiny", told("k:1", out=1))
    assert hearing.hear("tiny", told("k:1", out=50), start=9)[:3] == (0, 0, 1)
    assert hearing.hear("tiny", told("k:1", out=2), start=20)[:3] == (0, 0, 1)
    assert hearing.totals()[:3] == (1, 100, 50)
    check_sums(hearing.connection)


def test_the_proxys_own_figures_win_whoever_comes_first(hearing: Hearing) -> None:
    hearing.hear("tiny", told("k:1", out=70, response_id=answer_id(1), agent="scout"))
    hearing.hear("proxy", told("p:1", -3, out=50, response_id=answer_id(1)))
    hearing.hear("proxy", told("p:2", 1000, out=50, response_id=answer_id(2)), start=1)
    hearing.hear("tiny", told("k:2", 1003, out=70, response_id=answer_id(2), agent="scout"), start=1)
    assert hearing.rows("f.source, e.output_tokens, f.agent") == [("proxy", 50, "scout")] * 2
    check_sums(hearing.connection)


def test_reported_counts_take_the_place_of_estimated_ones(hearing: Hearing) -> None:
    hearing.hear("proxy", told("p:1", out=40, response_id=answer_id(1), basis=Basis.ESTIMATED))
    assert hearing.hear("tiny", told("k:1", out=50, response_id=answer_id(1)))[:3] == (0, 1, 0)
    assert hearing.rows("f.basis, e.output_tokens") == [("reported", 50)]


def test_an_id_that_repeats_in_the_wild_is_no_identity(hearing: Hearing) -> None:
    hearing.hear("proxy", told("p:1", into=7, response_id="chatcmpl-150"))
    hearing.hear("tiny", told("k:1", into=8, response_id="chatcmpl-150"))
    assert hearing.totals()[0] == 2


def test_without_an_id_model_counts_and_time_tell(hearing: Hearing) -> None:
    hearing.hear("proxy", told("p:1", 0, duration_us=90_000_000))
    assert hearing.hear("tiny", told("k:1", 91))[:3] == (0, 1, 0)
    assert hearing.hear("tiny", told("k:2", 92), start=1)[:3] == (1, 0, 0), "each call is met once by a source"
    assert hearing.hear("otel", told("o:1", 93, into=101))[:3] == (1, 0, 0)
    assert hearing.hear("otel", told("o:2", 93, request_model="beta"), start=1)[:3] == (1, 0, 0)
    assert hearing.hear("otel", told("o:3", 500), start=2)[:3] == (1, 0, 0)


def test_the_nearest_in_time_meet(hearing: Hearing) -> None:
    hearing.hear("proxy", told("p:1", 0, agent="a"), told("p:2", 10, agent="b"))
    hearing.hear("tiny", told("k:2", 11, client="x"), told("k:1", 1, client="y"))
    assert hearing.rows("f.agent, f.client") == [("a", "y"), ("b", "x")]


def test_two_calls_of_one_source_that_look_alike_stay_two(hearing: Hearing) -> None:
    hearing.hear("tiny", told("k:1"), told("k:2"))
    assert hearing.totals()[0] == 2


def test_a_model_goes_by_its_name_without_provider_and_date(hearing: Hearing) -> None:
    hearing.hear("proxy", told("p:1", request_model="openrouter/anthropic/alpha-20250929"))
    assert hearing.hear("tiny", told("k:1", 2))[:3] == (0, 1, 0)


def test_an_answer_still_growing_finds_its_other_witness_when_it_is_whole(hearing: Hearing) -> None:
    hearing.hear("tiny", told("k:1", out=1))
    hearing.hear("otel", told("o:1", 4, out=50))
    assert hearing.totals()[0] == 2
    hearing.hear("tiny", told("k:1", 3, out=50), start=5)
    assert hearing.totals() == (1, 100, 50, ALPHA_100_50)
    assert hearing.hear("otel", told("o:1", 4, out=50))[:3] == (0, 0, 1)
    assert hearing.hear("tiny", told("k:1", 3, out=50))[:3] == (0, 0, 1)
    check_sums(hearing.connection)


def test_two_records_of_one_answer_in_one_log_are_one_call(hearing: Hearing) -> None:
    first, second = (told(name, out=out, response_id=answer_id(1)) for name, out in (("span", 50), ("event", 50)))
    assert hearing.hear("otel", first, second)[:3] == (1, 1, 0)
    assert hearing.hear("otel", second, first)[:3] == (0, 0, 2)


def test_a_failed_call_without_counts_costs_nothing(hearing: Hearing) -> None:
    hearing.hear("tiny", told("k:1", usage=None, basis=Basis.MISSING, error_type="overloaded_error"))
    assert hearing.rows("f.finish, f.cost_status, e.list_cost_pico, f.basis") == [("error", "free", 0, "missing")]


def test_a_model_that_nobody_knows_is_unpriced(hearing: Hearing) -> None:
    hearing.hear("tiny", told("k:1", request_model="nobody-knows-it"), told("k:2", 1, request_model=None))
    assert hearing.rows("f.cost_status, e.list_cost_pico") == [("unpriced", None)] * 2


class Truth(NamedTuple):
    """One call as it was, and who saw it."""

    into: int
    out: int
    steps: tuple[int, ...]
    seen_by: frozenset[str]
    jitter: float


SOURCES = ("proxy", "claude", "codex", "otel")
TRUTHS = st.lists(
    st.builds(
        Truth,
        st.integers(1, 3),
        st.integers(20, 22),
        st.lists(st.integers(1, 19), max_size=1).map(tuple),
        st.sets(st.sampled_from(SOURCES), min_size=1).map(frozenset),
        st.floats(-4, 4),
    ),
    min_size=1,
    max_size=4,
)


def tellings_of(truths: list[Truth]) -> list[tuple[str, int, Told]]:
    """Return (source, place, record) of all that all sources tell; calls that look alike lie far apart in time."""
    found: list[tuple[str, int, Told]] = []
    for number, truth in enumerate(truths):
        at = number * 2_000.0
        answer = answer_id(f"{number:04d}")
        by_source: dict[str, list[Told]] = {
            "proxy": [told(f"p:{number}", at, truth.into, truth.out, response_id=answer, duration_us=60_000_000)],
            "claude": [
                told(f"c:{number}", at + 60 + truth.jitter, truth.into, out, response_id=answer)
                for out in (*truth.steps, truth.out)
            ],
            "codex": [told(f"x:{number}", at + 60 + truth.jitter, truth.into, truth.out, is_growing=False)],
            "otel": [told(f"o:{number}", at + 60, truth.into, truth.out, duration_us=60_000_000, agent="scout")],
        }
        for source in sorted(truth.seen_by):
            found += [(source, 10 * number + step, record) for step, record in enumerate(by_source[source])]
    return found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TRUTHS, st.data())
def test_any_order_cut_and_repetition_of_sources_gives_the_same_totals(
    book: PriceBook, tmp_path_factory: pytest.TempPathFactory, truths: list[Truth], data: st.DataObject
) -> None:
    records = tellings_of(truths)
    again = data.draw(st.lists(st.sampled_from(records), max_size=3))
    heard = data.draw(st.permutations([*records, *again]))
    folder: Path = tmp_path_factory.mktemp("any")
    with open_ledger(folder / "l.db", write=True, create=True) as database:
        hearing = Hearing(database, book)
        for source, place, record in heard:
            hearing.hear(source, record, start=place)
        expected = len(truths), sum(truth.into for truth in truths), sum(truth.out for truth in truths)
        assert hearing.totals()[:3] == expected
        check_sums(hearing.connection)
