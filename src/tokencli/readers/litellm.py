"""LiteLLM: its JSON logs (StandardLoggingPayload) and rows of its SpendLogs, as JSON lines, an array or an object.

Its prompt_tokens include what was read from and written to a cache, for Anthropic too.
"""

from __future__ import annotations

from decimal import Decimal  # noqa: TC003 -- msgspec reads the annotation
from typing import TYPE_CHECKING, ClassVar, Final

import msgspec

from tokencli.domain.providers import canonical_provider
from tokencli.domain.usage import Basis
from tokencli.readers.agent_fields import (
    BYTE_ORDER_MARK,
    NO_JSON,
    NO_TIME,
    OTHER_SHAPE,
    Moment,
    Number,
    count,
    digest,
    dollars,
    key,
    moment,
    text,
)
from tokencli.readers.agent_json import Shape
from tokencli.readers.agent_usage import raw_text, whole
from tokencli.readers.told import BrokenRecordError, Told

if TYPE_CHECKING:
    from tokencli.domain.usage import TokenUsage

NAME: Final = "litellm"
_OPERATIONS: Final = {
    "embedding": "embeddings",
    "aembedding": "embeddings",
    "text_completion": "text_completion",
    "atext_completion": "text_completion",
}
_NEEDLES: Final = (b'"prompt_tokens"', b'"custom_llm_provider"')


class _Details(msgspec.Struct):
    cached_tokens: Number = None
    cache_creation_tokens: Number = None
    reasoning_tokens: Number = None


class _Usage(msgspec.Struct):
    prompt_tokens_details: _Details | None = None
    completion_tokens_details: _Details | None = None
    cache_read_input_tokens: Number = None
    cache_creation_input_tokens: Number = None


class _Metadata(msgspec.Struct):
    usage_object: msgspec.Raw = msgspec.Raw()
    session_id: str | None = None
    user_api_key_alias: str | None = None
    user_api_key_team_alias: str | None = None


class _Response(msgspec.Struct):
    usage: msgspec.Raw = msgspec.Raw()


class _Call(msgspec.Struct):
    id: str | None = None
    request_id: str | None = None
    session_id: str | None = None
    trace_id: str | None = None
    call_type: str | None = None
    status: str | None = None
    cache_hit: bool | str | None = None
    custom_llm_provider: str | None = None
    model: str | None = None
    model_group: str | None = None
    prompt_tokens: Number = None
    completion_tokens: Number = None
    response_cost: Decimal | None = None
    spend: Decimal | None = None
    start: Moment = msgspec.field(name="startTime", default=None)
    end: Moment = msgspec.field(name="endTime", default=None)
    first: Moment = msgspec.field(name="completionStartTime", default=None)
    metadata: msgspec.Raw = msgspec.Raw()
    response: msgspec.Raw = msgspec.Raw()
    request_tags: list[str] | str | None = None


_call = Shape(_Call)
_array = msgspec.json.Decoder(list[msgspec.Raw])
_text = msgspec.json.Decoder(str)
_metadata = msgspec.json.Decoder(_Metadata)
_response = msgspec.json.Decoder(_Response)
_usage = msgspec.json.Decoder(_Usage)


class LitellmLines:
    """Reads JSON lines."""

    name: ClassVar[str] = NAME
    needles: ClassVar[tuple[bytes, ...]] = _NEEDLES

    def __init__(self, path: str, state: str | None) -> None:
        """Read the file at `path`; every line stands for itself."""
        del path
        self.state = state

    def read(self, line: bytes) -> list[Told]:
        """Return the call of a line, or those of an array that stands on one line."""
        if not line.lstrip().startswith(b"["):
            told = call_of(line)
            return [] if told is None else [told]
        found = LitellmDocument().read("", line)
        if broken := [item for item in found if isinstance(item, BrokenRecordError)]:
            raise broken[0]
        return [item for item in found if isinstance(item, Told)]


class LitellmDocument:
    """Reads a document: one payload or an array of them."""

    name: ClassVar[str] = NAME

    def read(self, path: str, data: bytes) -> list[Told | BrokenRecordError]:
        """Return the calls, and a refusal for each record that cannot be read."""
        del path
        data = data.removeprefix(BYTE_ORDER_MARK)
        try:
            parts = [bytes(part) for part in _array.decode(data)] if data.lstrip().startswith(b"[") else [data]
        except (ValueError, RecursionError):
            return [BrokenRecordError(NO_JSON)]
        found: list[Told | BrokenRecordError] = []
        for part in parts:
            try:
                told = call_of(part)
            except BrokenRecordError as error:
                found.append(error)
            else:
                found += [] if told is None else [told]
        return found


