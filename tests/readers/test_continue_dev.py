"""Continue's own counts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.readers.changed import changed, check_read
from tokencli.domain.usage import Basis
from tokencli.readers import agent_places
from tokencli.readers.continue_dev import ContinueReader, claims
from tokencli.readers.told import BrokenRecordError, Told

BLOCK = (
    b"[2026-01-02T00:00:00.500Z] Request had the following token counts:",
    b"- contextLength: 262144",
    b"- prompt tokens: 1234",
    b"- prompt tokens: 9999",
)


def record(**more: Any) -> bytes:
    told = {"model": "gpt-4o", "provider": "openai", "promptTokens": 1200, "generatedTokens": 80}
    return json.dumps(told | {"timestamp": "2026-01-02T00:00:00.000Z"} | more).encode()


def read(*lines: bytes, path: str = "/h/.continue/dev_data/0.2.0/tokensGenerated.jsonl") -> list[Told]:
    state: str | None = None
    found: list[Told] = []
    for line in lines:
        reader = ContinueReader(path, state)
        found += reader.read(line)
        state = reader.state
    return found


def test_a_record_is_an_estimated_call() -> None:
    (told,) = read(record())
    assert told.usage is not None
    assert (told.usage.input_tokens, told.usage.output_tokens, told.basis) == (1200, 80, Basis.ESTIMATED)
    assert (told.response_model, told.provider_name, told.client) == ("gpt-4o", "openai", "continue")


def test_a_copied_record_is_the_same_call_and_another_time_another_one() -> None:
    first, copied, later = read(record(), record(), record(timestamp="2026-01-02T00:00:00.001Z"))
    assert first.key == copied.key != later.key


def test_equal_records_without_a_time_are_calls_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "tokensGenerated.jsonl"
    path.touch()
    told = read(record(timestamp=None), record(timestamp=None), path=str(path))
    assert len({call.key for call in told}) == 2
    assert [call.key for call in told] == [
        call.key for call in read(record(timestamp=None), record(timestamp=None), path=str(path))
    ]


def test_a_block_of_the_log_tells_the_prompt() -> None:
    told = read(*BLOCK)
    assert [(call.usage.input_tokens, call.basis) for call in told if call.usage] == [(1234, Basis.ESTIMATED)]
    assert told[0].at == 1_767_312_000_500_000


def test_prompt_tokens_outside_of_a_block_are_nobodys() -> None:
    assert read(b"prompt tokens: 5", b'{"promptTokens":0,"generatedTokens":0}', b'{"model":"x"}') == []


@pytest.mark.parametrize("line", [record(promptTokens=-1), record(generatedTokens="many"), record(model=1), b"{"])
def test_a_broken_record_is_refused(line: bytes) -> None:
    with pytest.raises(BrokenRecordError):
        read(line)


def test_a_record_that_no_one_can_date_is_refused() -> None:
    with pytest.raises(BrokenRecordError):
        read(record(timestamp=None), path="/nowhere/x.jsonl")


def test_files_are_known_by_what_they_hold() -> None:
    assert claims("x", record())
    assert claims("/h/.continue/logs/core.log", b"")
    assert not claims("x.log", b"prompt tokens: 5")
    assert agent_places.continue_dev({}, Path("/h")) == [Path("/h/.continue")]
    assert agent_places.continue_dev({"CONTINUE_GLOBAL_DIR": "/c"}, Path("/h")) == [Path("/c")]


def test_whatever_lines_hold_they_are_read_or_refused() -> None:
    for line in changed(record(), *BLOCK):
        check_read(ContinueReader("/nowhere", None).read, BLOCK[0], line, *BLOCK)
