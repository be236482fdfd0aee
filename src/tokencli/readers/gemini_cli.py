"""Gemini CLI: its recorded chats, one JSON document a session (older versions) or JSON lines to which it adds.

A message is written again whenever something is added to it, and a `$set` record may repeat all messages: the
message's id says what is one call. What a `$rewindTo` takes back was paid nevertheless.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Final

import msgspec

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
    project,
    text,
)
from tokencli.readers.agent_json import Shape, neighbour, parts_of
from tokencli.readers.agent_usage import gemini, raw_text
from tokencli.readers.told import BrokenRecordError, Told

NAME: Final = "gemini-cli"
_PROVIDERS: Final = {NAME: "gemini"}
_CALLS: Final = frozenset({"gemini", "qwen"})
_BEGINNING: Final = 1 << 12


class _Tokens(msgspec.Struct):
    input: Number = None
    output: Number = None
    cached: Number = None
    thoughts: Number = None
    tool: Number = None
    total: Number = None


class _Message(msgspec.Struct):
    id: str | None = None
    type: str | None = None
    timestamp: Moment = None
    model: str | None = None
    tokens: msgspec.Raw = msgspec.Raw()


class Session(msgspec.Struct, rename="camel", omit_defaults=True):
    """What is known of a session: the document itself, a line's `$set`, and the state of the reader of lines."""

    session_id: str | None = None
    kind: str | None = None
    start_time: Moment = None
    messages: list[msgspec.Raw] | None = None


class _Line(Session):
    set: Session | None = msgspec.field(name="$set", default=None)
    type: str | None = None


_line = Shape(_Line, frozenset({None, *_CALLS}))
_document = Shape(Session)
_message = Shape(_Message, _CALLS)
_tokens = msgspec.json.Decoder(_Tokens)
_state = msgspec.json.Decoder(Session)


class Chat:
    """The chat in one file: what is known of it, and the calls of its messages."""

    def __init__(self, name: str, path: str, session: Session) -> None:
        """Begin with what the path tells."""
        self._name = name
        self._path = path
        self._place = _Place(path)
        self.session = session

    def learn(self, found: Session) -> None:
        """Take what a record tells of the session."""
        known = self.session
        self.session = Session(
            found.session_id or known.session_id, found.kind or known.kind, found.start_time or known.start_time
        )

    def call(self, record: bytes) -> Told | None:
        """Return the call of a message; None when it is none of the model's."""
        message = _message.decoded(record)
        if message is None or message.type not in _CALLS:
            return None
        tokens = _tokens_of(bytes(message.tokens))
        if tokens is None:
            return None
        at = moment(message.timestamp) or moment(self.session.start_time) or changed_at(self._path)
        if at is None:
            raise BrokenRecordError(NO_TIME)
        session = self.session.session_id or self._place.stem
        usage = gemini(*tokens)
        is_told = bool(usage.total_tokens)
        return Told(
            key=key(self._name, session, message.id or digest(record)),
            at=at,
            usage=usage if is_told else None,
            basis=Basis.REPORTED if is_told else Basis.MISSING,
            is_growing=True,
            provider_name=_PROVIDERS.get(self._name),
            response_model=text(message.model),
            conversation_id=text(session),
            client=self._name,
            agent="subagent" if self.session.kind == "subagent" else None,
            project=self._place.project,
            raw_usage=raw_text(bytes(message.tokens)),
        )


class GeminiLines:
    """Reads a session's file of JSON lines."""

    name: ClassVar[str] = NAME
    needles: ClassVar[tuple[bytes, ...]] = (b'"tokens"', b'"sessionId"')

    def __init__(self, path: str, state: str | None) -> None:
        """Begin, or go on with what is known of the session."""
        self._chat = Chat(self.name, path, _state.decode(state) if state else Session())

    @property
    def state(self) -> str | None:
        """Return what is known of the session."""
        return msgspec.json.encode(self._chat.session).decode() if self._chat.session != Session() else None

    def read(self, line: bytes) -> list[Told]:
        """Return the call of a message's line, or those of all messages that a `$set` repeats."""
        record = _line.decoded(line)
        if record is None:
            return []
        self._chat.learn(record)
        if record.set is None:
            told = self._chat.call(line)
            return [] if told is None else [told]
        self._chat.learn(record.set)
        found = calls_of(self._chat, record.set.messages or [])
        told_all = [call for call in found if isinstance(call, Told)]
        if not told_all and found:
            raise BrokenRecordError(str(found[0]))
        return told_all


class GeminiDocument:
    """Reads a session's JSON document."""

    name: ClassVar[str] = NAME

    def read(self, path: str, data: bytes) -> list[Told | BrokenRecordError]:
        """Return the calls of the document's messages."""
        try:
            session = _document.decoded(data)
        except BrokenRecordError as error:
            return [error]
        if session is None:
            return []
        chat = Chat(self.name, path, Session())
        chat.learn(session)
        return calls_of(chat, session.messages or [])


def calls_of(chat: Chat, messages: list[msgspec.Raw]) -> list[Told | BrokenRecordError]:
    """Return the calls of messages, and a refusal for each that cannot be read."""
    found: list[Told | BrokenRecordError] = []
    for message in messages:
        try:
            told = chat.call(bytes(message))
        except BrokenRecordError as error:
            found.append(error)
        else:
            found += [] if told is None else [told]
    return found


class _Place:
    """What a path names: tmp/<project>/chats/<session>.json, where the project is a name or a digest of its folder."""

    def __init__(self, path: str) -> None:
        parts = parts_of(path)
        self.stem = parts[-1].partition(".")[0] if parts else ""
        self.project: str | None = None
        if "chats" in parts and (depth := parts[::-1].index("chats") + 1) < len(parts):
            folder = Path(path).parents[depth - 1]
            root = neighbour(folder / ".project_root").decode("utf-8", "replace").strip()
            self.project = project(root) or (text(parts[-depth - 1]) if "tmp" in parts else None)


def claims_lines(path: str, head: bytes) -> bool:
    """Say whether a file is one of the JSON lines."""
    if path.endswith(".json"):
        return False
    is_told = b'"tokens"' in head and b'"thoughts"' in head and b'"gemini"' in head
    return is_told or (b'"projectHash"' in head[:_BEGINNING] and b'"sessionId"' in head[:_BEGINNING])


def claims_document(path: str, head: bytes) -> bool:
    """Say whether a file is one of the documents."""
    begins = head[:_BEGINNING]
    return path.endswith(".json") and b'"sessionId"' in begins and b'"messages"' in begins


def _tokens_of(raw: bytes) -> tuple[int, int, int, int, int, int] | None:
    """Return input, cached, output, thoughts, tool and total; None when nothing is counted."""
    if raw in {b"", b"null"}:
        return None
    try:
        told = _tokens.decode(raw)
    except (ValueError, RecursionError):
        raise BrokenRecordError(OTHER_SHAPE) from None
    found = (
        count(told.input),
        count(told.cached),
        count(told.output),
        count(told.thoughts),
        count(told.tool),
        count(told.total),
    )
    return found if any(found) else None
