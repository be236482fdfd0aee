"""Columns of tables, and the call of a row."""

from __future__ import annotations

import pytest

from tokencli.domain.usage import Basis
from tokencli.readers.table_columns import MappingError, chosen, is_table, lacking, mapping_of, told_of
from tokencli.readers.told import BrokenRecordError

CELLS = {"time": "2026-01-02T00:00:00Z", "model": "gpt-4o", "input": "100", "output": "20"}


def test_a_mapping_is_read_in_pairs() -> None:
    assert mapping_of(["input=p, output=c", "tag.team=squad"]) == {"input": "p", "output": "c", "tag.team": "squad"}


@pytest.mark.parametrize("text", ["input", "input=", "inputs=p", "=p", ""])
def test_another_mapping_is_refused_with_what_can_be_mapped(text: str) -> None:
    with pytest.raises(MappingError, match="uncached_input"):
        mapping_of([text])


def test_the_mapped_column_goes_before_the_understood_names() -> None:
    columns = ["Timestamp", "model", "prompt_tokens", "Input_Tokens", "mine"]
    assert chosen(columns, {}) == {"time": "Timestamp", "model": "model", "input": "Input_Tokens"}
    assert chosen(columns, {"input": "MINE"})["input"] == "mine"
    assert "input" not in chosen(columns, {"uncached_input": "mine"})
    assert "input" not in chosen(columns, {"input": "gone"})


def test_a_table_is_one_with_times_models_and_counts() -> None:
    assert is_table(["created_at", "model", "usage.prompt_tokens"])
    assert not is_table(["created_at", "prompt_tokens"])
    assert not is_table(["created_at", "model"])


def test_what_is_lacking_is_named() -> None:
    assert lacking({"time": "t", "cost": "c"}, {}) is None
    assert lacking({"time": "t"}, {}) == "the table has no column for input"
    assert lacking({"input": "i"}, {}) == "the table has no column for time"
    assert lacking({"time": "t", "input": "i"}, {"agent": "a"}) == "the table has no column for agent"


def test_a_row_is_a_call_with_everything_it_tells() -> None:
    more = {"cache_read": "1,000", "reasoning": "5.0", "cost": "$0.0123", "tier": "batch", "provider": "Google"}
    about = {"id": "r1", "session": "s", "agent": "a", "project": "p/", "tag.team": "blue"}
    told = told_of(CELLS | {"input": "1,100"} | more | about)
    assert told.usage is not None
    assert (told.usage.input_tokens, told.usage.cache_read_tokens, told.usage.reasoning_tokens) == (1100, 1000, 5)
    assert (told.usage.service_tier, told.reported_cost_pico, told.provider_name) == ("batch", 12_300_000_000, "gemini")
    assert (told.response_id, told.conversation_id, told.agent, told.project) == ("r1", "s", "a", "p")
    assert told.tags == {"team": "blue"}


def test_an_input_without_its_cache_gets_it_added() -> None:
    cells = {name: value for name, value in CELLS.items() if name != "input"}
    usage = told_of(cells | {"uncached_input": "7", "cache_read": "3", "cache_write": "2"}).usage
    assert usage is not None
    assert (usage.input_tokens, usage.cache_read_tokens, usage.cache_write_tokens) == (12, 3, 2)


@pytest.mark.parametrize(
    "time", ["2026-01-02", "2026-01-02T00:00:00", "1767312000", "1767312000.0", "1767312000000", " 2026-01-02 00:00:00"]
)
def test_times_are_read_in_the_forms_that_exports_have(time: str) -> None:
    assert told_of(CELLS | {"time": time}).at == 1_767_312_000_000_000


@pytest.mark.parametrize("more", [{"time": "nan"}, {"time": ""}, {"input": "-5"}, {"output": "1.5"}, {"input": "x"}])
def test_a_broken_row_is_refused(more: dict[str, str]) -> None:
    with pytest.raises(BrokenRecordError):
        told_of(CELLS | more)


def test_a_row_that_tells_a_cost_alone_is_missing_its_counts() -> None:
    told = told_of({"time": "2026-01-02", "cost": "1.5"})
    assert (told.usage, told.basis, told.reported_cost_pico) == (None, Basis.MISSING, 1_500_000_000_000)
    assert told_of(CELLS | {"cost": "free"}).reported_cost_pico is None


def test_an_id_names_a_call_together_with_its_time_and_model() -> None:
    first = told_of(CELLS | {"id": "1"})
    assert first.key == told_of(CELLS | {"id": "1", "output": "21"}).key
    assert first.key != told_of(CELLS | {"id": "1", "time": "2026-01-03"}).key
    assert told_of(CELLS).key != told_of(CELLS | {"output": "21"}).key
