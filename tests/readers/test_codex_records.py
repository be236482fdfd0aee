"""The records of Codex."""

from __future__ import annotations

import pytest

from tokencli.readers.codex_records import Tokens, counts, decoded, origin_of, usage_of
from tokencli.readers.told import BrokenRecordError


def test_records_of_other_kinds_are_passed_over_whatever_they_hold() -> None:
    assert decoded(b'{"type":"response_item","payload":{"type":"message","id":7}}') is None
    assert decoded(b'{"type":"event_msg","payload":{"type":"error","info":"x"}}') is None
    assert decoded(b'{"payload":"token_count"}') is None


@pytest.mark.parametrize(
    "data",
    [
        b'{"type":"event_msg","payload":{"type":"token_count","info":7}}',
        b'{"type":"turn_context","payload":{"model":7}}',
        b'{"type":"turn.completed","usage":7}',
        b'"token_count',
    ],
)
def test_records_that_tell_and_cannot_be_read_are_refused(data: bytes) -> None:
    with pytest.raises(BrokenRecordError):
        decoded(data)


def test_input_includes_the_cached_and_output_the_reasoning() -> None:
    found = counts(
        Tokens(input_tokens=100_000, cached_input_tokens=80_000, output_tokens=1_000, reasoning_output_tokens=400)
    )
    assert found is not None
    usage = usage_of(found)
    assert (usage.input_tokens, usage.uncached_input_tokens, usage.total_tokens) == (100_000, 20_000, 101_000)
    assert usage.reasoning_tokens == 400
    assert not usage.inconsistent


def test_a_part_above_its_whole_is_kept_and_marked() -> None:
    assert usage_of((5, 9, 0, 1, 0, 6)).inconsistent


def test_nothing_counted_is_none() -> None:
    assert counts(Tokens(input_tokens=0, total_tokens=0)) is None
    assert counts(None) is None


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (b"", (None, None)),
        (b'"cli"', (None, None)),
        (b'{"subagent":"review"}', ("review", None)),
        (b'{"subagent":{"other":"guardian"}}', ("guardian", None)),
        (
            b'{"subagent":{"thread_spawn":{"parent_thread_id":"p","agent_nickname":"Ada","agent_role":"explorer"}}}',
            ("explorer", "p"),
        ),
        (b'{"subagent":{"thread_spawn":{"parent_thread_id":"p"}}}', ("subagent", "p")),
    ],
)
def test_sub_agents_are_named(source: bytes, expected: tuple[str | None, str | None]) -> None:
    assert origin_of(source) == expected
