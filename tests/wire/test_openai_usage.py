"""The balance of a usage object tells what its counts include."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokencli.domain.usage import TokenUsage
from tokencli.wire.openai_usage import (
    CACHE_READ,
    CACHE_WRITE,
    COMPLETION,
    COMPLETION_DETAILS,
    PROMPT,
    PROMPT_DETAILS,
    read_usage,
    reported_cost,
)

NAMES = (
    "total_tokens",
    "reasoning_tokens",
    "audio_tokens",
    "image_tokens",
    "prompt_cache_miss_tokens",
    "citation_tokens",
)
COUNTS = st.sampled_from([*PROMPT, *COMPLETION, *CACHE_READ, *CACHE_WRITE, *NAMES])


def usage(prompt: int, completion: int, total: int, **more: Any) -> dict[str, Any]:
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": total, **more}


def reasoning(number: int) -> dict[str, Any]:
    return {"completion_tokens_details": {"reasoning_tokens": number}}


def test_reasoning_and_cache_are_inside_their_wholes() -> None:
    raw = usage(100, 50, 150, prompt_tokens_details={"cached_tokens": 80, "cache_write_tokens": 5}, **reasoning(40))
    assert read_usage(raw) == TokenUsage(
        input_tokens=100, output_tokens=50, cache_read_tokens=80, cache_write_tokens=5, reasoning_tokens=40
    )


def test_responses_say_the_same_in_other_words() -> None:
    raw = {
        "input_tokens": 9,
        "input_tokens_details": {"cached_tokens": 8},
        "output_tokens": 7,
        "output_tokens_details": {"reasoning_tokens": 6},
    }
    assert read_usage(raw) == TokenUsage(input_tokens=9, cache_read_tokens=8, output_tokens=7, reasoning_tokens=6)


def test_reasoning_beside_the_completion_is_output() -> None:
    assert read_usage(usage(12, 1, 303, **reasoning(290))) == TokenUsage(
        input_tokens=12, output_tokens=291, reasoning_tokens=290
    )


def test_reasoning_above_the_completion_cannot_be_inside_it() -> None:
    assert read_usage(usage(33, 7, 40, reasoning_tokens=70)) == TokenUsage(
        input_tokens=33, output_tokens=77, reasoning_tokens=70
    )


def test_audio_beside_the_prompt_is_input() -> None:
    raw = usage(9, 201, 585, prompt_tokens_details={"cached_tokens": 0, "audio_tokens": 375})
    assert read_usage(raw) == TokenUsage(input_tokens=384, audio_input_tokens=375, output_tokens=201)


def test_audio_and_reasoning_may_both_stand_beside() -> None:
    raw = usage(9, 1, 30, prompt_tokens_details={"audio_tokens": 5}, **reasoning(15))
    assert read_usage(raw) == TokenUsage(input_tokens=14, audio_input_tokens=5, output_tokens=16, reasoning_tokens=15)


def test_cache_beside_the_prompt_is_input() -> None:
    raw = usage(10, 5, 115, prompt_tokens_details={"cached_tokens": 100})
    assert read_usage(raw) == TokenUsage(input_tokens=110, cache_read_tokens=100, output_tokens=5)


def test_what_only_the_total_knows_is_hidden_output() -> None:
    assert read_usage(usage(66, 6, 100)) == TokenUsage(input_tokens=66, output_tokens=34)


@pytest.mark.parametrize("name", CACHE_READ)
def test_a_cache_read_has_many_names(name: str) -> None:
    for raw in (
        usage(10, 1, 11, **{name: 4}),
        usage(10, 1, 11, prompt_tokens_details={"cached_tokens": 0}, **{name: 4}),
    ):
        assert read_usage(raw) == TokenUsage(input_tokens=10, cache_read_tokens=4, output_tokens=1)


@pytest.mark.parametrize("name", PROMPT_DETAILS)
def test_details_may_be_singular_or_null(name: str) -> None:
    raw = usage(10, 1, 11, **dict.fromkeys(PROMPT_DETAILS), **dict.fromkeys(COMPLETION_DETAILS))
    assert read_usage(raw) == TokenUsage(input_tokens=10, output_tokens=1)
    assert read_usage({**raw, name: {"cached_tokens": 3}}) == TokenUsage(
        input_tokens=10, cache_read_tokens=3, output_tokens=1
    )


def test_hits_and_misses_are_the_prompt() -> None:
    raw: dict[str, Any] = {"prompt_cache_hit_tokens": 4, "prompt_cache_miss_tokens": 6, "completion_tokens": 1}
    assert read_usage(raw) == TokenUsage(input_tokens=10, cache_read_tokens=4, output_tokens=1)


def test_more_cache_than_prompt_is_kept_and_marked() -> None:
    found = read_usage(usage(7, 1, 8, prompt_tokens_details={"cached_tokens": 161}))
    assert found == TokenUsage(input_tokens=7, cache_read_tokens=161, output_tokens=1, inconsistent=True)


def test_a_total_alone_is_input() -> None:
    assert read_usage({"total_tokens": 12}) == TokenUsage(input_tokens=12)
    assert read_usage({"prompt_tokens": 12, "total_tokens": 15}) == TokenUsage(input_tokens=12, output_tokens=3)


@pytest.mark.parametrize("raw", [{}, {"prompt_tokens": None}, {"prompt_tokens": -3}, {"total_tokens": "x"}])
def test_what_counts_nothing_is_no_usage(raw: dict[str, object]) -> None:
    assert read_usage(raw) is None


def test_the_tier_inside_comes_before_the_one_beside() -> None:
    for raw, tier in ((usage(1, 1, 2, service_tier="priority"), "priority"), (usage(1, 1, 2), "flex")):
        found = read_usage(raw, "flex")
        assert found is not None
        assert found.service_tier == tier


@pytest.mark.parametrize("name", ["server_tool_use_details", "server_tool_use"])
def test_searches_are_counted(name: str) -> None:
    for raw in (usage(1, 1, 2, **{name: {"web_search_requests": 3}}), usage(1, 1, 2, num_search_queries=3)):
        found = read_usage(raw)
        assert found is not None
        assert found.web_search_requests == 3


@pytest.mark.parametrize(
    ("raw", "cost"),
    [
        ({"cost": 6e-08, "is_byok": False, "cost_details": {"upstream_inference_cost": 6e-08}}, "6e-08"),
        ({"cost": 0.5, "is_byok": True, "cost_details": {"upstream_inference_cost": 0.25}}, "0.75"),
        ({"cost": 0}, "0"),
        ({"cost": {"currency": "USD", "total_cost": 2.8e-08}}, "2.8e-8"),
        ({"cost": {"currency": "EUR", "total_cost": 2.8e-08}}, None),
        ({"cost_in_usd_ticks": 1641500}, "0.00016415"),
        ({"cost_in_usd_ticks": 0}, None),
        ({"cost": -1}, None),
        ({}, None),
    ],
)
def test_a_cost_is_kept_as_the_provider_states_it(raw: dict[str, object], cost: str | None) -> None:
    assert reported_cost(raw) == (None if cost is None else Decimal(cost))


@given(
    st.dictionaries(COUNTS, st.integers(-5, 10**6)),
    st.dictionaries(COUNTS, st.integers(-5, 10**6)),
    st.sampled_from([*PROMPT_DETAILS, *COMPLETION_DETAILS]),
)
def test_no_usage_object_raises_or_goes_negative(raw: dict[str, object], details: dict[str, object], name: str) -> None:
    found = read_usage({**raw, name: details})
    assert found is None or (found.input_tokens >= 0 and found.output_tokens >= 0)


@given(st.dictionaries(COUNTS, st.sampled_from([2**49, 2**53, 10**30, 1e300])))
def test_monstrous_counts_do_not_raise_and_do_not_turn_negative(raw: dict[str, object]) -> None:
    found = read_usage(raw)
    assert found is None or (found.input_tokens >= 0 and found.output_tokens >= 0)
