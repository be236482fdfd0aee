from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.tiny_agent import TinyReader, line
from tokencli.readers.told import BrokenRecordError

if TYPE_CHECKING:
    from tokencli.readers.agent_log import LineReader


def begun(state: str | None = None) -> LineReader:
    return TinyReader("/home/x/.tiny/s1.tiny.jsonl", state)


def test_a_line_of_another_kind_tells_no_call() -> None:
    assert begun().read(b'{"model": "gpt-4o"}') == []


def test_a_record_that_cannot_be_read_is_refused_with_a_reason() -> None:
    with pytest.raises(BrokenRecordError, match="the output is no number"):
        begun().read(line("a1", out="many"))


def test_a_reader_goes_on_where_another_one_stood() -> None:
    first = begun()
    first.read(line("a1", model="gpt-4o"))
    (told,) = begun(first.state).read(line("a2"))
    assert (told.key, told.request_model, told.conversation_id) == ("tiny:a2", "gpt-4o", "s1.tiny")
