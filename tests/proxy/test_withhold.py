import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.exchanges import body_of, cuttings, records
from tokencli.proxy.withhold import LARGEST_BYTES, UsageWithholder
from tokencli.wire.framing import SseEvents, parse_object

USAGE = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}
ASKED_FOR = json.dumps({"id": "c1", "object": "chat.completion.chunk", "choices": [], "usage": USAGE}).encode()
WITHOUT_CHOICES = json.dumps({"usage": USAGE}).encode()
KEPT = [
    b"[DONE]",
    b"not json",
    b'{"choices":[]}',
    b'{"choices":[],"usage":null}',
    b'{"choices":[{"index":0,"delta":{"content":"hi"}}],"usage":null}',
    b'{"choices": [ {"delta":{"content":"last"},"finish_reason":"stop"} ],"usage": {"prompt_tokens":5}}',
    b'{"choices":[{"delta":{},"finish_reason":"stop","usage":{"prompt_tokens":5}}]}',
    b'{"choices":[{"delta":{}}],"x_groq":{"id":"r","usage":{"prompt_tokens":5}}}',
    b'{"choices":[],"x_groq":{"usage":{"prompt_tokens":5}}}',
    b'{"choices":[],"error":{"message":"no"},"usage":{"prompt_tokens":5}}',
    '{"choices":[{"delta":{"content":"\u2028 \\"choices\\":[],\\"usage\\":{} é"}}]}'.encode(),
    b'{"choices":[],"usage":{"pad":"' + b"x" * LARGEST_BYTES + b'"}}',
]
ENDS = [b"\n", b"\r", b"\r\n"]


def filtered(chunks: list[bytes]) -> bytes:
    withholder = UsageWithholder()
    return b"".join([*(withholder.feed(chunk) for chunk in chunks), withholder.rest()])


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


@st.composite
def streams(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """Give a stream and what the client is to get of it."""
    whole, wanted = b"", b""
    for _ in range(draw(st.integers(0, 5))):
        kind = draw(st.sampled_from(["kept", "asked", "comment", "blank", "named"]))
        end, last = draw(st.sampled_from(ENDS)), draw(st.sampled_from(ENDS))
        if whole.endswith(b"\r") and kind == "blank" and end == b"\n":
            end = b"\r\n"  # a lone LF behind a CR would be the second half of one line end
        before = draw(st.sampled_from([b"data: ", b"data:"]))
        if kind == "kept":
            piece = before + draw(st.sampled_from(KEPT)) + end + last
        elif kind == "comment":
            piece = b": keep-alive" + end
        elif kind == "blank":
            piece = end
        elif kind == "named":
            piece = b"event: ping" + end + before + b"{}" + end + last
        else:
            piece = before + draw(st.sampled_from([ASKED_FOR, WITHOUT_CHOICES])) + end + last
        if end == b"\r" and last == b"\n" and kind not in {"comment", "blank"}:
            piece = piece[:-1] + b"\r"  # CR, LF would be one line end
        whole += piece
        wanted += b"" if kind == "asked" else piece
    return whole, wanted


@given(stream=streams(), places=st.lists(st.integers(0, 5000), max_size=12))
def test_every_cutting_gives_the_stream_without_the_event_asked_for(
    stream: tuple[bytes, bytes], places: list[int]
) -> None:
    whole, wanted = stream
    assert filtered(cut(whole, places)) == wanted


@given(stream=streams())
def test_byte_by_byte_gives_the_same(stream: tuple[bytes, bytes]) -> None:
    whole, wanted = stream
    if len(whole) < LARGEST_BYTES:
        assert filtered([bytes([byte]) for byte in whole]) == wanted


@given(data=st.binary(max_size=200) | st.text(alphabet='data:{}"usage" []choices\r\n,', max_size=200).map(str.encode))
def test_bytes_that_are_no_such_stream_pass_in_every_cutting(data: bytes) -> None:
    assert filtered([data]) == filtered([bytes([byte]) for byte in data])


@pytest.mark.parametrize("kept", KEPT[:-1], ids=range(len(KEPT) - 1))
def test_an_event_with_content_passes_as_it_came(kept: bytes) -> None:
    stream = b"data: " + kept + b"\n\n"
    assert filtered([stream]) == stream


def test_the_event_goes_with_its_name_and_id_and_leaves_comments() -> None:
    stream = b"id: 7\n: here\nevent: message\ndata: " + ASKED_FOR + b"\n\ndata: [DONE]\n\n"
    assert filtered([stream]) == b": here\ndata: [DONE]\n\n"


def test_an_event_spread_over_lines_is_one_event() -> None:
    stream = b'data: {"choices":[],\ndata: "usage":{"prompt_tokens":1}}\n\ndata: [DONE]\n\n'
    assert filtered([stream]) == b"data: [DONE]\n\n"


def test_an_event_that_the_end_left_open_is_withheld_too() -> None:
    assert filtered([b"data: 1\n\ndata: " + ASKED_FOR]) == b"data: 1\n\n"
    assert filtered([b"data: 1\n\ndata: " + ASKED_FOR[:-4]]) == b"data: 1\n\ndata: " + ASKED_FOR[:-4]


def test_an_answer_that_is_no_stream_passes_at_once() -> None:
    body = json.dumps({"choices": [], "usage": USAGE}, indent=1).encode()
    withholder = UsageWithholder()
    assert b"".join(withholder.feed(body[at : at + 1]) for at in range(len(body))) == body


def test_content_is_given_out_before_its_event_has_ended() -> None:
    withholder = UsageWithholder()
    begun = b'data: {"id":"c1","choices":[{"delta":{"content":"he'
    assert withholder.feed(b"data: 1\n\n" + begun) == b"data: 1\n\n" + begun
    assert withholder.feed(b"l") == b"l"


@pytest.mark.parametrize("line", [b": waiting", b"data: [D", b"nonsense"])
def test_what_cannot_be_the_event_is_not_held(line: bytes) -> None:
    withholder = UsageWithholder()
    assert withholder.feed(line) == line


def test_an_endless_event_is_not_held_for_ever() -> None:
    withholder = UsageWithholder()
    begun = b'data: {"id":"' + b"x" * LARGEST_BYTES
    assert withholder.feed(begun) == begun


def events_of(stream: bytes) -> list[bytes]:
    events = SseEvents()
    return [data for _, data in (*events.feed(stream), *events.rest())]


def tells_only_usage(event: bytes) -> bool:
    value = parse_object(event) or {}
    return isinstance(value.get("usage"), dict) and not value.get("choices") and "error" not in value


def test_recorded_streams_lose_their_usage_event_and_nothing_else(corpus: Path) -> None:
    withheld = 0
    for record in records(corpus, "openai-chat", "openai-completions"):
        body = body_of(record)
        if not record["streaming"] or record["body_form"] == "json":
            continue
        first, *others = [filtered(chunks) for chunks in cuttings(body)]
        kept = [event for event in events_of(body) if not tells_only_usage(event)]
        assert events_of(first) == kept, record["id"]
        assert all(other == first for other in others), record["id"]
        withheld += len(events_of(body)) - len(kept)
    assert withheld > 20
