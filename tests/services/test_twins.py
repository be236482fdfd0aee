from __future__ import annotations

import time
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from tokencli.readers.batch import Batch, Kind, Twin
from tokencli.services.twins import AFTER_US, BEFORE_US, Pairing, distance

if TYPE_CHECKING:
    from collections.abc import Iterable

SECOND = 1_000_000
KINDS = [
    Kind("OpenAI", "alpha", -1, -1, is_timed=True),
    Kind("OpenAI", "beta", -1, -1, is_timed=True),
    Kind("OpenAI", None, -1, -1, is_timed=True),
    Kind("Groq", None, -1, -1, is_timed=True),
    Kind("google", None, -1, -1, is_timed=True),
]
ALPHA, BETA, NAMELESS, NAMELESS_GROQ, NAMELESS_GOOGLE = range(5)


def batch_of(*calls: tuple[int, int, int]) -> Batch:
    """Return a batch of calls, each given as time, kind and dollars."""
    return Batch(kinds=KINDS, calls=[(seq, at, kind, 1, 2, dollars) for seq, (at, kind, dollars) in enumerate(calls)])


def twin(at: int, model: str = "alpha", dollars: int = 7, agent: str = "neo") -> Twin:
    return Twin(0, at, agent, model, dollars)


def pair(batch: Batch, *twins: Twin) -> list[int | None]:
    """Return for each twin the index of its call."""
    return pair_some(batch, range(len(batch.calls)), *twins)


def pair_some(batch: Batch, indexes: Iterable[int], *twins: Twin) -> list[int | None]:
    numbered = [twin._replace(seq=number) for number, twin in enumerate(twins)]
    pairing = Pairing(batch, indexes, numbered)
    left = pairing.look_ahead(pairing.look_back(range(len(twins))))
    index_of = {twin.seq: index for index, twin in pairing.found.items()}
    assert [number for number in range(len(twins)) if number not in index_of] == left
    return [index_of.get(number) for number in range(len(twins))]


def test_twin_belongs_to_the_call_with_its_model_and_dollars() -> None:
    batch = batch_of((0, BETA, 7), (0, ALPHA, 8), (0, ALPHA, 7))
    assert pair(batch, twin(SECOND)) == [2]
    assert pair(batch, twin(SECOND, "gamma")) == [None]


def test_call_may_be_five_seconds_before_and_one_second_after() -> None:
    batch = batch_of((10 * SECOND, ALPHA, 7))
    assert pair(batch, twin(10 * SECOND + BEFORE_US)) == [0]
    assert pair(batch, twin(10 * SECOND + BEFORE_US + 1)) == [None]
    assert pair(batch, twin(10 * SECOND - AFTER_US)) == [0]
    assert pair(batch, twin(10 * SECOND - AFTER_US - 1)) == [None]


def test_nearest_call_before_is_taken_rather_than_a_nearer_one_after() -> None:
    batch = batch_of((0, ALPHA, 7), (3 * SECOND, ALPHA, 7), (3 * SECOND + 10, ALPHA, 7))
    assert pair(batch, twin(3 * SECOND + 9)) == [1]
    assert distance(3, 5) < distance(2, 5) < distance(6, 5)


def test_call_has_one_twin_and_equal_ones_are_taken_in_order() -> None:
    batch = batch_of((5, ALPHA, 7), (5, ALPHA, 7))
    assert pair(batch, twin(6, agent="neo"), twin(6, agent="nexus"), twin(6)) == [0, 1, None]


def test_only_offered_calls_are_taken() -> None:
    batch = batch_of((0, ALPHA, 7), (0, ALPHA, 7))
    assert pair_some(batch, [1], twin(1), twin(1)) == [1, None]


def test_line_without_model_fits_any_twin_its_own_provider_first() -> None:
    batch = batch_of((0, NAMELESS_GROQ, 7), (1, NAMELESS_GOOGLE, 7))
    assert pair(batch, twin(2, "gemini-2.5-flash")) == [1]
    assert pair(batch, twin(2, "llama-3.3-70b-versatile"), twin(2, "llama-3.3-70b-versatile")) == [0, 1]
    assert pair(batch, twin(2, "openai/gpt-oss-120b"), twin(2, "gemini-2.5-flash")) == [0, 1]


def test_line_with_the_model_goes_before_one_without() -> None:
    batch = batch_of((9, NAMELESS, 7), (0, ALPHA, 7))
    assert pair(batch, twin(10)) == [1]


def test_no_twin_stays_over_that_has_a_call() -> None:
    batch = batch_of((0, ALPHA, 7), (3 * SECOND, ALPHA, 7))
    assert pair(batch, twin(4 * SECOND), twin(5 * SECOND + SECOND // 2)) == [0, 1]


def test_twins_left_over_are_first_offered_to_others() -> None:
    batch = batch_of((5 * SECOND, ALPHA, 7), (6 * SECOND, ALPHA, 7))
    pairing = Pairing(batch, [0, 1], [twin(4 * SECOND + SECOND // 2), twin(5 * SECOND + 1), twin(6 * SECOND + 1)])
    assert pairing.look_back(range(3)) == [0]
    assert pairing.look_ahead([0]) == [0]
    assert sorted(pairing.found) == [0, 1]


@given(st.lists(st.integers(0, 300), min_size=1, max_size=30), st.lists(st.integers(0, 20), min_size=30, max_size=30))
def test_every_twin_that_follows_its_own_call_finds_one(tenths: list[int], delays: list[int]) -> None:
    batch = batch_of(*((tenth * 100_000, ALPHA, 7) for tenth in sorted(tenths)))
    twins = sorted(call[1] + delays[index] * 100_000 for index, call in enumerate(batch.calls))
    found = pair(batch, *(twin(at) for at in twins))
    assert sorted(index for index in found if index is not None) == list(range(len(batch.calls)))


def test_many_free_calls_at_one_price_are_searched_quickly() -> None:
    batch = batch_of(*((number * 1000, ALPHA, 0) for number in range(40_000)))
    twins = [twin(number * 2000 + 500, dollars=0) for number in range(20_000)]
    begun = time.process_time()
    assert pair(batch, *twins) == [number * 2 for number in range(20_000)]
    assert time.process_time() - begun < 3