def call_of(record: bytes) -> Told | None:
    """Return the call of a payload or row; None when no provider was asked, or nothing was used."""
    call = _call.decoded(record)
    if call is None or (call.prompt_tokens is None and call.completion_tokens is None):
        return None
    metadata = _metadata_of(bytes(call.metadata))
    raw = _usage_object(metadata, bytes(call.response))
    usage = _usage_of(call, raw)
    is_failed = call.status == "failure"
    if _is_cached(call) or (is_failed and not usage.total_tokens):
        return None
    at, end, first = moment(call.start), moment(call.end), moment(call.first)
    at = at or end
    if at is None:
        raise BrokenRecordError(NO_TIME)
    name, provider = call.id or call.request_id, text(call.custom_llm_provider)
    cost = call.response_cost if call.spend is None else call.spend
    is_told = bool(usage.total_tokens)
    return Told(
        key=key(NAME, name or digest(record.strip())),
        at=at,
        usage=usage if is_told else None,
        basis=Basis.REPORTED if is_told else Basis.MISSING,
        provider_name=canonical_provider(provider) if provider else None,
        operation_name=_OPERATIONS.get(call.call_type or "", "chat"),
        request_model=text(call.model_group),
        response_model=_model(call.model, provider),
        response_id=text(name),
        conversation_id=text(call.session_id or metadata.session_id or call.trace_id),
        client=NAME,
        tags=_tags(call, metadata),
        error_type="failure" if is_failed else None,
        reported_cost_pico=dollars(cost) or None,
        duration_us=end - at if end is not None and end >= at else None,
        time_to_first_token_us=first - at if first is not None and end is not None and at <= first < end else None,
        raw_usage=raw_text(raw),
    )


def claims_lines(path: str, head: bytes) -> bool:
    """Say whether a file has LiteLLM's JSON lines."""
    first, _, rest = head.strip().partition(b"\n")
    is_line = first.rstrip().endswith((b"}", b"]")) or not rest
    return _is_his(head) and first.startswith((b"{", b"[{")) and is_line and not path.endswith(".csv")


def claims_document(path: str, head: bytes) -> bool:
    """Say whether a file is one document of LiteLLM's."""
    return _is_his(head) and head.strip().startswith((b"{", b"[")) and not path.endswith(".csv")


def _is_his(head: bytes) -> bool:
    return all(needle in head for needle in (*_NEEDLES, b'"startTime"'))


def _is_cached(call: _Call) -> bool:
    return call.cache_hit is True or str(call.cache_hit).lower() == "true"


def _metadata_of(raw: bytes) -> _Metadata:
    """Return what the metadata say; rows of the table have them as text."""
    try:
        if raw.startswith(b'"'):
            raw = _text.decode(raw).encode("utf-8", "replace")
        return _metadata.decode(raw)
    except (ValueError, RecursionError):
        return _Metadata()


def _usage_object(metadata: _Metadata, response: bytes) -> bytes:
    raw = bytes(metadata.usage_object)
    if raw in {b"", b"null"}:
        try:
            raw = bytes(_response.decode(response).usage)
        except (ValueError, RecursionError):
            return b""
    return b"" if raw == b"null" else raw


def _usage_of(call: _Call, raw: bytes) -> TokenUsage:
    try:
        told = _usage.decode(raw) if raw else _Usage()
    except (ValueError, RecursionError):
        raise BrokenRecordError(OTHER_SHAPE) from None
    prompt, answer = told.prompt_tokens_details or _Details(), told.completion_tokens_details or _Details()
    read = prompt.cached_tokens if told.cache_read_input_tokens is None else told.cache_read_input_tokens
    write = told.cache_creation_input_tokens
    return whole(
        count(call.prompt_tokens),
        count(read),
        count(prompt.cache_creation_tokens if write is None else write),
        count(call.completion_tokens),
        count(answer.reasoning_tokens),
    )


def _model(model: str | None, provider: str | None) -> str | None:
    return text(model.removeprefix(f"{provider}/")) if model else None


def _tags(call: _Call, metadata: _Metadata) -> dict[str, str]:
    listed = ",".join(call.request_tags) if isinstance(call.request_tags, list) else call.request_tags
    named = {
        "request_tags": text(listed if listed not in {None, "[]"} else None),
        "api_key_alias": text(metadata.user_api_key_alias),
        "team": text(metadata.user_api_key_team_alias),
    }
    return {name: value for name, value in named.items() if value}
