"""What a provider counts as the prompt of a request body: its text, its tool definitions, its messages and media.

The body is outside data: whatever it holds, reading it raises nothing. Media (images, audio, documents) are
counted and left out; so are the envelope's own words (roles, kinds, ids, signatures).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import cast

import msgspec

_PROMPTS = frozenset(
    [
        "messages",
        "system",
        "prompt",
        "suffix",
        "input",
        "instructions",
        "contents",
        "content",
        "systemInstruction",
        "system_instruction",
        "requests",
        "instances",
        "inputs",
        "inputText",
        "texts",
        "query",
        "documents",
        "message",
        "chat_history",
        "preamble",
        "generateContentRequest",
    ]
)
_SCHEMAS = frozenset(
    [
        "tools",
        "functions",
        "toolConfig",
        "response_format",
        "output_format",
        "output_config",
    ]
)
_ENVELOPE = frozenset(
    [
        "role",
        "type",
        "id",
        "tool_call_id",
        "tool_use_id",
        "toolUseId",
        "call_id",
        "cache_control",
        "signature",
        "thoughtSignature",
        "thought_signature",
        "encrypted_content",
        "encrypted_index",
        "status",
        "media_type",
        "mime_type",
        "mimeType",
        "detail",
        "format",
        "file_id",
        "fileId",
        "index",
        "phase",
        "model",
        "stop_reason",
    ]
)
_MEDIA = frozenset(
    [
        "image_url",
        "imageUrl",
        "inlineData",
        "inline_data",
        "fileData",
        "file_data",
        "input_audio",
        "document_url",
        "image",
        "audio",
        "video",
        "b64_json",
        "bytesBase64Encoded",
    ]
)
_OBJECTS = frozenset(
    [
        "input",
        "args",
        "arguments",
        "response",
        "parameters",
        "json",
    ]
)
_TEXTS = frozenset(
    [
        "text",
        "content",
        "input",
        "prompt",
        "arguments",
        "output",
        "thinking",
        "instructions",
        "inputText",
    ]
)
_MIN_BASE64 = 200
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{200,}+={0,2}")
_BASE64_RUN = re.compile(rb"(?<![A-Za-z0-9+/=_-])(?:data:[a-z0-9.+/-]{1,80};base64,)?[A-Za-z0-9+/=_-]{200,}")


@dataclass(slots=True)
class Prompt:
    """What stands in a request body; `token_ids` are tokens that the client has counted itself."""

    text: bytes = b""
    schemas: bytes = b""
    messages: int = 0
    has_tools: bool = False
    media: int = 0
    token_ids: int = 0


@dataclass(slots=True)
class _Found:
    texts: list[str] = field(default_factory=list[str])
    messages: int = 0
    media: int = 0
    token_ids: int = 0


def prompt_of(body: bytes) -> Prompt:
    """Return what a request body asks the model to read; a body that is no JSON is read as text."""
    try:
        document: object = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        text, media = _BASE64_RUN.subn(b" ", body)
        return Prompt(text=text, messages=1, media=media)
    if not isinstance(document, dict):
        return _prompt(document, {})
    members = cast("dict[str, object]", document)
    schemas = {name: value for name, value in members.items() if name in _SCHEMAS}
    if isinstance(members.get("text"), dict):  # the Responses API names the schema of the answer there
        schemas["text"] = members["text"]
    prompts = {name: value for name, value in members.items() if name in _PROMPTS}
    return _prompt(prompts or {name: value for name, value in members.items() if name not in schemas}, schemas)


def _prompt(prompts: object, schemas: dict[str, object]) -> Prompt:
    found = _Found()
    _read(prompts, found)
    return Prompt(
        text="\n".join(found.texts).encode("utf-8", "replace"),
        schemas=b"\n".join(msgspec.json.encode(value) for value in schemas.values() if _holds_schema(value)),
        messages=found.messages,
        has_tools=_has_tools(schemas),
        media=found.media,
        token_ids=found.token_ids,
    )


def _holds_schema(value: object) -> bool:
    """Say whether a setting describes tools or an answer's form; temperatures and the like do not."""
    if isinstance(value, list):
        return bool(cast("list[object]", value))
    return isinstance(value, dict) and any(
        isinstance(part, dict | list) for part in cast("dict[str, object]", value).values()
    )


def _has_tools(schemas: dict[str, object]) -> bool:
    config = schemas.get("toolConfig")
    nested = cast("dict[str, object]", config).get("tools") if isinstance(config, dict) else None
    return bool(schemas.get("tools") or schemas.get("functions") or nested)


def _read(document: object, found: _Found) -> None:
    """Collect the texts below a document, in no particular order."""
    waiting: list[tuple[str, object]] = [("", document)]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, str):
            _read_string(name, value, found)
        elif isinstance(value, list):
            waiting.extend([(name, item) for item in cast("list[object]", value)])
        elif isinstance(value, dict):
            _read_object(name, cast("dict[str, object]", value), found, waiting)
        elif type(value) is int and name in _TEXTS:
            found.token_ids += 1


def _read_string(name: str, value: str, found: _Found) -> None:
    is_long = len(value) >= _MIN_BASE64 and name not in _TEXTS
    if (value.startswith("data:") and ";base64," in value[:100]) or (is_long and _BASE64.fullmatch(value)):
        found.media += 1
    else:
        found.texts.append(value)


def _read_object(name: str, value: dict[str, object], found: _Found, waiting: list[tuple[str, object]]) -> None:
    if name in _OBJECTS:
        found.texts.append(msgspec.json.encode(value).decode("utf-8", "replace"))
        return
    found.messages += "role" in value or "parts" in value or "call_id" in value
    for key, member in value.items():
        if member is None or key in _ENVELOPE:
            continue
        if _is_media(key, member):
            found.media += 1
        else:
            waiting.append((key, member))


def _is_media(key: str, member: object) -> bool:
    """Say whether a member is an image, a sound or a document; Anthropic's plain text sources are none."""
    if key == "source" and isinstance(member, dict):
        return cast("dict[str, object]", member).get("type") != "text"
    return key in _MEDIA
