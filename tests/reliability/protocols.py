"""Answers of six protocols, event by event: what each event says, and what may be claimed once it was sent."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.proxy.fake_provider import JSON, SSE, Framing, Scripted

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from tests.proxy.fake_provider import Headers

INPUT, OUTPUT = 31, 7
WORDS = ("Hello ", "wide ", "world")
ASKED = [{"role": "user", "content": "Say hello to the wide world"}]
Counts = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """One protocol's stream. `said[k]` is what was reported by the first k events, None when nothing was.

    `text_bytes[k]` is how much generated text they held; from `ends_at` events on the answer has told its own end, from
    `stops_at` on at least why it stops.
    """

    kind: str
    base: str
    path: str
    body: bytes
    headers: Headers
    events: tuple[bytes, ...]
    said: tuple[Counts | None, ...]
    text_bytes: tuple[int, ...]
    ends_at: int
    stops_at: int

    def answer(self, framing: Framing = Framing.CHUNKED) -> Scripted:
        """Return the whole answer, one event a piece."""
        return Scripted(headers=self.headers, pieces=self.events, framing=framing)

    def held(self, after: int, release: asyncio.Event) -> Scripted:
        """Return the whole answer, with a wait behind so many events."""
        return Scripted(
            headers=self.headers, pieces=self.events, framing=Framing.CHUNKED, held_after=after, release=release
        )

    def size(self, n_events: int) -> int:
        """Return the bytes of the first events."""
        return sum(map(len, self.events[:n_events]))


def _event(value: object, name: str = "", end: str = "\n") -> bytes:
    head = f"event: {name}{end}" if name else ""
    return f"{head}data: {json.dumps(value)}{end}{end}".encode()


def _speech(  # noqa: PLR0913
    kind: str,
    path: str,
    steps: list[tuple[bytes, Counts | None, str]],
    *,
    request: dict[str, object],
    stops_at: int | None = None,
    headers: Headers = SSE,
    base: str = "/v1",
) -> Speech:
    said: list[Counts | None] = [None]
    sizes = [0]
    for _, counts, text in steps:
        said.append(counts or said[-1])
        sizes.append(sizes[-1] + len(text))
    return Speech(
        kind=kind,
        base=base,
        path=path,
        body=json.dumps(request).encode(),
        headers=headers,
        events=tuple(event for event, _, _ in steps),
        said=tuple(said),
        text_bytes=tuple(sizes),
        ends_at=len(steps),
        stops_at=len(steps) if stops_at is None else stops_at,
    )


def chat(call: str) -> Speech:
    """OpenAI's chat completions; the client asks for usage itself."""

    def piece(delta: dict[str, str], finish: str | None = None) -> bytes:
        return _event({"id": f"r-{call}", "model": "m-1", "choices": [{"delta": delta, "finish_reason": finish}]})

    usage = {"prompt_tokens": INPUT, "completion_tokens": OUTPUT, "total_tokens": INPUT + OUTPUT}
    steps: list[tuple[bytes, Counts | None, str]] = [
        (piece({"role": "assistant"}), None, ""),
        *((piece({"content": word}), None, word) for word in WORDS),
        (piece({}, "stop"), None, ""),
        (_event({"id": f"r-{call}", "model": "m-1", "choices": [], "usage": usage}), (INPUT, OUTPUT), ""),
        (b"data: [DONE]\n\n", None, ""),
    ]
    request = {"model": "m", "stream": True, "stream_options": {"include_usage": True}, "messages": ASKED}
    return _speech("openai", "/v1/chat/completions", steps, request=request, stops_at=5)


def completions(call: str) -> Speech:
    """The old completions, from a server that ends its lines with CRLF and tells usage with the last piece."""

    def piece(text: str, **more: object) -> bytes:
        return _event({"id": f"r-{call}", "model": "m-1", "choices": [{"text": text}], **more}, end="\r\n")

    usage = {"prompt_tokens": INPUT, "completion_tokens": OUTPUT, "total_tokens": INPUT + OUTPUT}
    steps: list[tuple[bytes, Counts | None, str]] = [
        *((piece(word), None, word) for word in WORDS),
        (piece("", usage=usage), (INPUT, OUTPUT), ""),
        (b"data: [DONE]\r\n\r\n", None, ""),
    ]
    request: dict[str, object] = {"model": "m", "stream": True, "prompt": "Say hello"}
    request["stream_options"] = {"include_usage": True}
    return _speech("openai", "/v1/completions", steps, request=request)


