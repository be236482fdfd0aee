"""pi, and the agents that grew from it (omp, OpenClaw): the JSON lines of their sessions.

A session that branches off another one begins with a copy of its records: an answer's own id, or the record's id with
its time, names the call in both.
"""

from __future__ import annotations

from decimal import Decimal  # noqa: TC003 -- msgspec reads the annotation
from typing import ClassVar, Final

import msgspec

from tokencli.domain.providers import canonical_provider, provider_of_model
from tokencli.domain.usage import Basis
from tokencli.readers.agent_fields import (
    NO_TIME,
    OTHER_SHAPE,
    Moment,
    Number,
    changed_at,
    count,
    digest,
    dollars,
    key,
    moment,
    project,
    text,
)
from tokencli.readers.agent_json import Shape, parts_of
from tokencli.readers.agent_usage import apart, raw_text
from tokencli.readers.told import BrokenRecordError, Told

NAME: Final = "pi"
_CLIENTS: Final = {".omp": "omp", ".openclaw": "openclaw", ".clawdbot": "openclaw"}
_SUBSCRIPTIONS: Final = {"openai-codex": "openai", "google-gemini-cli": "gemini"}
"""Names of ways to log in, which are no providers of their own."""


class _Cost(msgspec.Struct):
    total: Decimal | None = None


class _Usage(msgspec.Struct, rename="camel"):
    input: Number = None
    output: Number = None
    cache_read: Number = None
    cache_write: Number = None
    total_tokens: Number = None
    cost: _Cost | None = None


class _Message(msgspec.Struct, rename="camel"):
    role: str | None = None
    provider: str | None = None
    model: str | None = None
    response_id: str | None = None
    usage: msgspec.Raw = msgspec.Raw()
    timestamp: Moment = None


class _Line(msgspec.Struct, rename="camel"):
    type: str | None = None
    id: str | None = None
    timestamp: Moment = None
    cwd: str | None = None
    provider: str | None = None
    model_id: str | None = None
    message: _Message | None = None


class _State(msgspec.Struct, omit_defaults=True):
    session: str | None = None
    cwd: str | None = None
    model: str | None = None
    provider: str | None = None


_line = Shape(_Line, frozenset({None, "message"}))
_usage = msgspec.json.Decoder(_Usage)
_state = msgspec.json.Decoder(_State)


class PiReader:
    """Reads one session's file."""

    name: ClassVar[str] = NAME
    needles: ClassVar[tuple[bytes, ...]] = (b'"usage"', b'"session"', b'"model_change"')

    def __init__(self, path: str, state: str | None) -> None:
        """Begin, or go on with what is known of the session."""
        self._path = path
        self._now = _state.decode(state) if state else _State()
        parts = parts_of(path)
        self._stem = parts[-1].partition(".")[0].rpartition("_")[2] if parts else ""
        self._client = next((name for part, name in _CLIENTS.items() if part in parts), NAME)

    @property
    def state(self) -> str | None:
        """Return what is known of the session."""
        return msgspec.json.encode(self._now).decode() if self._now != _State() else None

    def read(self, line: bytes) -> list[Told]:
        """Return the call of an answer."""
        record = _line.decoded(line)
        if record is None:
            return []
        if record.type == "session":
            self._now.session, self._now.cwd = text(record.id), text(record.cwd)
        elif record.type == "model_change":
            self._now.model, self._now.provider = text(record.model_id), text(record.provider)
        message = record.message
        if message is None or message.role != "assistant":
            return []
        usage = _usage_of(bytes(message.usage))
        return [] if usage is None else [self._told(record, message, usage, line)]

    def _told(self, record: _Line, message: _Message, used: _Usage, line: bytes) -> Told:
        at = moment(record.timestamp) or moment(message.timestamp) or changed_at(self._path)
        if at is None:
            raise BrokenRecordError(NO_TIME)
        usage = apart(count(used.input), count(used.cache_read), count(used.cache_write), count(used.output))
        model = text(message.model) or self._now.model
        provider = text(message.provider) or (None if message.model else self._now.provider)
        is_told = bool(usage.total_tokens)
        return Told(
            key=_key(record, message, line),
            at=at,
            usage=usage if is_told else None,
            basis=Basis.REPORTED if is_told else Basis.MISSING,
            provider_name=_provider(provider, model),
            response_model=model,
            response_id=text(message.response_id),
            conversation_id=self._now.session or text(self._stem),
            client=self._client,
            project=project(self._now.cwd),
            reported_cost_pico=(dollars(used.cost.total) if used.cost else None) or None,
            raw_usage=raw_text(bytes(message.usage)),
        )


def claims(path: str, head: bytes) -> bool:
    """Say whether a file is one of pi's."""
    is_session = b'"type":"session"' in head[:1024].replace(b'": "', b'":"') and b'"cwd"' in head
    is_told = b'"cacheRead"' in head and b'"usage"' in head and b'"role"' in head and b'"sessionId"' not in head
    return not path.endswith(".json") and (is_session or is_told)


def _usage_of(raw: bytes) -> _Usage | None:
    """Return the counts; None where nothing was used."""
    if raw in {b"", b"null"}:
        return None
    try:
        told = _usage.decode(raw)
    except (ValueError, RecursionError):
        raise BrokenRecordError(OTHER_SHAPE) from None
    counts = (told.input, told.output, told.cache_read, told.cache_write, told.total_tokens)
    return told if any(count(number) for number in counts) else None


def _key(record: _Line, message: _Message, line: bytes) -> str:
    if message.response_id:
        return key(NAME, message.response_id)
    if record.id:
        return key(NAME, record.id, str(record.timestamp or message.timestamp))
    return f"{NAME}:line:{digest(line.strip())}"


def _provider(provider: str | None, model: str | None) -> str | None:
    if provider is None:
        return provider_of_model(model or "")
    return _SUBSCRIPTIONS.get(provider) or canonical_provider(provider)
