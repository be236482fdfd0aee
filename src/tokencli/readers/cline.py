"""Cline, and the editors' extensions that grew from it (Roo Code, Kilo Code): the ui_messages.json of each task.

The text of an `api_req_started` message is JSON with what the request used, once it is over. The file is written anew
with every message; a task's folder and the message's time name the call.
"""

from __future__ import annotations

import re
from decimal import Decimal  # noqa: TC003 -- msgspec reads the annotation
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

import msgspec

from tokencli.domain.providers import canonical_provider, provider_of_model
from tokencli.readers.agent_fields import (
    BYTE_ORDER_MARK,
    NO_JSON,
    NO_TIME,
    OTHER_SHAPE,
    Moment,
    Number,
    count,
    dollars,
    key,
    moment,
    text,
)
from tokencli.readers.agent_json import parts_of
from tokencli.readers.agent_usage import apart, raw_text, whole
from tokencli.readers.told import BrokenRecordError, Told

if TYPE_CHECKING:
    from tokencli.domain.usage import TokenUsage

NAME: Final = "cline"
FILE: Final = "ui_messages.json"
HISTORY: Final = "api_conversation_history.json"
_EXTENSIONS: Final = {
    "saoudrizwan.claude-dev": NAME,
    "rooveterinaryinc.roo-cline": "roo-code",
    "kilocode.kilo-code": "kilo-code",
}
_MODEL: Final = re.compile(rb"<model>([^<>\\]{1,200})</model>")
_LARGEST_HISTORY: Final = 1 << 26
_REQUEST: Final = "api_req_started"


class _ModelInfo(msgspec.Struct, rename="camel"):
    provider_id: str | None = None
    model_id: str | None = None


class _Message(msgspec.Struct, rename="camel"):
    say: str | None = None
    text: str | None = None
    ts: Moment = None
    model_info: _ModelInfo | None = None


class _Say(msgspec.Struct):
    say: str | None = None


class _Used(msgspec.Struct, rename="camel"):
    tokens_in: Number = None
    tokens_out: Number = None
    cache_reads: Number = None
    cache_writes: Number = None
    cost: Decimal | None = None
    api_protocol: str | None = None


_array = msgspec.json.Decoder(list[msgspec.Raw])
_message = msgspec.json.Decoder(_Message)
_say = msgspec.json.Decoder(_Say)
_used = msgspec.json.Decoder(_Used)


class ClineDocument:
    """Reads one task's messages."""

    name: ClassVar[str] = NAME

    def read(self, path: str, data: bytes) -> list[Told | BrokenRecordError]:
        """Return the calls of a task, and a refusal for each message that cannot be read."""
        try:
            messages = _array.decode(data.removeprefix(BYTE_ORDER_MARK))
        except (ValueError, RecursionError):
            return [BrokenRecordError(NO_JSON)]
        task = _Task(path)
        found: list[Told | BrokenRecordError] = []
        for message in messages:
            try:
                told = task.call(bytes(message))
            except BrokenRecordError as error:
                found.append(error)
            else:
                found += [] if told is None else [told]
        return found


class _Task:
    """A task: its folder's name, whose it is, and the model that the conversation last named."""

    def __init__(self, path: str) -> None:
        parts = parts_of(path)
        self._id = parts[-2] if len(parts) > 1 else ""
        self._client = next((_EXTENSIONS[part] for part in parts if part in _EXTENSIONS), NAME)
        self._history = Path(path).with_name(HISTORY)
        self._model: str | None = None
        self._is_known = False

    def call(self, record: bytes) -> Told | None:
        """Return the call of a request that is over; None for another message."""
        message = _decoded(record)
        if message is None or message.say != _REQUEST or not message.text:
            return None
        raw = message.text.encode("utf-8", "replace")
        try:
            used = _used.decode(raw)
        except (ValueError, RecursionError):
            raise BrokenRecordError(OTHER_SHAPE) from None
        usage = _usage_of(used)
        if not usage.total_tokens:
            return None
        at = moment(message.ts)
        if at is None:
            raise BrokenRecordError(NO_TIME)
        info = message.model_info or _ModelInfo()
        model = (text(info.model_id) or self._last_model() or "").rpartition("/")[2] or None
        provider = text(info.provider_id)
        return Told(
            key=key(NAME, self._id, str(at)),
            at=at,
            usage=usage,
            is_growing=True,
            provider_name=canonical_provider(provider) if provider else provider_of_model(model or ""),
            response_model=model,
            conversation_id=text(self._id),
            client=self._client,
            reported_cost_pico=dollars(used.cost) or None,
            raw_usage=raw_text(msgspec.json.encode(used)),
        )

    def _last_model(self) -> str | None:
        if not self._is_known:
            self._is_known, found = True, _MODEL.findall(_small(self._history))
            self._model = text(found[-1].decode("utf-8", "replace").strip()) if found else None
        return self._model


def claims(path: str, head: bytes) -> bool:
    """Say whether a file is a task's messages."""
    return parts_of(path)[-1:] == (FILE,) or (head.lstrip().startswith(b"[") and b'"api_req_started"' in head)


def _decoded(record: bytes) -> _Message | None:
    try:
        return _message.decode(record)
    except (ValueError, RecursionError):
        pass
    try:
        say = _say.decode(record).say
    except (ValueError, RecursionError):
        return None
    if say == _REQUEST:
        raise BrokenRecordError(OTHER_SHAPE)
    return None


def _usage_of(used: _Used) -> TokenUsage:
    """Return the usage: the input leaves cached tokens out, but where the request spoke OpenAI's protocol."""
    of = whole if used.api_protocol == "openai" else apart
    return of(count(used.tokens_in), count(used.cache_reads), count(used.cache_writes), count(used.tokens_out))


def _small(path: Path) -> bytes:
    try:
        return path.read_bytes() if path.stat().st_size <= _LARGEST_HISTORY else b""
    except (OSError, ValueError):
        return b""