def responses(call: str) -> Speech:
    """OpenAI's Responses."""
    begun = {"id": f"r-{call}", "object": "response", "model": "m-1", "status": "in_progress", "usage": None}
    usage = {"input_tokens": INPUT, "output_tokens": OUTPUT, "total_tokens": INPUT + OUTPUT}
    ended = {**begun, "status": "completed", "usage": usage}

    def named(name: str, **more: object) -> bytes:
        return _event({"type": name, **more}, name)

    steps: list[tuple[bytes, Counts | None, str]] = [
        (named("response.created", response=begun), None, ""),
        *((named("response.output_text.delta", delta=word), None, word) for word in WORDS),
        (named("response.completed", response=ended), (INPUT, OUTPUT), ""),
    ]
    request: dict[str, object] = {"model": "m", "stream": True, "input": "Say hello"}
    return _speech("openai", "/v1/responses", steps, request=request)


def messages(call: str) -> Speech:
    """Anthropic's Messages: the prompt is told at the beginning, the totals near the end."""
    message = {"id": f"r-{call}", "model": "m-1", "usage": {"input_tokens": INPUT, "output_tokens": 1}}

    def named(name: str, **more: object) -> bytes:
        return _event({"type": name, **more}, name)

    def word_of(word: str) -> bytes:
        return named("content_block_delta", index=0, delta={"type": "text_delta", "text": word})

    totals = {"output_tokens": OUTPUT}
    steps: list[tuple[bytes, Counts | None, str]] = [
        (named("message_start", message=message), (INPUT, 0), ""),
        (named("content_block_start", index=0, content_block={"type": "text", "text": ""}), None, ""),
        *((word_of(word), None, word) for word in WORDS),
        (named("content_block_stop", index=0), None, ""),
        (named("message_delta", delta={"stop_reason": "end_turn"}, usage=totals), (INPUT, OUTPUT), ""),
        (named("message_stop"), None, ""),
    ]
    request: dict[str, object] = {"model": "m", "stream": True, "max_tokens": 9, "messages": ASKED}
    return _speech("anthropic", "/v1/messages", steps, request=request, stops_at=7)


def _gemini(call: str, wrap: Callable[[int, int, bytes], bytes], query: str, headers: Headers) -> Speech:
    """Gemini's stream: each chunk has the sum so far, the last one why it ended."""
    outs = (2, 4, OUTPUT)
    steps: list[tuple[bytes, Counts | None, str]] = []
    for number, (word, out) in enumerate(zip(WORDS, outs, strict=True)):
        is_last = number == len(WORDS) - 1
        candidate = {"content": {"parts": [{"text": word}]}, **({"finishReason": "STOP"} if is_last else {})}
        usage = {"promptTokenCount": INPUT, "candidatesTokenCount": out, "totalTokenCount": INPUT + out}
        value = {"candidates": [candidate], "usageMetadata": usage, "modelVersion": "m-1", "responseId": f"r-{call}"}
        steps.append((wrap(number, len(WORDS), json.dumps(value).encode()), (INPUT, out), word))
    request: dict[str, object] = {"contents": [{"parts": [{"text": "Say hello"}]}]}
    path = f"/v1beta/models/m:streamGenerateContent{query}"
    return _speech("gemini", path, steps, request=request, headers=headers, base="/v1beta")


def gemini_sse(call: str) -> Speech:
    """Gemini's stream as events, its lines ended with CRLF."""
    return _gemini(call, lambda _number, _count, told: b"data: %b\r\n\r\n" % told, "?alt=sse", SSE)


def gemini_array(call: str) -> Speech:
    """Gemini's stream as a JSON array that grows."""

    def wrap(number: int, count: int, told: bytes) -> bytes:
        return (b"," if number else b"[") + told + (b"]" if number == count - 1 else b"\n")

    return _gemini(call, wrap, "", JSON)


SPEECHES: dict[str, Callable[[str], Speech]] = {
    "chat": chat,
    "completions": completions,
    "responses": responses,
    "messages": messages,
    "gemini-sse": gemini_sse,
    "gemini-array": gemini_array,
}


def whole_answer(call: str) -> Scripted:
    """Return a chat completion that is one JSON body."""
    usage = {"prompt_tokens": INPUT, "completion_tokens": OUTPUT, "total_tokens": INPUT + OUTPUT}
    choices = [{"message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"}]
    told = {"id": f"r-{call}", "object": "chat.completion", "model": "m-1", "choices": choices, "usage": usage}
    return Scripted(pieces=(json.dumps(told).encode(),))
