"""The responses of simonw/llm."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokencli.domain.usage import Basis
from tokencli.readers import agent_places
from tokencli.readers.llm_logs import LlmRows, claims
from tokencli.readers.told import BrokenRecordError, Told

Row = tuple[object, ...]


def row(model: str = "gpt-4o-mini", entered: object = 100, answered: object = 50, **details: object) -> Row:
    told = json.dumps(details) if details else None
    return ("01jk", model, None, "conv", "2025-10-10T12:00:00.500000", 1500, entered, answered, told)


def read(*rows: Row) -> list[Told | BrokenRecordError]:
    return list(LlmRows().read("/logs.db", rows))


def call(row: Row) -> Told:
    (told,) = read(row)
    assert isinstance(told, Told)
    return told


def test_a_response_is_a_call_with_everything_known_about_it() -> None:
    told = call(row())
    assert (told.key, told.conversation_id, told.client, told.provider_name) == ("llm:01jk", "conv", "llm", "openai")
    assert (told.response_model, told.duration_us, told.at) == ("gpt-4o-mini", 1_500_000, 1_760_097_600_500_000)


@pytest.mark.parametrize(
    ("details", "counts"),
    [
        ({"prompt_tokens_details": {"cached_tokens": 20}}, (100, 20, 0, 50, 0)),
        ({"completion_tokens_details": {"reasoning_tokens": 30}}, (100, 0, 0, 50, 30)),
        ({"cache_read_input_tokens": 1000, "cache_creation_input_tokens": 7}, (1107, 1000, 7, 50, 0)),
        ({"candidatesTokenCount": 50, "thoughtsTokenCount": 9}, (100, 0, 0, 59, 9)),
        ({"candidatesTokenCount": 41, "thoughtsTokenCount": 9}, (100, 0, 0, 50, 9)),
        ({"thoughtsTokenCount": 60}, (100, 0, 0, 110, 60)),
        ({"cachedContentTokenCount": 40}, (100, 40, 0, 50, 0)),
    ],
)
def test_details_mean_what_the_provider_means(details: dict[str, Any], counts: tuple[int, ...]) -> None:
    usage = call(row(**details)).usage
    assert usage is not None
    assert counts == (
        usage.input_tokens,
        usage.cache_read_tokens,
        usage.cache_write_tokens,
        usage.output_tokens,
        usage.reasoning_tokens,
    )


def test_a_plugins_model_names_its_provider() -> None:
    told = call(row("openrouter/qwen/qwen3"))
    assert (told.provider_name, told.request_model, told.response_model) == (
        "openrouter",
        "openrouter/qwen/qwen3",
        "qwen/qwen3",
    )


@pytest.mark.parametrize("counts", [(None, None), (0, 0)])
def test_a_response_without_counts_is_missing_them(counts: tuple[object, object]) -> None:
    told = call(row("gpt-4o", *counts))
    assert (told.usage, told.basis) == (None, Basis.MISSING)


@pytest.mark.parametrize(
    "broken", [(), row(entered=-1), row(entered=b"1"), (*row()[:4], "never", *row()[5:]), (None, *row()[1:])]
)
def test_a_broken_row_is_refused_and_the_next_one_read(broken: Row) -> None:
    first, second = read(broken, row())
    assert isinstance(first, BrokenRecordError)
    assert isinstance(second, Told)


def test_the_database_is_known_by_its_tables() -> None:
    head = b"SQLite format 3\x00 CREATE TABLE responses (prompt_json TEXT, datetime_utc TEXT)"
    assert claims("x.db", head)
    assert not claims("logs.db", b"SQLite format 3\x00")
    assert agent_places.llm_logs({"LLM_USER_PATH": "/l"}, Path("/h")) == [Path("/l")]
    assert Path("/h/.config/io.datasette.llm") in agent_places.llm_logs({}, Path("/h"))


VALUES = st.none() | st.integers() | st.floats() | st.text(max_size=30) | st.binary(max_size=30)


@given(st.lists(VALUES, min_size=9, max_size=9))
def test_whatever_a_row_holds_it_is_read_or_refused(values: list[object]) -> None:
    assert len(read(tuple(values))) == 1
