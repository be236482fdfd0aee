"""Logs to measure with: written as a stream, the same bytes for the same size, times in order over one month.

Times are UTC without a zone, from 2026-10-01 on. Names of models and their list prices are public;
everything else is invented.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

START = datetime(2026, 10, 1, tzinfo=UTC)
SPAN_MS = 31 * 24 * 3600 * 1000
BLOCK_LINES = 10_000
NEEDLE = b"Cost calculated: $"
MIB = 1 << 20
# provider, model, unit prices in $0.00000001 a token, share of the calls
MODELS = (
    (b"OpenAI", b"gpt-4o-mini", 15, 60, 30),
    (b"OpenAI", b"gpt-4o", 500, 1500, 12),
    (b"OpenAI", b"gpt-4.1", 200, 800, 6),
    (b"Gemini", b"gemini-2.0-flash", 35, 70, 14),
    (b"Gemini", b"gemini-2.5-flash", 30, 70, 12),
    (b"Anthropic", b"claude-3-5-haiku-20241022", 25, 125, 14),
    (b"Anthropic", b"claude-sonnet-4-5-20250929", 300, 1500, 8),
    (b"Groq", b"llama-3.3-70b-versatile", 59, 79, 4),
)
NOISE = (
    b' INFO [uvicorn.access] 127.0.0.1:%d - "POST /api/chat/messages HTTP/1.1" 200 session=%d request=%d ms=%d\n',
    b' INFO [uvicorn.access] 127.0.0.1:%d - "GET /api/threads/%d?offset=%d HTTP/1.1" 200 duration_ms=%d\n',
    b" DEBUG [backend.core.websocket] Session ws-%d: message %d of type chat.message received, %d bytes in %d ms\n",
    b" INFO [backend.features.memory.vector] Query %d: kept %d of %d vectors above the threshold, warm, %d ms\n",
    b" WARNING [backend.core.database] Slow statement %d: SELECT on messages took %d ms (%d rows, %d pages read)\n",
)


def write_mixed(path: Path, lines: int) -> None:
    """Write a log of which every tenth line is a cost line, about 143 bytes a line."""
    _write(path, lines, _mixed_block(Random(1), _noise_bodies(Random(2))))


def write_dense(path: Path, lines: int) -> None:
    """Write a log of which every line is a cost line, about 225 bytes a line."""
    draw = _cost_bodies(Random(3))
    _write(path, lines, lambda stamps: [stamp + draw() for stamp in stamps])


def write_long_line(path: Path, size: int) -> None:
    """Write three lines: a cost line, one of `size` bytes that names a cost in its middle, a cost line."""
    draw = _cost_bodies(Random(4))
    filler = b'{"trace": "' + bytes(Random(5).choices(b'abcdefghijklmnopqrstuvwxyz {}:,"[]0123456789', k=MIB - 11))
    with path.open("wb") as out:
        out.write(b"2026-10-01 00:00:00,000" + draw())
        out.write(b"2026-10-01 00:00:01,000 DEBUG [backend.core.trace] ")
        for block in range(size // MIB):
            out.write(NEEDLE + filler[len(NEEDLE) :] if block == size // MIB // 2 else filler)
        out.write(b"\n2026-10-01 00:00:02,000" + draw())


def _write(path: Path, lines: int, block_of: Callable[[list[bytes]], list[bytes]]) -> None:
    """Write blocks of lines under another name, so that a broken-off run leaves no half log behind."""
    unfinished = path.with_suffix(".part")
    with unfinished.open("wb") as out:
        for stamps in _stamps(lines):
            out.write(b"".join(block_of(stamps)))
    unfinished.rename(path)


def _stamps(lines: int) -> Iterator[list[bytes]]:
    """Yield the times of all lines, evenly spread over the month, a block at a time."""
    seconds: dict[int, bytes] = {}
    for first in range(0, lines, BLOCK_LINES):
        block = []
        for line in range(first, min(first + BLOCK_LINES, lines)):
            second, ms = divmod(line * SPAN_MS // lines, 1000)
            text = seconds.get(second)
            if text is None:
                seconds.clear()
                text = seconds[second] = f"{START + timedelta(seconds=second):%Y-%m-%d %H:%M:%S},".encode()
            block.append(b"%b%03d" % (text, ms))
        yield block


def _mixed_block(random: Random, noise: list[bytes]) -> Callable[[list[bytes]], list[bytes]]:
    draw = _cost_bodies(random)

    def block_of(stamps: list[bytes]) -> list[bytes]:
        bodies = random.choices(noise, k=len(stamps))
        for ten in range(0, len(stamps) - 9, 10):
            bodies[ten + random.randrange(10)] = draw()
        return [stamp + body for stamp, body in zip(stamps, bodies, strict=True)]

    return block_of


def _noise_bodies(random: Random) -> list[bytes]:
    return [random.choice(NOISE) % tuple(random.randrange(100, 100_000) for _ in range(4)) for _ in range(5_000)]


def _cost_bodies(random: Random) -> Callable[[], bytes]:
    """Return a function that gives the rest of another cost line at each call."""
    heads = [
        (
            b" INFO [backend.features.chat.llm_stream] [%b] Cost calculated: $" % provider,
            b" (model=%b, input=" % model,
            b" tokens, pricing_input=$0.%08d/token, pricing_output=$0.%08d/token)\n" % (price_in, price_out),
            price_in,
            price_out,
        )
        for provider, model, price_in, price_out, _ in MODELS
    ]
    mix = random.choices(range(len(MODELS)), [model[-1] for model in MODELS], k=4_096)
    bits = random.getrandbits

    def draw() -> bytes:
        head, middle, tail, price_in, price_out = heads[mix[bits(12)]]
        input_tokens, output_tokens = 40 + bits(12), 10 + bits(10)
        micros = (input_tokens * price_in + output_tokens * price_out + 50) // 100
        cost = b"%d.%06d" % divmod(micros, 1_000_000)
        return b"".join((head, cost, middle, b"%d tokens, output=%d" % (input_tokens, output_tokens), tail))

    return draw
