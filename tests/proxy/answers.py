"""Answers of providers that the tests of whole calls share: a chat, whole and streamed, and the start of a message."""

from __future__ import annotations

import json

USAGE = {"prompt_tokens": 11, "completion_tokens": 5, "total_tokens": 16}
ANSWER = {
    "id": "chatcmpl-1",
    "model": "m-2026",
    "choices": [{"message": {"content": "hello"}, "finish_reason": "stop"}],
    "usage": USAGE,
}


def event(**fields: object) -> bytes:
    return b"data: " + json.dumps({"id": "c1", "model": "m-2026", **fields}).encode() + b"\n\n"


def said(text: str, reason: str | None = None) -> bytes:
    return event(choices=[{"index": 0, "delta": {"content": text}, "finish_reason": reason}])


WORDS = (said("0123456789"), said("abcdefghij"), said("", "stop"))
COUNTED = event(choices=[], usage=USAGE)
DONE = b"data: [DONE]\n\n"
STREAM = (*WORDS, COUNTED, DONE)
MESSAGE_START = (
    b"event: message_start\n"
    b'data: {"type":"message_start","message":{"id":"msg_1","model":"claude","usage":{"input_tokens":25,'
    b'"output_tokens":1}}}\n\n'
)
DELTA = (
    b"event: content_block_delta\n"
    b'data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"0123456789"}}\n\n'
)
