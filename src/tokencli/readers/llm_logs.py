"""simonw/llm: the responses in its logs.db.

Input and output are the provider's own two numbers; what else the provider counted stands in the details: cached
tokens are beside Anthropic's input and inside the others', thoughts may be beside Gemini's output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import msgspec

from tokencli.domain.providers import canonical_provider, provider_of_model
from tokencli.domain.usage import Basis
from tokencli.readers.agent_fields import NO_TIME, OTHER_SHAPE, Number, count, key, moment, text
from tokencli.readers.agent_usage import apart, raw_text, whole
from tokencli.readers.told import BrokenRecordError, Told

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tokencli.domain.usage import TokenUsage

NAME: Final = "llm"
_DATABASE_HEAD: Final = b"SQLite format 3\x00"
_COLUMNS: Final = 9


class _Parts(msgspec.Struct):
    cached_tokens: Number = None
    reasoning_tokens: Number = None


class _Details(msgspec.Struct):
    prompt_tokens_details: _Parts | None = None
    input_tokens_details: _Parts | None = None
    completion_tokens_details: _Parts | None = None
    output_tokens_details: _Parts | None = None
    cache_read_input_tokens: Number = None
    cache_creation_input_tokens: Number = None
    cached: Number = msgspec.field(name="cachedContentTokenCount", default=None)
    thoughts: Number = msgspec.field(name="thoughtsTokenCount", default=None)
    candidates: Number = msgspec.field(name="candidatesTokenCount", default=None)


_details = msgspec.json.Decoder(_Details)


class LlmRows:
    """Reads the rows of responses."""

    name: ClassVar[str] = NAME

    def read(self, path: str, rows: Iterable[tuple[object, ...]]) -> Iterator[Told | BrokenRecordError]:
        """Yield the call of each response."""
        del path
        for row in rows:
            try:
                yield _told(row)
            except BrokenRecordError as error:
                yield error


def claims(path: str, head: bytes) -> bool:
    """Say whether a file is llm's database."""
    del path
    is_his = b"datetime_utc" in head and b"responses" in head and b"prompt_json" in head
    return head.startswith(_DATABASE_HEAD) and is_his


def _told(row: tuple[object, ...]) -> Told:
    if len(row) != _COLUMNS:
        raise BrokenRecordError(OTHER_SHAPE)
    name, model, resolved, conversation, time, duration, entered, answered, details = row
    at = moment(time) if isinstance(time, str) else None
    if not isinstance(name, str) or not name:
        raise BrokenRecordError(OTHER_SHAPE)
    if at is None:
        raise BrokenRecordError(NO_TIME)
    raw = details.encode("utf-8", "replace") if isinstance(details, str) else b""
    usage = None if entered is answered is None else _usage_of(_number(entered), _number(answered), raw)
    asked, answered_by = _text(model), _text(resolved)
    provider, _, rest = (asked or "").partition("/")
    return Told(
        key=key(NAME, name),
        at=at,
        usage=usage,
        basis=Basis.MISSING if usage is None else Basis.REPORTED,
        provider_name=canonical_provider(provider) if rest else provider_of_model(asked or ""),
        request_model=asked,
        response_model=answered_by or (rest or asked),
        conversation_id=_text(conversation),
        client=NAME,
        duration_us=count(_number(duration)) * 1_000 if duration is not None else None,
        raw_usage=raw_text(raw),
    )


def _usage_of(entered: Number, answered: Number, raw: bytes) -> TokenUsage | None:
    try:
        told = _details.decode(raw) if raw not in {b"", b"null"} else _Details()
    except (ValueError, RecursionError):
        raise BrokenRecordError(OTHER_SHAPE) from None
    prompt, output = count(entered), count(answered)
    read, written, thoughts = (
        count(told.cache_read_input_tokens),
        count(told.cache_creation_input_tokens),
        count(told.thoughts),
    )
    if read or written:
        usage = apart(prompt, read, written, output)
    else:
        inside, beside = told.prompt_tokens_details or told.input_tokens_details, told.cached
        parts = told.completion_tokens_details or told.output_tokens_details or _Parts()
        is_beside = thoughts > output or (told.candidates is not None and count(told.candidates) == output)
        cached = count(inside.cached_tokens if inside is not None else beside)
        usage = whole(
            prompt, cached, 0, output + thoughts if is_beside else output, thoughts or count(parts.reasoning_tokens)
        )
    return usage if usage.total_tokens else None


def _number(value: object) -> Number:
    if value is None or isinstance(value, int | float | str):
        return value
    raise BrokenRecordError(OTHER_SHAPE)


def _text(value: object) -> str | None:
    return text(value) if isinstance(value, str) else None
