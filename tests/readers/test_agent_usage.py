"""What others count, in our meaning."""

from __future__ import annotations

import pytest

from tokencli.readers.agent_usage import apart, gemini, raw_text, whole, with_reasoning


def test_an_input_without_its_cache_gets_both_figures_added() -> None:
    usage = apart(100, 30, 20, 50, 5)
    assert (usage.input_tokens, usage.cache_read_tokens, usage.cache_write_tokens) == (150, 30, 20)
    assert (usage.output_tokens, usage.reasoning_tokens, usage.inconsistent) == (50, 5, False)


@pytest.mark.parametrize(("cached", "reasoning"), [(11, 0), (0, 6)])
def test_a_part_above_its_whole_is_kept_and_marked(cached: int, reasoning: int) -> None:
    usage = whole(10, cached, 0, 5, reasoning)
    assert (usage.cache_read_tokens, usage.reasoning_tokens, usage.inconsistent) == (cached, reasoning, True)


@pytest.mark.parametrize(
    ("total", "output"),
    [(0, 35), (142, 35), (137, 30), (999, 35)],
    ids=["not told", "beside", "inside", "of no meaning"],
)
def test_thoughts_are_beside_the_answer_unless_the_total_says_otherwise(total: int, output: int) -> None:
    usage = gemini(100, 20, 30, 5, 7, total)
    assert (usage.input_tokens, usage.cache_read_tokens, usage.output_tokens) == (107, 20, output)
    assert usage.reasoning_tokens == 5


def test_a_total_with_the_cached_tokens_beside_the_prompt_is_believed() -> None:
    assert gemini(100, 20, 30, 0, 0, 150).input_tokens == 120
    assert gemini(100, 20, 30, 0, 0, 130).input_tokens == 100


def test_reasoning_is_added_only_where_the_total_needs_it() -> None:
    assert with_reasoning(30, 5, 100, 135) == 35
    assert with_reasoning(30, 5, 100, 130) == with_reasoning(30, 5, 100, 0) == 30
    assert with_reasoning(5, 30, 100, 0) == 35


def test_a_usage_object_is_kept_as_it_stood() -> None:
    assert raw_text(b'{"a": 1}') == '{"a": 1}'
    assert raw_text(b"") is raw_text(b"x" * 20_000) is None
