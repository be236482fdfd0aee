"""The provider behind measured proxies: its answers are what clients understand, and it counts its calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench.proxy_load import PLAIN, STREAMED, latencies
from bench.proxy_peers import fetched, provider
from bench.proxy_provider import EVENTS, answer, stream
from tokencli.wire.openai_chat import meter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.proxy_peers import Origin


@pytest.fixture(scope="module")
def origins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Origin, Origin]]:
    with provider(tmp_path_factory.mktemp("provider") / "room") as found:
        yield found


def test_answer_and_stream_tell_the_same_usage() -> None:
    plain, streamed = meter("application/json"), meter("text/event-stream")
    plain.observe(answer().partition(b"\r\n\r\n")[2])
    for piece in stream():
        streamed.observe(b"data: " + piece.partition(b"data: ")[2].partition(b"\n\n")[0] + b"\n\n")
    assert plain.reading(is_complete=True).usage == streamed.reading(is_complete=True).usage
    assert streamed.is_done
    assert len(stream()) == EVENTS
    assert 900 < len(answer()) < 1_200


@pytest.mark.parametrize("body", [PLAIN, STREAMED])
@pytest.mark.parametrize("is_tls", [False, True])
def test_calls_are_answered_and_counted_by_path(
    origins: tuple[Origin, Origin], tmp_path: Path, body: str, *, is_tls: bool
) -> None:
    origin, name = origins[is_tls], tmp_path.name
    assert origin.calls(name) == 0
    samples = latencies(
        {"it": (f"{origin.url}/{name}/v1/chat/completions", {})}, body, rounds=3, trust=origin.authority
    )
    assert len(samples["it"]) == 3
    assert all(0 < sample.first_s <= sample.whole_s for sample in samples["it"])
    assert origin.calls(name) > 3
    assert fetched(f"http://127.0.0.1:{origin.plain_port}/count/nobody") == b"0"
