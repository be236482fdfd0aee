from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokencli.readers import entries as entry_list
from tokencli.readers.entries import Entry, entries, is_array

SOME = [{"a": 1}, {"b": "é]},\n{["}, {}, {"c": [1, {"d": None}]}]


class Dripping:
    """A stream that gives a few bytes at a time."""

    def __init__(self, data: bytes, most: int) -> None:
        self._inner = io.BytesIO(data)
        self._most = most

    def read(self, size: int = -1, /) -> bytes:
        return self._inner.read(min(size, self._most) if size > 0 else self._most)


def read(data: bytes, most: int = 1 << 20) -> list[dict[str, Any] | None]:
    found = list(entries(Dripping(data, most)))
    assert [entry.number for entry in found] == list(range(len(found)))
    return [entry.fields for entry in found]


@pytest.mark.parametrize("indent", [None, 0, 2])
@pytest.mark.parametrize("most", [1, 7, 1 << 20])
def test_arrays_are_read_however_they_are_printed_and_cut(indent: int | None, most: int) -> None:
    assert read(json.dumps(SOME, indent=indent, ensure_ascii=False).encode(), most) == SOME


def test_array_with_a_byte_order_mark_is_read() -> None:
    assert read(b"\xef\xbb\xbf \n" + json.dumps(SOME).encode()) == SOME


def test_arrays_that_follow_one_another_are_all_read() -> None:
    one = json.dumps(SOME).encode()
    assert read(one + b"\n" + one + one) == SOME * 3


def test_array_that_grew_keeps_the_numbers_of_its_entries() -> None:
    short = list(entries(io.BytesIO(json.dumps(SOME[:2]).encode())))
    assert list(entries(io.BytesIO(json.dumps(SOME).encode())))[:2] == short


@pytest.mark.parametrize("rest", [b'{"b": ', b"{broken}", b'{"x": "' + b"y" * 100])
def test_nothing_follows_a_broken_entry(rest: bytes) -> None:
    assert read(b'[{"a": 1},\n' + rest) == [{"a": 1}, None]


def test_array_cut_off_between_two_entries_loses_nothing() -> None:
    assert read(b'[{"a": 1},\n{"b": 2},\n') == [{"a": 1}, {"b": 2}]


def test_entry_without_an_end_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry_list, "LONGEST_ENTRY", 1000)
    stream = Dripping(b'[{"a": 1}, {"b": "' + b"y" * 1_000_000, 100)
    assert [entry.fields for entry in entries(stream)] == [{"a": 1}, None]
    assert len(stream.read(1 << 20)) == 100, "it should have left most of the stream alone"


def test_nesting_without_end_is_broken_and_no_crash() -> None:
    assert read(b'[{"a": 1}, ' + b"[{" * 10 + b'"x":' + b"[" * 100_000) == [{"a": 1}, None]


def test_what_is_no_object_holds_nothing() -> None:
    assert read(b'[{"a": 1}, 7, "x", null]') == [{"a": 1}, {}, {}, {}]


def test_raw_control_characters_in_strings_are_read() -> None:
    assert read(b'[{"a": "x\ty\0z"}]') == [{"a": "x\ty\0z"}]


def test_wrong_encoding_inside_an_entry_is_replaced() -> None:
    assert read(b'[{"a": "Zo\xe9"}]') == [{"a": "Zo\ufffd"}]


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reading(data: bytes) -> None:
    assert all(isinstance(entry, Entry) for entry in entries(io.BytesIO(b"[" + data)))


@pytest.mark.parametrize("head", [b"[{", b"[]", b" [\n  {", b"\xef\xbb\xbf[\r\n{", b"[ ]"])
def test_arrays_are_known_by_how_they_begin(head: bytes) -> None:
    assert is_array(head)


@pytest.mark.parametrize("head", [b"", b"[2025-10-10 14:32:15] INFO", b"[Gemini] Cost", b'{"a": 1}', b"[[", b"x[{"])
def test_lines_that_begin_with_a_bracket_are_no_arrays(head: bytes) -> None:
    assert not is_array(head)
