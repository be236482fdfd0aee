"""Anthropic's usage object as Claude Code writes it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tokencli.readers.claude_usage import plain_usage, spent
from tokencli.readers.told import BrokenRecordError

if TYPE_CHECKING:
    from tokencli.domain.usage import TokenUsage


def told(**usage: object) -> TokenUsage:
    found = spent(json.dumps(usage).encode())
    assert found is not None
    return found.usage


def test_input_includes_what_was_read_from_and_written_to_the_cache() -> None:
    usage = told(input_tokens=3, cache_read_input_tokens=100, cache_creation_input_tokens=20, output_tokens=7)
    assert (usage.input_tokens, usage.cache_read_tokens, usage.cache_write_tokens) == (123, 100, 20)
    assert usage.output_tokens == 7


def test_cache_writes_are_split_by_how_long_they_live() -> None:
    split = {"ephemeral_5m_input_tokens": 5, "ephemeral_1h_input_tokens": 6}
    usage = told(cache_creation=split, output_tokens=1)
    assert (usage.cache_write_tokens, usage.cache_write_5m_tokens, usage.cache_write_1h_tokens) == (11, 5, 6)


def test_a_split_above_its_whole_is_kept_and_marked() -> None:
    usage = told(cache_creation_input_tokens=1, cache_creation={"ephemeral_1h_input_tokens": 6})
    assert usage.inconsistent
    assert usage.cache_write_1h_tokens == 6


def test_terms_of_the_price_are_kept() -> None:
    usage = told(input_tokens=1, service_tier="batch", inference_geo="us", server_tool_use={"web_search_requests": 10})
    assert (usage.service_tier, usage.inference_region, usage.web_search_requests) == ("batch", "us", 10)
    assert told(input_tokens=1, service_tier="standard", speed="fast").service_tier == "fast"


def test_inference_beside_the_usage_is_told_apart() -> None:
    iterations = [
        {"type": "compaction", "input_tokens": 50, "output_tokens": 5},
        {"type": "message", "input_tokens": 10, "output_tokens": 2},
        {"type": "advisor_message", "model": "claude-opus-4-6", "input_tokens": 7, "output_tokens": 1},
    ]
    found = spent(json.dumps({"input_tokens": 10, "output_tokens": 2, "iterations": iterations}).encode())
    assert found is not None
    assert [(side.kind, side.model, side.usage.total_tokens) for side in found.sides] == [
        ("compaction", None, 55),
        ("advisor_message", "claude-opus-4-6", 8),
    ]


def test_inference_that_the_usage_sums_up_is_not_told_again() -> None:
    iterations = [{"type": "compaction", "input_tokens": 50}, {"type": "message", "input_tokens": 10}]
    found = spent(json.dumps({"input_tokens": 60, "iterations": iterations}).encode())
    assert found is not None
    assert found.sides == ()


@pytest.mark.parametrize("raw", [b"", b"null", b"{}", b'{"service_tier":"standard"}'])
def test_a_usage_that_counts_nothing_is_none(raw: bytes) -> None:
    assert spent(raw) is None


@pytest.mark.parametrize("raw", [b"[]", b'{"input_tokens":true}', b'{"input_tokens":-1}', b'{"output_tokens":1e30}'])
def test_a_usage_that_cannot_be_true_is_broken(raw: bytes) -> None:
    with pytest.raises(BrokenRecordError):
        spent(raw)


def test_plain_counts_are_added_up_to_the_input() -> None:
    assert plain_usage(1, 2, 3, 4).input_tokens == 6
    with pytest.raises(BrokenRecordError):
        plain_usage(-1, 0, 0, 0)
