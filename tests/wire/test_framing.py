"""Bytes cut anywhere come out as the same events and objects."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokencli.wire.framing import BOM, JsonObjects, Message, Messages, SseEvents, parse_object

if TYPE_CHECKING:
    from collections.abc import Iterable

STREAM = (
    b'\xef\xbb\xbf: keep-alive\r\n\r\nevent: a\r\ndata:{"x":\r\ndata: "\xe2\x80\xa8\xc3\xa9"}\r\n\r\n'
    b'id: 7\rretry: 5\rdata: {"y": 1}\r\revent: b\ndata\ndata: [DONE]\n\n:\n\ndata: {"z": 2}'
)
EVENTS = [("a", b'{"x":\n"\xe2\x80\xa8\xc3\xa9"}'), ("", b'{"y": 1}'), ("b", b"\n[DONE]")]
ARRAY = b'[{"a": "}]\\"{\\\\"}\n,\n{"b": {"c": [{}]}}, 3, "x", {"d": "\xc3\xa9"}]'
OBJECTS = [b'{"a": "}]\\"{\\\\"}', b'{"b": {"c": [{}]}}', b'{"d": "\xc3\xa9"}']


def cut(body: bytes, places: Iterable[int]) -> list[bytes]:
    edges = sorted({0, len(body), *(min(place, len(body)) for place in places)})
    return [body[start:end] for start, end in pairwise(edges)]


def sse(chunks: Iterable[bytes], max_bytes: int = 1000) -> tuple[list[tuple[str, bytes]], list[tuple[str, bytes]], int]:
    events = SseEvents(max_bytes)
    found = [event for chunk in chunks for event in events.feed(chunk)]
    return found, events.rest(), events.skipped


def messages(content_type: str, chunks: Iterable[bytes]) -> tuple[list[Message], bool | None, bool]:
    reader = Messages(content_type)
    found = [message for chunk in chunks for message in reader.feed(chunk)]
    return found + reader.rest(), reader.is_stream, reader.is_done


@given(st.lists(st.integers(0, len(STREAM))))
def test_a_stream_cut_anywhere_has_the_same_events(places: list[int]) -> None:
    assert sse(cut(STREAM, places)) == (EVENTS, [("", b'{"z": 2}')], 0)


@given(st.lists(st.integers(0, len(ARRAY))))
def test_an_array_cut_anywhere_has_the_same_objects(places: list[int]) -> None:
    objects = JsonObjects()
    assert [item for chunk in cut(ARRAY, places) for item in objects.feed(chunk)] == OBJECTS


@given(st.lists(st.integers(0, len(ARRAY))), st.integers(0, len(ARRAY)))
def test_an_array_is_open_until_its_end_has_come(places: list[int], end: int) -> None:
    messages = Messages("application/json")
    for chunk in cut(ARRAY[:end], places):
        messages.feed(chunk)
    assert messages.is_open is (b"[" in ARRAY[:end] and b"]" not in ARRAY[len(ARRAY.rstrip()) - 1 : end])


def test_lines_of_json_are_objects_of_their_own() -> None:
    assert JsonObjects().feed(b'{"a":1}\n{"b":2}\r\n{"c"') == [b'{"a":1}', b'{"b":2}']


def test_an_event_above_the_bound_is_skipped_and_the_next_is_read() -> None:
    body = b"data: " + b"x" * 50 + b"\n\ndata: 1\n\n" + b"data: 123456789\n" * 4 + b"\ndata: 2\n\n"
    for size in (1, 7, len(body)):
        assert sse(cut(body, range(0, len(body), size)), max_bytes=30) == ([("", b"1"), ("", b"2")], [], 2)


def test_an_object_above_the_bound_is_skipped_and_the_next_is_read() -> None:
    body = b'[{"a":"' + b"x" * 50 + b'"},{"b":1}]'
    for size in (1, 7, len(body)):
        objects = JsonObjects(30)
        found = [item for chunk in cut(body, range(0, len(body), size)) for item in objects.feed(chunk)]
        assert (found, objects.skipped) == ([b'{"b":1}'], 1)


@pytest.mark.parametrize(
    ("body", "content_type", "is_stream"),
    [
        (b'{"a": 1}', "text/event-stream", False),
        (b' \r\n[{"a": 1}]', "text/event-stream", False),
        (b'\xef\xbb\xbf{"a": 1}', "application/json", False),
        (b'data: {"a": 1}\n\n', "application/json", True),
        (b'\xef\xbb\xbfdata:{"a": 1}', "", True),
        (b': hello\n\ndata: {"a": 1}\n\n', "text/plain", True),
        (b'event: x\ndata: {"a": 1}\n\n', "text/plain", True),
        (b'unknown: x\ndata: {"a": 1}\n\n', "Text/Event-Stream; charset=utf-8", True),
        (b'data{"a": 1}', "application/json", False),
    ],
)
def test_the_first_bytes_tell_the_framing_whatever_the_content_type_says(
    body: bytes, content_type: str, *, is_stream: bool
) -> None:
    for chunks in ([body], cut(body, range(len(body)))):
        found, told, _ = messages(content_type, chunks)
        assert ([message.value for message in found], told) == ([{"a": 1}], is_stream)


def test_what_was_skipped_is_told_for_every_framing() -> None:
    for body in (
        b'{"a": "xxxxxxxxxx"}{"b":1}',
        b'data: {"a": "xxxxxxxxxx"}\n\ndata: {"b":1}\n\n',
        b"data:\n" * 20 + b"\n",
    ):
        reader = Messages("", max_bytes=15)
        assert [message.value for message in reader.feed(body)] in ([{"b": 1}], [])
        assert reader.skipped == 1


def test_done_is_seen_and_is_no_message() -> None:
    assert messages("", [b"data: [DONE]\n\n"]) == ([], True, True)
    assert messages("", [b'data: {"a":1}\n\n']) == ([Message("", {"a": 1})], True, False)


def test_only_objects_are_parsed() -> None:
    assert parse_object(b'{"a": "\xc3\xa9"}') == {"a": "é"}
    for data in (b"", b"[]", b"1", b"{", b'{"a": "\xff"}', b'{"a":' * 100_000, b'{"a": ' + b"9" * 5000 + b"}"):
        assert parse_object(data) is None


@pytest.mark.parametrize(
    "data",
    [
        b'{"a": NaN, "b": -Infinity, "c": 1e400}',
        rb'{"a": "\ud800 alone", "b": "\ud83d\ude00"}',
        BOM + b'{"a": 1}',
        '{"a": "\u00e9"}'.encode("utf-16"),
        b'{"a": 1, "a": 2.50, "b": -0.0, "c": 12345678901234567890123, "d": 1E5}',
    ],
)
def test_objects_are_parsed_as_the_standard_library_does(data: bytes) -> None:
    assert repr(parse_object(data)) == repr(json.loads(data))


def test_events_are_handed_out_as_they_are_and_messages_parsed() -> None:
    body = b'event: a\ndata: {"x": 1}\n\ndata: no json\n\ndata: {"y"'
    reader, parsed = Messages(""), Messages("")
    assert reader.events(body) == [("a", b'{"x": 1}'), ("", b"no json")]
    assert reader.rest_events() == [("", b'{"y"')]
    assert (parsed.feed(body), parsed.rest()) == ([Message("a", {"x": 1})], [])


PIECES = st.sampled_from(
    [
        *(b"data: ", b"data:", b"data: x\n\n", b"event: ", b"event: n\ndata: y\n\n", b"event: m\n", b"id: 1\n"),
        *(b"\n", b"\n\n", b"\r\n", b"\r", b": c\n\n", b"x", b" ", BOM, b"\xff"),
    ]
)


@given(pieces=st.lists(PIECES, max_size=15), places=st.lists(st.integers(0, 100), max_size=4))
def test_plain_events_are_read_by_the_short_way_as_by_the_long_one(pieces: list[bytes], places: list[int]) -> None:
    body = b"".join(pieces)
    for max_bytes in (12, 1000):
        byte_by_byte = sse(cut(body, range(len(body))), max_bytes)
        assert sse([body], max_bytes) == byte_by_byte
        assert sse(cut(body, places), max_bytes) == byte_by_byte


@given(st.binary(max_size=60), st.lists(st.integers(0, 60)), st.sampled_from(["", "text/event-stream"]))
def test_garbage_never_raises_and_cuts_change_nothing(body: bytes, places: list[int], content_type: str) -> None:
    assert messages(content_type, cut(body, places)) == messages(content_type, [body])


@given(st.text('data:ev {}[]"\\\r\n\ufeff1', max_size=40), st.lists(st.integers(0, 60)))
def test_what_almost_is_a_stream_reads_the_same_in_any_cut(text: str, places: list[int]) -> None:
    body = text.encode()
    assert messages("", cut(body, places)) == messages("", [body])
    assert sse(cut(body, places)) == sse([body])


@pytest.mark.parametrize("body", [b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}", b'{"a":NaN}', b'{"a":"\xff"}'])
def test_body_that_a_strict_parser_refuses_is_one_object_in_one_piece_and_in_two(body: bytes) -> None:
    whole, cut = JsonObjects(), JsonObjects()
    assert whole.feed(body) == [body]
    assert [*cut.feed(body[:9]), *cut.feed(body[9:])] == [body]


def test_object_above_the_limit_is_skipped_in_one_piece_too() -> None:
    objects = JsonObjects(max_bytes=10)
    assert objects.feed(b'{"a":"0123456789"}') == []
    assert objects.feed(b'{"a":1}') == [b'{"a":1}']
    assert objects.skipped == 1
