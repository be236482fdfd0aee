"""Counts are whole, not negative, and no part is above its whole."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, asdict, fields
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokencli.domain.errors import ImpossibleValueError
from tokencli.domain.usage import (
    MAX_COUNT,
    PLAIN_COUNTS,
    Estimate,
    TokenUsage,
    cache_hit_ratio,
    check_count,
    further,
    whole_usage,
)

COUNTS = [field.name for field in fields(TokenUsage) if field.name.endswith(("_tokens", "_requests"))]
counts = st.integers(0, MAX_COUNT)


def test_nothing_said_is_zero() -> None:
    assert TokenUsage().total_tokens == 0
    assert {getattr(TokenUsage(), name) for name in COUNTS} == {0}


@pytest.mark.parametrize("name", COUNTS)
@pytest.mark.parametrize("value", [-1, MAX_COUNT + 1, 1.0, 0.5, float("nan"), True, "7", None, Decimal(7)])
def test_what_is_no_count_is_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(ImpossibleValueError, match=name):
        TokenUsage(**{name: value})


@pytest.mark.parametrize(
    "parts",
    [
        {"input_tokens": 10, "cache_read_tokens": 11},
        {"input_tokens": 10, "cache_write_tokens": 11},
        {"input_tokens": 10, "cache_read_tokens": 6, "cache_write_tokens": 5},
        {"input_tokens": 10, "cache_write_tokens": 5, "cache_write_5m_tokens": 3, "cache_write_1h_tokens": 3},
        {"output_tokens": 10, "reasoning_tokens": 11},
        {"input_tokens": 10, "audio_input_tokens": 6, "image_input_tokens": 5},
        {"output_tokens": 10, "audio_output_tokens": 6, "image_output_tokens": 5},
        {"input_tokens": 10, "audio_input_tokens": 9, "cache_read_tokens": 5, "audio_cache_read_tokens": 6},
        {"input_tokens": 10, "audio_input_tokens": 3, "cache_read_tokens": 5, "audio_cache_read_tokens": 4},
    ],
)
def test_a_part_above_its_whole_is_refused_unless_marked_and_then_kept(parts: dict[str, Any]) -> None:
    with pytest.raises(ImpossibleValueError, match="its whole is only"):
        TokenUsage(**parts)
    kept = TokenUsage(**parts, inconsistent=True)
    assert {name: getattr(kept, name) for name in parts} == parts
    assert kept.contradictions()


@given(st.fixed_dictionaries({name: st.integers(0, 40) for name in COUNTS}))
def test_usage_is_accepted_exactly_when_nothing_contradicts(parts: dict[str, Any]) -> None:
    marked = TokenUsage(**parts, inconsistent=True)
    if marked.contradictions():
        with pytest.raises(ImpossibleValueError):
            TokenUsage(**parts)
    else:
        assert not TokenUsage(**parts).contradictions()


@given(
    st.fixed_dictionaries({name: st.integers(0, 2) for name in COUNTS}),
    st.fixed_dictionaries(
        {name: st.none() | st.just('a "b" é') for name in ("service_tier", "inference_region", "search_context_size")}
    ),
)
def test_a_usage_comes_back_from_its_plain_counts_and_what_it_tells_besides(
    parts: dict[str, Any], words: dict[str, Any]
) -> None:
    usage = TokenUsage(**parts, **words, inconsistent=bool(TokenUsage(**parts, inconsistent=True).contradictions()))
    plain, more = tuple(parts[name] for name in PLAIN_COUNTS), further(usage)
    assert whole_usage(plain, more) == usage
    assert not {*PLAIN_COUNTS} & {*json.loads(more or "{}")}
    assert (more is None) == (not any(value for name, value in asdict(usage).items() if name not in PLAIN_COUNTS))
    # As older ledgers have it.
    assert whole_usage(plain, json.dumps({name: value for name, value in asdict(usage).items() if value})) == usage


def test_what_is_no_usage_is_refused() -> None:
    with pytest.raises(ImpossibleValueError, match="its whole is only"):
        whole_usage((1, 2, 0, 0, 0), None)
    for more in ("{", '{"other": 1}'):
        with pytest.raises((TypeError, ValueError)):
            whole_usage((1, 0, 0, 0, 0), more)


@given(counts, counts)
def test_total_is_input_plus_output_and_parts_are_not_added_again(whole_input: int, whole_output: int) -> None:
    usage = TokenUsage(
        input_tokens=whole_input,
        cache_read_tokens=whole_input // 2,
        output_tokens=whole_output,
        reasoning_tokens=whole_output,
    )
    assert usage.total_tokens == whole_input + whole_output


@given(counts, counts, counts)
def test_uncached_input_and_the_cached_parts_make_the_whole(uncached: int, read: int, written: int) -> None:
    whole = uncached + read + written
    if whole <= MAX_COUNT:
        usage = TokenUsage(input_tokens=whole, cache_read_tokens=read, cache_write_tokens=written)
        assert usage.uncached_input_tokens == uncached


def test_uncached_input_of_contradicting_counts_is_not_negative() -> None:
    assert TokenUsage(input_tokens=1, cache_read_tokens=5, inconsistent=True).uncached_input_tokens == 0


def test_cache_hit_ratio_is_unknown_without_input() -> None:
    assert cache_hit_ratio(TokenUsage()) is None
    assert cache_hit_ratio(TokenUsage(input_tokens=4, cache_read_tokens=1)) == 0.25


def test_usage_cannot_be_changed_afterwards() -> None:
    with pytest.raises(FrozenInstanceError):
        TokenUsage().input_tokens = 5  # type: ignore[misc]


def test_a_check_lets_both_ends_of_the_range_in() -> None:
    check_count("tokens", 0)
    check_count("tokens", MAX_COUNT)


def test_an_estimate_may_know_one_side_only() -> None:
    estimate = Estimate(input_tokens=12)
    assert (estimate.input_tokens, estimate.output_tokens) == (12, None)


@pytest.mark.parametrize("name", ["input_tokens", "output_tokens"])
def test_a_negative_estimate_is_refused(name: str) -> None:
    with pytest.raises(ImpossibleValueError, match=f"{name} is -1"):
        Estimate(**{name: -1})
