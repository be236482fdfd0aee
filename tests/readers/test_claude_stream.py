"""What the results of a stream add to its messages."""

from __future__ import annotations

from tokencli.domain.usage import TokenUsage
from tokencli.readers.claude_stream import ModelTotals, Stream, StreamTotals, plain
from tokencli.readers.told import Told


def call(key: str, output: int, model: str = "m") -> Told:
    return Told(key=key, at=1, usage=TokenUsage(input_tokens=10, output_tokens=output), response_model=model)


def result(**outputs: int) -> StreamTotals:
    return StreamTotals(
        {name: ModelTotals(input_tokens=10, output_tokens=output) for name, output in outputs.items()}, None
    )


def test_totals_run_on_from_turn_to_turn() -> None:
    stream = Stream()
    stream.saw(call("a", 1))
    assert [usage.output_tokens for _, usage in stream.rest(result(m=8))] == [7]
    stream = Stream.restored(stream.state) or Stream()
    stream.saw(call("b", 1))
    totals = StreamTotals({"m": ModelTotals(input_tokens=20, output_tokens=11)}, None)
    assert [(usage.input_tokens, usage.output_tokens) for _, usage in stream.rest(totals)] == [(0, 2)]


def test_totals_that_shrank_are_of_a_run_that_began_anew() -> None:
    stream = Stream()
    stream.rest(result(m=100))
    assert [usage.output_tokens for _, usage in stream.rest(result(m=5))] == [5]


def test_a_message_told_twice_is_seen_once_with_its_larger_output() -> None:
    stream = Stream()
    for output in (1, 6, 2):
        stream.saw(call("a", output))
    assert [usage.output_tokens for _, usage in stream.rest(result(m=8))] == [2]


def test_a_result_without_models_has_the_usage_of_the_turn() -> None:
    stream = Stream()
    stream.saw(call("a", 1))
    rest = stream.rest(StreamTotals(None, TokenUsage(input_tokens=10, output_tokens=9)))
    assert [(model, usage.output_tokens) for model, usage in rest] == [("m", 8)]
    assert stream.rest(StreamTotals(None, None)) == []


def test_a_state_that_cannot_be_read_is_none() -> None:
    assert Stream.restored("{") is None
    assert Stream.restored(None) is None


def test_the_mark_of_a_context_size_is_not_part_of_the_name() -> None:
    assert plain("claude-opus-4-5[1m]") == "claude-opus-4-5"
