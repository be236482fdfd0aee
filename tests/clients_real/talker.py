"""A provider of four kinds that answers every client in its API's real shape, and keeps a log of what it told.

No two answers have the same counts, so that a call that is missed, or counted twice, cannot hide behind another.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.e2e.openai_shapes import DONE, data, streamed, told
from tests.proxy.fake_provider import json_answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.proxy.fake_provider import Received, Scripted

TEXT = "Hello from the local provider."
# Gemini CLI asks a small model first which model to take; it wants JSON.
_CHOICE = '{"complexity_reasoning": "short", "complexity_score": 10, "reasoning": "short", "model_choice": "flash"}'
_CREDENTIALS = (b"authorization", b"x-api-key", b"x-goog-api-key")


class Told(NamedTuple):
    """One answer as the provider told it: the same figures that a ledger should have."""

    provider_name: str
    response_id: str
    input_tokens: int
    cache_read_tokens: int
    output_tokens: int


@dataclass
class Talker:
    """Answers as `choose` of a fake provider; the first part of a path is the provider's name in config.toml.

    The first `refuses` calls are refused as by a provider that has too much to do; `refused` says of which provider.
    """

    calls: list[Told] = field(default_factory=list[Told])
    keys: set[str] = field(default_factory=set[str])
    refuses: int = 0
    refused: list[str] = field(default_factory=list[str])
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def choose(self, request: Received) -> Scripted:
        """Answer one request."""
        name, _, path = request.path.removeprefix("/").partition("/")
        if request.method != "POST":
            return json_answer({"object": "list", "data": []}) if path.endswith("/models") else _nothing()
        self.keys |= {value.decode() for key in _CREDENTIALS for value in request.all(key)}
        body = gzip.decompress(request.body) if request.one(b"content-encoding") == b"gzip" else request.body
        asked: dict[str, Any] = json.loads(body)
        if len(self.refused) < self.refuses and not path.lower().endswith(("count_tokens", ":counttokens")):
            self.refused.append(name)
            return _too_much(name)
        return self._answered(name, path, asked, next(self._numbers))

    def _answered(self, name: str, path: str, asked: dict[str, Any], number: int) -> Scripted:
        if path.endswith("/count_tokens"):
            return json_answer({"input_tokens": 100})
        if path.endswith(":countTokens"):
            return json_answer({"totalTokens": 100})
        if path.endswith("/messages"):
            return self._message(name, asked, number)
        if path.endswith("/responses"):
            return self._response(name, asked, number)
        if path.endswith("/chat/completions"):
            return self._completion(name, asked, number)
        return self._content(name, path, asked, number) if ":" in path else _nothing()

    def _tell(self, name: str, response_id: str, into: int, cached: int, out: int) -> None:
        self.calls.append(Told(name, response_id, into, cached, out))

    def _message(self, name: str, asked: dict[str, Any], number: int) -> Scripted:
        counts = {"input_tokens": 10 + number, "cache_creation_input_tokens": 700, "cache_read_input_tokens": 5000}
        usage: dict[str, Any] = {
            **counts,
            "cache_creation": {"ephemeral_5m_input_tokens": 700, "ephemeral_1h_input_tokens": 0},
            "output_tokens": 40 + number,
            "service_tier": "standard",
        }
        message = {
            "id": f"msg_{number:024}",
            "type": "message",
            "role": "assistant",
            "model": asked["model"],
            "content": [{"type": "text", "text": TEXT}],
            "stop_reason": "end_turn",
            "stop_sequence": None,
            "usage": usage,
        }
        self._tell(name, message["id"], sum(counts.values()), 5000, 40 + number)
        if not asked.get("stream"):
            return told(message)
        begun = {**message, "content": [], "stop_reason": None, "usage": {**usage, "output_tokens": 1}}
        events: list[dict[str, Any]] = [
            {"type": "message_start", "message": begun},
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
            {"type": "ping"},
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": TEXT}},
            {"type": "content_block_stop", "index": 0},
            {
                "type": "message_delta",
                "delta": {"stop_reason": "end_turn", "stop_sequence": None},
                "usage": {"output_tokens": 40 + number},
            },
            {"type": "message_stop"},
        ]
        return streamed(_named(events))

    def _response(self, name: str, asked: dict[str, Any], number: int) -> Scripted:
        into, out = 2000 + number, 50 + number
        item = {
            "id": f"msg_{number}",
            "type": "message",
            "status": "completed",
            "role": "assistant",
            "content": [{"type": "output_text", "text": TEXT, "annotations": []}],
        }
        response: dict[str, Any] = {
            "id": f"resp_{number:024}",
            "object": "response",
            "created_at": 1_795_219_200,
            "status": "completed",
            "error": None,
            "incomplete_details": None,
            "model": asked["model"],
            "output": [item],
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            "usage": {
                "input_tokens": into,
                "input_tokens_details": {"cached_tokens": 1024},
                "output_tokens": out,
                "output_tokens_details": {"reasoning_tokens": 16},
                "total_tokens": into + out,
            },
        }
        self._tell(name, response["id"], into, 1024, out)
        if not asked.get("stream"):
            return told(response)
        begun = {**response, "status": "in_progress", "output": [], "usage": None}
        at = {"item_id": item["id"], "output_index": 0, "content_index": 0}
        part = {"type": "output_text", "text": "", "annotations": []}
        events: list[dict[str, Any]] = [
            {"type": "response.created", "response": begun},
            {"type": "response.in_progress", "response": begun},
            {
                "type": "response.output_item.added",
                "output_index": 0,
                "item": {**item, "status": "in_progress", "content": []},
            },
            {"type": "response.content_part.added", **at, "part": part},
            {"type": "response.output_text.delta", **at, "delta": TEXT, "logprobs": []},
            {"type": "response.output_text.done", **at, "text": TEXT, "logprobs": []},
            {"type": "response.content_part.done", **at, "part": {**part, "text": TEXT}},
            {"type": "response.output_item.done", "output_index": 0, "item": item},
            {"type": "response.completed", "response": response},
        ]
        return streamed(_named([{**event, "sequence_number": at} for at, event in enumerate(events)]))

    def _completion(self, name: str, asked: dict[str, Any], number: int) -> Scripted:
        into, out = 3000 + number, 60 + number
        base = {"id": f"chatcmpl-{number:024}", "created": 1_795_219_200, "model": asked["model"]}
        usage = {
            "prompt_tokens": into,
            "completion_tokens": out,
            "total_tokens": into + out,
            "prompt_tokens_details": {"cached_tokens": 256},
        }
        self._tell(name, str(base["id"]), into, 256, out)
        if not asked.get("stream"):
            choice = {"index": 0, "message": {"role": "assistant", "content": TEXT}, "finish_reason": "stop"}
            return told({**base, "object": "chat.completion", "choices": [choice], "usage": usage})
        deltas: list[tuple[dict[str, str], str | None]] = [
            ({"role": "assistant", "content": ""}, None),
            *(({"content": f"{word} "}, None) for word in TEXT.split()),
            ({}, "stop"),
        ]
        chunk = {**base, "object": "chat.completion.chunk"}
        chunks: list[dict[str, Any]] = [
            {**chunk, "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]} for delta, reason in deltas
        ]
        if (asked.get("stream_options") or {}).get("include_usage"):
            chunks.append({**chunk, "choices": [], "usage": usage})
        return streamed([*data(*chunks), DONE])

    def _content(self, name: str, path: str, asked: dict[str, Any], number: int) -> Scripted:
        model, _, verb = path.rpartition("/")[2].partition(":")
        into, out, thoughts = 4000 + number, 70 + number, 30
        usage = {
            "promptTokenCount": into,
            "cachedContentTokenCount": 512,
            "candidatesTokenCount": out,
            "thoughtsTokenCount": thoughts,
            "totalTokenCount": into + out + thoughts,
        }
        response_id = f"gem{number:021}"
        self._tell(name, response_id, into, 512, out + thoughts)
        wants_json = (asked.get("generationConfig") or {}).get("responseMimeType") == "application/json"
        candidate = {
            "content": {"parts": [{"text": _CHOICE if wants_json else TEXT}], "role": "model"},
            "index": 0,
            "finishReason": "STOP",
        }
        answer = {"candidates": [candidate], "modelVersion": model, "responseId": response_id, "usageMetadata": usage}
        return streamed(data(answer)) if verb == "streamGenerateContent" else told(answer)


def _too_much(name: str) -> Scripted:
    if name == "anthropic":
        error: dict[str, Any] = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
        return json_answer(error, 529, b"Overloaded")
    if name == "gemini":
        return json_answer({"error": {"code": 503, "message": "Overloaded", "status": "UNAVAILABLE"}}, 503)
    return json_answer({"error": {"message": "Slow down.", "type": "requests", "code": "rate_limit_exceeded"}}, 429)


def _named(events: list[dict[str, Any]]) -> list[bytes]:
    return [f"event: {each['type']}\ndata: {json.dumps(each)}\n\n".encode() for each in events]


def _nothing() -> Scripted:
    return json_answer({"error": {"message": "nothing is here"}}, 404, b"Not Found")
