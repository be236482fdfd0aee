"""Answers in the shapes of OpenAI's APIs, and of those who took them over: what their servers send, in small."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.proxy.fake_provider import JSON, SSE, Framing, Scripted

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.proxy.fake_provider import Received

HEADERS = (
    (b"x-request-id", b"req_5f1b2c9d0e"),
    (b"openai-processing-ms", b"412"),
    (b"openai-version", b"2020-10-01"),
    (b"x-ratelimit-remaining-tokens", b"149984"),
)
USAGE = {
    "prompt_tokens": 1117,
    "completion_tokens": 46,
    "total_tokens": 1163,
    "prompt_tokens_details": {"cached_tokens": 1024, "audio_tokens": 0},
    "completion_tokens_details": {
        "reasoning_tokens": 10,
        "audio_tokens": 0,
        "accepted_prediction_tokens": 0,
        "rejected_prediction_tokens": 0,
    },
}
TOOL_CALL = {
    "id": "call_9dPq3nV1",
    "type": "function",
    "function": {"name": "get_weather", "arguments": '{"city":"Zürich","unit":"°C"}'},
}


def told(value: object, status: int = 200, headers: tuple[tuple[bytes, bytes], ...] = HEADERS) -> Scripted:
    """Return an answer of one JSON body."""
    body = json.dumps(value, ensure_ascii=False).encode()
    return Scripted(status=status, reason=b"Told", headers=(*JSON, *headers), pieces=(body,))


def streamed(events: list[bytes], headers: tuple[tuple[bytes, bytes], ...] = HEADERS) -> Scripted:
    """Return a stream of these events, each cut in the middle as a network may do it."""
    pieces = [part for event in events for part in (event[: len(event) // 2], event[len(event) // 2 :])]
    return Scripted(headers=(*SSE, *headers), pieces=tuple(pieces), framing=Framing.CHUNKED)


def data(*values: object) -> list[bytes]:
    """Return values as events of a stream."""
    return [f"data: {json.dumps(value, ensure_ascii=False)}\n\n".encode() for value in values]


DONE = b"data: [DONE]\n\n"


def completion(model: str = "gpt-4o-2024-08-06", **extra: Any) -> dict[str, Any]:
    """Return a chat completion that says something and calls a tool."""
    return {
        "id": "chatcmpl-CeR5tW2x",
        "object": "chat.completion",
        "created": 1795219200,
        "model": model,
        "choices": [
            {
                "index": 0,
                "message": {
                    "role": "assistant",
                    "content": "A red dot. Let me look… \U0001f534",
                    "tool_calls": [TOOL_CALL],
                    "refusal": None,
                    "annotations": [],
                },
                "logprobs": None,
                "finish_reason": "tool_calls",
            }
        ],
        "usage": USAGE,
        "service_tier": "default",
        "system_fingerprint": "fp_50cad350e4",
    } | extra


def chunks(model: str = "gpt-4o-2024-08-06", last: dict[str, Any] | None = None, **extra: Any) -> list[dict[str, Any]]:
    """Return the chunks of the same completion; `last` stands in the one that tells why it ended."""
    call = {**TOOL_CALL, "index": 0, "function": {"name": "get_weather", "arguments": ""}}
    deltas: list[dict[str, Any]] = [
        {"role": "assistant", "content": "", "refusal": None},
        {"content": "A red dot."},
        {"content": " Let me look… \U0001f534"},
        {"tool_calls": [call]},
        {"tool_calls": [{"index": 0, "function": {"arguments": '{"city":"Zürich",'}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": '"unit":"°C"}'}}]},
        {},
    ]
    made = [
        _chunk(model, [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": None}], extra)
        for delta in deltas
    ]
    made[-1]["choices"][0]["finish_reason"] = "tool_calls"
    made[-1].update(last or {})
    return made


def _chunk(model: str, choices: list[dict[str, Any]], extra: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": "chatcmpl-CeR5tW2x",
        "object": "chat.completion.chunk",
        "created": 1795219200,
        "model": model,
        "system_fingerprint": "fp_50cad350e4",
        "choices": choices,
    } | extra


def usage_if_asked(model: str = "gpt-4o-2024-08-06", last: dict[str, Any] | None = None) -> Callable[..., Scripted]:
    """Return what streams the completion, with a chunk of usage only for those who ask for it, as OpenAI does."""

    def answer(request: Received) -> Scripted:
        is_asked = (json.loads(request.body).get("stream_options") or {}).get("include_usage") is True
        extra: dict[str, Any] = {"usage": None} if is_asked else {}
        sent = chunks(model, last, **extra)
        if is_asked:
            sent.append(_chunk(model, [], {"usage": USAGE}))
        return streamed([*data(*sent), DONE])

    return answer


RESPONSE_USAGE = {
    "input_tokens": 328,
    "input_tokens_details": {"cached_tokens": 128},
    "output_tokens": 52,
    "output_tokens_details": {"reasoning_tokens": 32},
    "total_tokens": 380,
}


def response(status: str = "completed", *, is_background: bool = False, **extra: Any) -> dict[str, Any]:
    """Return an object of the Responses API."""
    is_done = status == "completed"
    message = {
        "id": "msg_68af",
        "type": "message",
        "status": "completed",
        "role": "assistant",
        "content": [{"type": "output_text", "annotations": [], "logprobs": [], "text": "It is a red dot."}],
    }
    call = {
        "id": "fc_68b0",
        "type": "function_call",
        "status": "completed",
        "arguments": '{"city":"Zürich"}',
        "call_id": "call_9dPq3nV1",
        "name": "get_weather",
    }
    return {
        "id": "resp_68af4030",
        "object": "response",
        "created_at": 1795219200,
        "status": status,
        "background": is_background,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "max_output_tokens": None,
        "model": "gpt-5-2025-08-07",
        "output": [message, call] if is_done else [],
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "reasoning": {"effort": "low", "summary": None},
        "store": True,
        "temperature": 1.0,
        "text": {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": RESPONSE_USAGE if is_done else None,
        "user": None,
        "metadata": {},
    } | extra


def response_events() -> list[bytes]:
    """Return the events of the same response, streamed."""
    message, call = response()["output"]
    part = {"type": "output_text", "annotations": [], "logprobs": [], "text": ""}
    at: dict[str, Any] = {"item_id": "msg_68af", "output_index": 0, "content_index": 0}
    call_at: dict[str, Any] = {"item_id": "fc_68b0", "output_index": 1}
    events: list[dict[str, Any]] = [
        {"type": "response.created", "response": response("in_progress")},
        {"type": "response.in_progress", "response": response("in_progress")},
        {
            "type": "response.output_item.added",
            "output_index": 0,
            "item": {**message, "status": "in_progress", "content": []},
        },
        {"type": "response.content_part.added", **at, "part": part},
        {"type": "response.output_text.delta", **at, "delta": "It is a", "logprobs": []},
        {"type": "response.output_text.delta", **at, "delta": " red dot.", "logprobs": []},
        {"type": "response.output_text.done", **at, "text": "It is a red dot.", "logprobs": []},
        {"type": "response.content_part.done", **at, "part": message["content"][0]},
        {"type": "response.output_item.done", "output_index": 0, "item": message},
        {
            "type": "response.output_item.added",
            "output_index": 1,
            "item": {**call, "status": "in_progress", "arguments": ""},
        },
        {"type": "response.function_call_arguments.delta", **call_at, "delta": call["arguments"]},
        {
            "type": "response.function_call_arguments.done",
            **call_at,
            "name": call["name"],
            "arguments": call["arguments"],
        },
        {"type": "response.output_item.done", "output_index": 1, "item": call},
        {"type": "response.completed", "response": response()},
    ]
    return [
        f"event: {event['type']}\ndata: {json.dumps(event | {'sequence_number': at}, ensure_ascii=False)}\n\n".encode()
        for at, event in enumerate(events)
    ]


def error(message: str, status: int, kind: str, code: str | None, *headers: tuple[bytes, bytes]) -> Scripted:
    """Return an error as OpenAI tells it."""
    body = {"error": {"message": message, "type": kind, "param": None, "code": code}}
    return told(body, status, (*HEADERS, *headers))


TOOLS: list[Any] = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "The weather in a city",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
        },
    }
]
