"""Amp: the JSON document of each thread, with a ledger of events, or (in older threads) usage beside each message."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import msgspec

from tokencli.domain.providers import provider_of_model
from tokencli.domain.usage import Basis
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
from tokencli.readers.agent_json import Shape, parts_of
from tokencli.readers.agent_usage import apart, raw_text
from tokencli.readers.told import BrokenRecordError, Told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokencli.domain.usage import TokenUsage

NAME: Final = "amp"


class _Tokens(msgspec.Struct):
    input: Number = None
    output: Number = None
    total: Number = None


class _Event(msgspec.Struct, rename="camel"):
    id: str | None = None
    timestamp: Moment = None
    model: str | None = None
    tokens: _Tokens | None = None
    to_message_id: str | int | None = None


class _Usage(msgspec.Struct, rename="camel"):
    model: str | None = None
    timestamp: Moment = None
    input_tokens: Number = None
    output_tokens: Number = None
    cache_creation_input_tokens: Number = None
    cache_read_input_tokens: Number = None
    total_tokens: Number = None


class _Message(msgspec.Struct, rename="camel"):
    role: str | None = None
    message_id: str | int | None = None
    usage: msgspec.Raw = msgspec.Raw()


class _Ledger(msgspec.Struct):
    events: list[msgspec.Raw] | None = None


class _Thread(msgspec.Struct, rename="camel"):
    id: str | None = None
    usage_ledger: _Ledger | None = None
    messages: list[msgspec.Raw] | None = None


_thread = Shape(_Thread)
_event = msgspec.json.Decoder(_Event)
_message = msgspec.json.Decoder(_Message)
_usage = msgspec.json.Decoder(_Usage)


class AmpDocument:
    """Reads one thread."""

    name: ClassVar[str] = NAME

    def read(self, path: str, data: bytes) -> list[Told | BrokenRecordError]:
        """Return the calls of a thread: those of its ledger, else those of its messages."""
        try:
            thread = _thread.decoded(data)
        except BrokenRecordError as error:
            return [error]
        if thread is None:
            return []
        return list(_Calls(path, thread).all())


class _Calls:
    """The calls of one thread."""

    def __init__(self, path: str, thread: _Thread) -> None:
        parts = parts_of(path)
        self._path = path
        self._id = thread.id or (parts[-1].partition(".")[0] if parts else "")
        self._events = (thread.usage_ledger.events if thread.usage_ledger else None) or []
        self._messages = thread.messages or []

    def all(self) -> Iterator[Told | BrokenRecordError]:
        cached = self._usages() if self._events else {}
        for record in self._events or self._messages:
            try:
                told = self._of_event(bytes(record), cached) if self._events else self._of_message(bytes(record))
            except BrokenRecordError as error:
                yield error
            else:
                if told is not None:
                    yield told

    def _usages(self) -> dict[str, _Usage]:
        """Return by its id what each message used: the ledger's events say nothing of a cache."""
        found: dict[str, _Usage] = {}
        for record in self._messages:
            try:
                message = _message.decode(record)
                used = _usage.decode(message.usage)
            except (ValueError, RecursionError):
                continue
            found[str(message.message_id)] = used
        return found

    def _of_event(self, record: bytes, cached: dict[str, _Usage]) -> Told | None:
        try:
            event = _event.decode(record)
        except (ValueError, RecursionError):
            raise BrokenRecordError(OTHER_SHAPE) from None
        tokens = event.tokens or _Tokens()
        about = cached.get(str(event.to_message_id), _Usage())
        usage = apart(
            count(tokens.input),
            count(about.cache_read_input_tokens),
            count(about.cache_creation_input_tokens),
            count(tokens.output),
        )
        name = event.id or digest(record)
        return self._told(name, event.timestamp, event.model, usage, count(tokens.total), record)

    def _of_message(self, record: bytes) -> Told | None:
        try:
            message = _message.decode(record)
            if message.role != "assistant" or bytes(message.usage) in {b"", b"null"}:
                return None
            used = _usage.decode(message.usage)
        except (ValueError, RecursionError):
            raise BrokenRecordError(OTHER_SHAPE) from None
        usage = apart(
            count(used.input_tokens),
            count(used.cache_read_input_tokens),
            count(used.cache_creation_input_tokens),
            count(used.output_tokens),
        )
        name = digest(record) if message.message_id is None else f"message:{message.message_id}"
        return self._told(name, used.timestamp, used.model, usage, count(used.total_tokens), bytes(message.usage))

    def _told(
        self, name: str, time: Moment, model: str | None, usage: TokenUsage, total: int, raw: bytes
    ) -> Told | None:
        if not usage.total_tokens and not total:
            return None
        at = moment(time) or changed_at(self._path)
        if at is None:
            raise BrokenRecordError(NO_TIME)
        is_told = bool(usage.total_tokens)
        return Told(
            key=key(NAME, self._id, name),
            at=at,
            usage=usage if is_told else None,
            basis=Basis.REPORTED if is_told else Basis.MISSING,
            is_growing=True,
            provider_name=provider_of_model(model or ""),
            response_model=text(model),
            conversation_id=text(self._id),
            client=NAME,
            raw_usage=raw_text(raw),
        )


def claims(path: str, head: bytes) -> bool:
    """Say whether a file is a thread of Amp's."""
    is_thread = parts_of(path)[-2:-1] == ("threads",) and path.endswith(".json") and b'"messages"' in head
    return is_thread or b'"usageLedger"' in head
