"""opencode: the messages of its database, and the JSON files of its older versions, which the database includes.

A message's id names the call in both. A forked session is a copy of its parent's messages with new ids: what is the
same to the millisecond and to the last token is told under the id of the first.
"""

from __future__ import annotations

from decimal import Decimal  # noqa: TC003 -- msgspec reads the annotation
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

import msgspec

from tokencli.domain.providers import canonical_provider
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
from tokencli.readers.agent_usage import apart, raw_text, with_reasoning
from tokencli.readers.told import BrokenRecordError, Told

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NAME: Final = "opencode"
DATABASE_HEAD: Final = b"SQLite format 3\x00"


class _Cache(msgspec.Struct):
    read: Number = None
    write: Number = None


class _Tokens(msgspec.Struct):
    total: Number = None
    input: Number = None
    output: Number = None
    reasoning: Number = None
    cache: _Cache | None = None


class _Time(msgspec.Struct):
    created: Moment = None
    completed: Moment = None


class _Path(msgspec.Struct):
    cwd: str | None = None


class _Message(msgspec.Struct):
    id: str | None = None
    session: str | None = msgspec.field(name="sessionID", default=None)
    role: str | None = None
    model: str | None = msgspec.field(name="modelID", default=None)
    provider: str | None = msgspec.field(name="providerID", default=None)
    agent: str | None = None
    mode: str | None = None
    time: _Time | None = None
    path: _Path | None = None
    cost: Decimal | None = None
    tokens: msgspec.Raw = msgspec.Raw()


class _Role(msgspec.Struct):
    role: str | None = None


class Origin(NamedTuple):
    """Where a message was found: its id and session, and what the session says."""

    message: str | None = None
    session: str | None = None
    folder: str | None = None
    version: str | None = None
    parent: str | None = None


_message = Shape(_Message)
_role = msgspec.json.Decoder(_Role)
_tokens = msgspec.json.Decoder(_Tokens)


class OpencodeRows:
    """Reads the rows of the database."""

    name: ClassVar[str] = NAME

    def read(self, path: str, rows: Iterable[tuple[object, ...]]) -> Iterator[Told | BrokenRecordError]:
        """Yield the call of each answer."""
        first: dict[str, str] = {}
        for message, session, data, *about in rows:
            written = data.encode() if isinstance(data, str) else data if isinstance(data, bytes) else b""
            origin = Origin(*(item if isinstance(item, str) else None for item in (message, session, *about)))
            try:
                told = call_of(written, origin, path)
            except BrokenRecordError as error:
                yield error
                continue
            if told is not None:
                same = first.setdefault(_likeness(told), told.key)
                yield told if same == told.key else msgspec.structs.replace(told, key=same)


class OpencodeDocument:
    """Reads the file of one message."""

    name: ClassVar[str] = NAME

    def read(self, path: str, data: bytes) -> list[Told | BrokenRecordError]:
        """Return the call of an answer."""
        parts = parts_of(path)
        session = parts[-2] if "message" in parts[-3:-2] else None
        try:
            told = call_of(data, Origin(session=session), path)
        except BrokenRecordError as error:
            return [error]
        return [] if told is None else [told]


def call_of(data: bytes, origin: Origin, path: str) -> Told | None:
    """Return the call of a message; None when it is no answer, or has used nothing so far."""
    message = _answer(data)
    found = None if message is None else _tokens_of(bytes(message.tokens))
    if message is None or found is None:
        return None
    time = message.time or _Time()
    at, done = moment(time.created), moment(time.completed)
    at = at or done or changed_at(path)
    if at is None:
        raise BrokenRecordError(NO_TIME)
    fresh, read, write, output, reasoning, total = found
    usage = apart(fresh, read, write, with_reasoning(output, reasoning, fresh + read + write, total), reasoning)
    is_told = bool(usage.total_tokens)
    provider = text(message.provider)
    session = message.session or origin.session
    return Told(
        key=key(NAME, message.id or origin.message or digest(data.strip())),
        at=at,
        usage=usage if is_told else None,
        basis=Basis.REPORTED if is_told else Basis.MISSING,
        is_growing=True,
        provider_name=canonical_provider(provider) if provider else None,
        response_model=text(message.model),
        conversation_id=text(session),
        client=_client(path),
        client_version=text(origin.version),
        agent=(text(message.agent or message.mode) or "subagent") if origin.parent else None,
        project=project(message.path.cwd if message.path else None) or project(origin.folder),
        reported_cost_pico=dollars(message.cost) or None,
        duration_us=done - at if done is not None and done >= at else None,
        raw_usage=raw_text(bytes(message.tokens)),
    )


def claims_database(path: str, head: bytes) -> bool:
    """Say whether a file is opencode's database."""
    return head.startswith(DATABASE_HEAD) and "".join(parts_of(path)[-1:]).startswith(("opencode", "kilo"))


def claims_document(path: str, head: bytes) -> bool:
    """Say whether a file is one message."""
    is_message = b'"modelID"' in head and b'"providerID"' in head and b'"tokens"' in head
    return is_message and not path.endswith(".jsonl")


def _client(path: str) -> str:
    """Return whose message it is: Kilo's command line grew from opencode and keeps its messages in the same form."""
    return "kilo" if "".join(parts_of(path)[-1:]).startswith("kilo") or "kilo" in parts_of(path)[-5:] else NAME


def _answer(data: bytes) -> _Message | None:
    try:
        message = _message.decoded(data)
    except BrokenRecordError:
        try:
            role = _role.decode(data).role
        except (ValueError, RecursionError):
            role = None
        if role in {None, "assistant"}:
            raise
        return None
    return message if message is not None and message.role in {None, "assistant"} else None


def _tokens_of(raw: bytes) -> tuple[int, int, int, int, int, int] | None:
    """Return input, cache read, cache write, output, reasoning and total; None when nothing was used."""
    if raw in {b"", b"null"}:
        return None
    try:
        told = _tokens.decode(raw)
    except (ValueError, RecursionError):
        raise BrokenRecordError(OTHER_SHAPE) from None
    cache = told.cache or _Cache()
    found = (
        count(told.input),
        count(cache.read),
        count(cache.write),
        count(told.output),
        count(told.reasoning),
        count(told.total),
    )
    return found if any(found) else None


def _likeness(told: Told) -> str:
    """Return what a copied message has in common with the first one; the key itself where that is too little."""
    if told.duration_us is None or told.usage is None:
        return told.key
    model = f"{told.provider_name}/{told.response_model}"
    return f"{told.at} {told.duration_us} {model} {told.reported_cost_pico} {told.raw_usage}"
