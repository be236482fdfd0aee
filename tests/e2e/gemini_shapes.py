"""Answers in the shape of the Gemini API: what Google's servers send, in small. Their events end in CRLF."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.e2e.openai_shapes import streamed, told

if TYPE_CHECKING:
    from tests.proxy.fake_provider import Scripted

HEADERS = ((b"server", b"scaffolding on HTTPServer2"), (b"server-timing", b"gfet4t7; dur=812"), (b"vary", b"Origin"))
USAGE: dict[str, Any] = {
    "promptTokenCount": 1290,
    "cachedContentTokenCount": 1024,
    "candidatesTokenCount": 24,
    "thoughtsTokenCount": 61,
    "totalTokenCount": 1375,
    "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 1032}, {"modality": "IMAGE", "tokenCount": 258}],
    "cacheTokensDetails": [{"modality": "TEXT", "tokenCount": 1024}],
}
# Google's candidates leave thoughts out; our output does not.
COUNTS = {"input_tokens": 1290, "cache_read_tokens": 1024, "output_tokens": 85, "reasoning_tokens": 61}
CALL = {"functionCall": {"name": "get_weather", "args": {"city": "Zürich"}}, "thoughtSignature": "CtwCAVSoXO4="}


def _content(parts: list[dict[str, Any]], usage: dict[str, Any], **extra: Any) -> dict[str, Any]:
    candidate = {"content": {"parts": parts, "role": "model"}, "index": 0} | extra
    return {
        "candidates": [candidate],
        "usageMetadata": usage,
        "modelVersion": "gemini-2.5-flash",
        "responseId": "5oQfaZ2gK9G",
    }


def content() -> dict[str, Any]:
    """Return an answer that says something and calls a function."""
    return _content([{"text": "It is a red dot. \U0001f534"}, CALL], USAGE, finishReason="STOP")


def contents() -> list[dict[str, Any]]:
    """Return the same answer in parts; the counts grow from part to part."""
    early = {key: value for key, value in USAGE.items() if key != "candidatesTokenCount"} | {"totalTokenCount": 1351}
    return [
        _content([{"text": "It is a"}], early),
        _content([{"text": " red dot. \U0001f534"}], early | {"candidatesTokenCount": 8, "totalTokenCount": 1359}),
        _content([CALL], USAGE, finishReason="STOP"),
    ]


def answer(value: object, status: int = 200, *headers: tuple[bytes, bytes]) -> Scripted:
    """Return an answer of one JSON body."""
    return told(value, status, (*HEADERS, *headers))


def stream() -> Scripted:
    """Return the answer as a stream."""
    events = [f"data: {json.dumps(each, ensure_ascii=False)}\r\n\r\n".encode() for each in contents()]
    return streamed(events, HEADERS)


def error(message: str, status: int, name: str, *headers: tuple[bytes, bytes]) -> Scripted:
    """Return an error as Google tells it."""
    return answer({"error": {"code": status, "message": message, "status": name}}, status, *headers)
