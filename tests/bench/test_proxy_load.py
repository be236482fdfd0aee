"""The load: what wrk is told, what a request looks like, and what counts as a request's cost."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from bench.proxy_load import HELD, PLAIN, STREAMED, Load, _is_whole, cpu_of, pss_of, request_bytes, wrk_script


def test_requests_under_way_at_the_end_share_the_cpu_time() -> None:
    load = Load(answered=90, begun=100, wall_s=3.0, cpu_s=0.01)
    assert load.per_s == 30
    assert load.cpu_us == pytest.approx(100)


def test_bodies_ask_for_what_they_are_named_after() -> None:
    plain, streamed, held = (json.loads(body) for body in (PLAIN, STREAMED, HELD))
    assert "stream" not in plain
    assert streamed["stream"] is held["stream"] is True
    assert (streamed["model"], held["model"]) == ("gpt-4o-mini", "held")


def test_request_says_the_length_of_its_body_and_the_proxys_own_headers() -> None:
    head, _, body = request_bytes("http://127.0.0.1:9/v1/x", PLAIN, {"x-a": "b"}).partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v1/x HTTP/1.1\r\nHost: 127.0.0.1:9\r\n")
    assert b"x-a: b" in head
    assert f"Content-Length: {len(body)}".encode() in head
    assert "wrk.headers['x-a'] = 'b'" in wrk_script(PLAIN, {"x-a": "b"})


@pytest.mark.parametrize(
    ("received", "is_whole"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na", False),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nab", True),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n", False),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", True),
    ],
)
def test_answer_is_whole_at_its_length_or_its_last_chunk(received: bytes, *, is_whole: bool) -> None:
    assert _is_whole(received) is is_whole


BUSY = "import time\nend = time.process_time() + 0.1\nwhile time.process_time() < end: pass\nprint(flush=True)\ninput()"


def test_cpu_and_memory_are_those_of_a_whole_session() -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen((sys.executable, "-c", BUSY), stdin=pipe, stdout=pipe, start_new_session=True) as busy:
        assert busy.stdout
        busy.stdout.readline()
        assert cpu_of(busy.pid) >= 0.09
        assert pss_of(busy.pid) > 1 << 20
        busy.communicate(b"\n")
    assert busy.returncode == 0
    assert cpu_of(-1) == 0
