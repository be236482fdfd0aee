from __future__ import annotations

import gzip
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tokencli.domain.usage import Basis
from tokencli.proxy.relay import Measurement, Slips
from tokencli.wire.reading import Reading
from tokencli.wire.registry import APIS

if TYPE_CHECKING:
    from tokencli.wire.reading import Meter

CHAT = APIS["openai-chat"]
STREAM = (
    b'data: {"id":"1","model":"m","choices":[{"index":0,"delta":{"content":"hi"},"finish_reason":"stop"}]}\n\n'
    b'data: {"id":"1","model":"m","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}\n\n'
    b"data: [DONE]\n\n"
)


def measuring(encoding: str = "", max_bytes: int = 1 << 20) -> tuple[Measurement, Slips]:
    slips = Slips()
    measurement = Measurement(slips)
    measurement.begin(CHAT, "text/event-stream", encoding, max_bytes)
    return measurement, slips


def test_a_stream_is_measured_and_knows_its_end() -> None:
    measurement, _ = measuring()
    measurement.observe(STREAM[:-14])
    assert not measurement.is_done
    measurement.observe(STREAM[-14:])
    assert measurement.is_done
    reading = measurement.reading(is_complete=True)
    assert reading is not None
    assert reading.basis is Basis.REPORTED


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", " gzip "])
def test_a_packed_copy_is_unpacked(encoding: str) -> None:
    measurement, _ = measuring(encoding)
    measurement.observe(gzip.compress(STREAM))
    assert measurement.is_done


def test_a_bomb_is_unpacked_up_to_the_bound_and_harms_nothing() -> None:
    measurement, slips = measuring("gzip", max_bytes=1000)
    measurement.observe(gzip.compress(b" " * 50_000_000))
    assert measurement.reading(is_complete=True) is not None
    assert slips.count == 0


def test_a_chunk_may_end_the_stream_when_a_mark_stands_in_it_or_across_its_edge() -> None:
    measurement, _ = measuring()
    assert not measurement.may_end(b"data: [DO")
    assert measurement.may_end(b"NE]\n\n")
    assert not measuring()[0].may_end(STREAM[:50])


@pytest.mark.parametrize(
    ("api", "end"),
    [
        ("openai-completions", b"data: [DONE]\n\n"),
        ("anthropic-messages", b'event: message_stop\ndata: {"type":"message_stop"}\n\n'),
        *(
            ("openai-responses", b'event: %b\ndata: {"type":"%b","response":{}}\n\n' % (name, name))
            for name in (b"response.completed", b"response.incomplete", b"response.failed", b"response.cancelled")
        ),
    ],
)
def test_every_end_that_a_meter_knows_is_held(api: str, end: bytes) -> None:
    measurement = Measurement(Slips())
    measurement.begin(APIS[api], "text/event-stream", "", 1 << 20)
    assert measurement.may_end(end)
    measurement.observe(end)
    assert measurement.is_done


def test_of_a_packed_chunk_nobody_knows() -> None:
    assert measuring("br")[0].may_end(b"\x00")


def test_what_was_not_begun_measures_nothing() -> None:
    measurement = Measurement(Slips())
    measurement.observe(STREAM)
    assert measurement.reading(is_complete=True) is None
    assert not measurement.is_done


class BrokenMeter:
    is_done = False

    def observe(self, chunk: bytes) -> None:
        raise KeyError(chunk)

    def reading(self, *, is_complete: bool) -> Reading:
        del is_complete
        return Reading()


def broken(content_type: str) -> Meter:
    del content_type
    return BrokenMeter()


def test_an_error_while_measuring_is_counted_and_logged_without_a_word_of_the_answer(
    caplog: pytest.LogCaptureFixture,
) -> None:
    slips = Slips()
    measurement = Measurement(slips)
    measurement.begin(replace(CHAT, meter=broken), "", "", 1 << 20)
    with caplog.at_level(logging.ERROR):
        measurement.observe(b"a secret word")
        measurement.observe(b"another")
    assert slips.count == 1
    assert measurement.reading(is_complete=True) is None
    assert not measurement.is_done
    assert "KeyError" in caplog.text
    assert "test_relay.py" in caplog.text
    assert "secret" not in caplog.text
