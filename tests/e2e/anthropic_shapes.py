"""Answers in the shape of Anthropic's Messages API: what its servers send, in small."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.e2e.openai_shapes import streamed, told

if TYPE_CHECKING:
    from tests.proxy.fake_provider import Scripted

HEADERS = (
    (b"request-id", b"req_011CVL5tYh"),
    (b"anthropic-organization-id", b"5c8a2f1e-0000-4000-8000-000000000000"),
    (b"anthropic-ratelimit-requests-remaining", b"3999"),
)
USAGE: dict[str, Any] = {
    "input_tokens": 21,
    "cache_creation_input_tokens": 188,
    "cache_read_input_tokens": 1024,
    "cache_creation": {"ephemeral_5m_input_tokens": 188, "ephemeral_1h_input_tokens": 0},
    "output_tokens": 97,
    "service_tier": "standard",
    "inference_geo": "not_available",
}
# Anthropic's input_tokens leave both cache counts out; ours do not.
COUNTS = {"input_tokens": 1233, "cache_read_tokens": 1024, "cache_write_tokens": 188, "output_tokens": 97}
MODEL = "claude-sonnet-4-6"
THINKING = {"type": "thinking", "thinking": "A dot, and it is red.", "signature": "EqQBCkYIBxgCKkA3w=="}
TEXT = {"type": "text", "text": "It is a red dot. \U0001f534"}
TOOL_USE = {"type": "tool_use", "id": "toolu_01A9", "name": "get_weather", "input": {"city": "Zürich"}}


def message(**extra: Any) -> dict[str, Any]:
    """Return a message that thinks, says something and calls a tool."""
    return {
        "id": "msg_01XFDUDYJg",
        "type": "message",
        "role": "assistant",
        "model": MODEL,
        "content": [THINKING, TEXT, TOOL_USE],
        "stop_reason": "tool_use",
        "stop_sequence": None,
        "usage": USAGE,
    } | extra


def answer(value: object, status: int = 200, *headers: tuple[bytes, bytes]) -> Scripted:
    """Return an answer of one JSON body."""
    return told(value, status, (*HEADERS, *headers))


def events() -> list[bytes]:
    """Return the events of the same message, streamed."""
    begun = message(content=[], stop_reason=None, usage=USAGE | {"output_tokens": 1})
    blocks: list[tuple[dict[str, Any], list[dict[str, Any]]]] = [
        (
            THINKING | {"thinking": "", "signature": ""},
            [
                {"type": "thinking_delta", "thinking": THINKING["thinking"]},
                {"type": "signature_delta", "signature": THINKING["signature"]},
            ],
        ),
        (
            TEXT | {"text": ""},
            [{"type": "text_delta", "text": "It is a"}, {"type": "text_delta", "text": " red dot. \U0001f534"}],
        ),
        (
            TOOL_USE | {"input": {}},
            [
                {"type": "input_json_delta", "partial_json": '{"city": "Zü'},
                {"type": "input_json_delta", "partial_json": 'rich"}'},
            ],
        ),
    ]
    made: list[dict[str, Any]] = [{"type": "message_start", "message": begun}, {"type": "ping"}]
    for index, (block, deltas) in enumerate(blocks):
        made.append({"type": "content_block_start", "index": index, "content_block": block})
        made += [{"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas]
        made.append({"type": "content_block_stop", "index": index})
    ending = {"stop_reason": "tool_use", "stop_sequence": None}
    made += [{"type": "message_delta", "delta": ending, "usage": USAGE}, {"type": "message_stop"}]
    return [f"event: {each['type']}\ndata: {json.dumps(each, ensure_ascii=False)}\n\n".encode() for each in made]


def stream() -> Scripted:
    """Return the message as a stream."""
    return streamed(events(), HEADERS)


def error(message_: str, status: int, kind: str, *headers: tuple[bytes, bytes]) -> Scripted:
    """Return an error as Anthropic tells it."""
    body = {"type": "error", "error": {"type": kind, "message": message_}, "request_id": "req_011CVL5tYh"}
    return answer(body, status, *headers)
