from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from tokencli.domain.usage import Basis, TokenUsage
from tokencli.readers.telling import Telling
from tokencli.readers.told import Told


def told(key: str = "a", out: int = 5, **more: Any) -> Told:
    usage = TokenUsage(input_tokens=100, cache_read_tokens=80, output_tokens=out, service_tier="batch")
    return structs.replace(Told(key=key, at=1_000, usage=usage, is_growing=True), **more)


def telling_of(*calls: Told) -> Telling:
    telling = Telling()
    for number, call in enumerate(calls):
        telling.add(number, call)
    return telling


def test_a_call_told_on_several_lines_is_one_with_its_largest_output_and_first_time() -> None:
    telling = telling_of(told(out=1), told(out=500, at=3_000), told(out=20, at=2_000))
    (call,) = telling.calls
    assert (telling.lines, telling.duplicate) == (3, 2)
    assert (call.output_tokens, call.at, call.seq) == (500, 1_000, 0)


def test_of_a_call_that_does_not_grow_the_first_record_stands() -> None:
    (call,) = telling_of(told(out=5, is_growing=False), told(out=500, is_growing=False)).calls
    assert call.output_tokens == 5


def test_counts_come_in_where_there_were_none() -> None:
    telling = telling_of(told(usage=None, basis=Basis.MISSING, is_growing=False), told(is_growing=False))
    (call,) = telling.calls
    assert (call.input_tokens, telling.kinds[call.kind].basis) == (100, "reported")


def test_all_counts_come_back_as_one_value() -> None:
    (call,) = telling_of(told()).calls
    assert call.token_usage() == told().usage
    (plain,) = telling_of(told(usage=TokenUsage(input_tokens=3))).calls
    assert plain.usage is None
    assert plain.token_usage() == TokenUsage(input_tokens=3)
    (silent,) = telling_of(told(usage=None)).calls
    assert silent.token_usage() is None


@given(st.lists(st.builds(told, st.text(), st.integers(0, 9), agent=st.none() | st.text(), tags=st.just({"b": "x"}))))
def test_a_telling_comes_whole_through_bytes(calls: list[Told]) -> None:
    telling = telling_of(*calls)
    telling.refuse("no JSON", 7)
    telling.state = "{}"
    back = Telling.from_bytes(telling.to_bytes())
    assert (back.calls, back.kinds) == (telling.calls, telling.kinds)
    assert (back.lines, back.duplicate, back.broken) == (telling.lines, telling.duplicate, telling.broken)
    assert (back.reasons, back.first_broken, back.state) == ({"no JSON": 1}, 7, "{}")
