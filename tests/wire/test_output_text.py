"""Generated text is measured as it is read, not as it is escaped."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokencli.wire.output_text import plain_bytes, strings_under, text_bytes, written_bytes

TEXT = strings_under("content", "arguments")


@given(content=st.text(), arguments=st.text(), ascii_only=st.booleans())
def test_strings_count_their_utf8_bytes_however_they_are_escaped(
    content: str, arguments: str, *, ascii_only: bool
) -> None:
    value = {"role": "assistant", "content": content, "tool": [{"arguments": arguments, "name": "x"}]}
    data = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "replace")
    assert text_bytes(TEXT, data) == len((content + arguments).encode("utf-8", "replace"))


@pytest.mark.parametrize(
    "data",
    [b'{"content": null}', b'{"content": ["x"]}', b'{"other": "x"}', b'{"content": "cut', b'"\\"content\\": \\"x\\""'],
)
def test_what_is_no_whole_string_counts_nothing(data: bytes) -> None:
    assert text_bytes(TEXT, data) == 0


def test_a_bad_escape_counts_as_it_is_written() -> None:
    assert text_bytes(TEXT, b'{"content": "a\\x"}') == 3


@pytest.mark.parametrize(
    ("value", "size"), [("é", 2), ({"a": "é"}, 10), ([1, 2], 5), (None, 0), ("", 0), ({}, 0), ("\ud800", 1)]
)
def test_what_is_parsed_counts_as_text_or_as_json(value: Any, size: int) -> None:
    assert written_bytes(value) == size


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (b'{"a":"b","content":"abc"}', 3),
        (b'{"content":"\xc3\xa9"}', 2),
        (b'{"content":""}', 0),
        (b'{"content":"a\\n"}', 0),
        (b'{"content":"a\\"b"}', 0),
        (b'{"content": "a"}', 0),
        (b'{"content":"cut', 0),
        (b"", 0),
    ],
)
def test_a_plain_string_is_measured_and_any_other_left_to_the_pattern(data: bytes, size: int) -> None:
    assert plain_bytes(b'"content":"', data) == size


def test_arguments_too_deep_to_be_written_count_nothing() -> None:
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"a": deep}
    assert written_bytes(deep) == 0


@given(st.binary(max_size=200))
def test_garbage_never_raises(data: bytes) -> None:
    assert 0 <= text_bytes(TEXT, b'{"content": "' + data) <= len(data)
    assert 0 <= plain_bytes(b'"content":"', b'{"content":"' + data) <= len(data)
