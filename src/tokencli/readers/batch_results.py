"""Results of providers' batch jobs, as they are downloaded: JSON lines of OpenAI's, Anthropic's and Gemini's kinds.

Every answer in such a file was billed at the batch rate, whatever its own usage says of a tier. Mistral, Groq and Azure
write OpenAI's kind.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final

import msgspec

from tokencli.domain.providers import provider_of_model
from tokencli.readers.agent_fields import (
    NO_TIME,
    OTHER_SHAPE,
    Moment,
    Number,
    changed_at,
    count,
    digest,
    key,
    moment,
    text,
)
from tokencli.readers.agent_json import Shape
from tokencli.readers.agent_usage import gemini, raw_text, whole
from tokencli.readers.claude_usage import spent
from tokencli.readers.told import BrokenRecordError, Told

if TYPE_CHECKING:
    from tokencli.domain.usage import TokenUsage

NAME: Final = "batch"
TIER: Final = "batch"
_SUCCEEDED: Final = 200
_NOTHING: Final = frozenset({b"", b"null"})


class _Message(msgspec.Struct):
    id: str | None = None
    model: str | None = None
    usage: msgspec.Raw = msgspec.Raw()


class _Result(msgspec.Struct):
    type: str | None = None
    message: _Message | None = None


class _Body(_Message):
    object: str | None = None
    created: Moment = None
    created_at: Moment = None
    x_groq: msgspec.Raw = msgspec.Raw()


class _Response(msgspec.Struct):
    status_code: Number = None
    body: _Body | None = None
    counts: msgspec.Raw = msgspec.field(name="usageMetadata", default=msgspec.Raw())
    version: str | None = msgspec.field(name="modelVersion", default=None)
    id: str | None = msgspec.field(name="responseId", default=None)
    created: Moment = msgspec.field(name="createTime", default=None)


class _Line(msgspec.Struct):
    id: str | None = None
    custom_id: str | None = None
    processed_time: Moment = None
    result: _Result | None = None
    response: _Response | None = None


class _Parts(msgspec.Struct):
    cached_tokens: Number = None
    cache_write_tokens: Number = None
    reasoning_tokens: Number = None


class _Usage(msgspec.Struct):
    prompt_tokens: Number = None
    completion_tokens: Number = None
    input_tokens: Number = None
    output_tokens: Number = None
    prompt_tokens_details: _Parts | None = None
    input_tokens_details: _Parts | None = None
    completion_tokens_details: _Parts | None = None
    output_tokens_details: _Parts | None = None


class _Counts(msgspec.Struct, rename="camel"):
    prompt_token_count: Number = None
    cached_content_token_count: Number = None
    candidates_token_count: Number = None
    thoughts_token_count: Number = None
    tool_use_prompt_token_count: Number = None
    total_token_count: Number = None


_line = Shape(_Line)
_usage = msgspec.json.Decoder(_Usage)
_counts = msgspec.json.Decoder(_Counts)


class BatchReader:
    """Reads one file of results."""

    name: ClassVar[str] = NAME
    needles: ClassVar[tuple[bytes, ...]] = (b'"usage"', b'"usageMetadata"')

    def __init__(self, path: str, state: str | None) -> None:
        """Read the file at `path`; every line stands for itself."""
        self._path = path
        self.state = state

    def read(self, line: bytes) -> list[Told]:
        """Return the call of a result; none where the request failed, expired or was cancelled."""
        record = _line.decoded(line)
        if record is None:
            return []
        if record.result is not None:
            return self._anthropic(record.result, line)
        response = record.response
        if response is None:
            return []
        if response.body is not None:
            return self._openai(record, response.body, line) if _is_good(response) else []
        return self._gemini(record, response, line)

    def _anthropic(self, result: _Result, line: bytes) -> list[Told]:
        message = result.message
        found = spent(bytes(message.usage)) if message is not None and result.type == "succeeded" else None
        if message is None or found is None:
            return []
        at = self._at(None)
        name = key(NAME, message.id or digest(line.strip()))
        told = _Message(message.id, found.model or message.model, message.usage)
        own = self._told(name, at, found.usage, "anthropic", told)
        sides = [
            self._told(key(name, kind, str(number)), at, usage, "anthropic", _Message(None, model or message.model))
            for number, (kind, model, usage) in enumerate(found.sides)
        ]
        return [own, *sides]

    def _openai(self, record: _Line, body: _Body, line: bytes) -> list[Told]:
        usage = _openai_usage(bytes(body.usage))
        if usage is None or not usage.total_tokens:
            return []
        provider = "groq" if bytes(body.x_groq) not in _NOTHING else provider_of_model(body.model or "")
        name = key(NAME, body.id or record.id or digest(line.strip()))
        at = self._at(body.created_at if body.created is None else body.created)
        told = self._told(name, at, usage, provider, body)
        return [msgspec.structs.replace(told, operation_name="embeddings")] if body.object == "list" else [told]

    def _gemini(self, record: _Line, response: _Response, line: bytes) -> list[Told]:
        usage = _gemini_usage(bytes(response.counts))
        if usage is None or not usage.total_tokens:
            return []
        provider = "gemini" if record.processed_time is None else "vertex"
        name = key(NAME, response.id or digest(line.strip()))
        at = self._at(response.created if record.processed_time is None else record.processed_time)
        return [self._told(name, at, usage, provider, _Message(response.id, response.version, response.counts))]

    def _at(self, value: Moment) -> int:
        at = moment(value) or changed_at(self._path)
        if at is None:
            raise BrokenRecordError(NO_TIME)
        return at

    def _told(self, name: str, at: int, usage: TokenUsage, provider: str | None, message: _Message) -> Told:
        return Told(
            key=name,
            at=at,
            usage=replace(usage, service_tier=TIER),
            provider_name=provider,
            response_model=text(message.model),
            response_id=text(message.id),
            raw_usage=raw_text(bytes(message.usage)),
        )


def claims(path: str, head: bytes) -> bool:
    """Say whether a file has results of a batch."""
    del path
    is_named = b'"custom_id"' in head and (b'"result"' in head or (b'"response"' in head and b'"status_code"' in head))
    is_gemini = (
        b'"usageMetadata"' in head and b'"response"' in head and (b'"key"' in head or b'"processed_time"' in head)
    )
    return (is_named or is_gemini) and b'"sessionId"' not in head


def _is_good(response: _Response) -> bool:
    return response.status_code is None or response.status_code == _SUCCEEDED


def _openai_usage(raw: bytes) -> TokenUsage | None:
    if raw in _NOTHING:
        return None
    try:
        told = _usage.decode(raw)
    except (ValueError, RecursionError):
        raise BrokenRecordError(OTHER_SHAPE) from None
    prompt = told.prompt_tokens_details or told.input_tokens_details or _Parts()
    answer = told.completion_tokens_details or told.output_tokens_details or _Parts()
    return whole(
        count(told.input_tokens if told.prompt_tokens is None else told.prompt_tokens),
        count(prompt.cached_tokens),
        count(prompt.cache_write_tokens),
        count(told.output_tokens if told.completion_tokens is None else told.completion_tokens),
        count(answer.reasoning_tokens),
    )


def _gemini_usage(raw: bytes) -> TokenUsage | None:
    if raw in _NOTHING:
        return None
    try:
        told = _counts.decode(raw)
    except (ValueError, RecursionError):
        raise BrokenRecordError(OTHER_SHAPE) from None
    return gemini(
        count(told.prompt_token_count),
        count(told.cached_content_token_count),
        count(told.candidates_token_count),
        count(told.thoughts_token_count),
        count(told.tool_use_prompt_token_count),
        count(told.total_token_count),
    )
