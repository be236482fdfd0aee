"""Claude Code: the JSON lines of its sessions, and what `claude -p --output-format stream-json` prints.

A message is written on one line for each block of its content, each time with its usage as far as it was known: the
message's id says which lines are one call, and the largest output is the last. Sub-agents' messages stand in files of
their own, in their parent's file (older versions), or are repeated there as progress; they have the same ids.
"""

from __future__ import annotations

from decimal import Decimal  # noqa: TC003 -- msgspec reads the annotation
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, ClassVar, Final

import msgspec

from tokencli.domain.providers import provider_of_model
from tokencli.readers.agent_fields import (
    BYTE_ORDER_MARK,
    NO_JSON,
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
from tokencli.readers.claude_lines import UNASKED, UsualLines
from tokencli.readers.claude_stream import ModelTotals, Stream, StreamTotals
from tokencli.readers.claude_usage import SideCall, Spent, plain_usage, spent
from tokencli.readers.told import BrokenRecordError, Told

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tokencli.domain.usage import TokenUsage
    from tokencli.readers.telling import Telling

_OURS: Final = "claude-code"
_CALLS: Final = frozenset({None, "assistant", "progress", "result"})


class _Message(msgspec.Struct):
    id: str | None = None
    model: str | None = None
    usage: msgspec.Raw = msgspec.Raw()


class _Record(msgspec.Struct, rename="camel"):
    """A line of a session file, or the record that a progress line repeats."""

    type: str | None = None
    timestamp: Moment = None
    session_id: str | None = None
    cwd: str | None = None
    git_branch: str | None = None
    version: str | None = None
    is_sidechain: bool | None = None
    agent_id: str | None = None
    uuid: str | None = None
    is_api_error_message: bool | None = None
    cost_usd: Decimal | None = msgspec.field(name="costUSD", default=None)
    message: _Message | None = None
    input_tokens: Number = None
    output_tokens: Number = None
    cache_creation_input_tokens: Number = None
    cache_read_input_tokens: Number = None


class _Progress(msgspec.Struct, rename="camel"):
    message: _Record | None = None
    agent_id: str | None = None


class _Line(_Record):
    """A line: a record, a repeated one inside `data`, or one of the stream's own with snake_case names."""

    data: _Progress | None = None
    stream_session: str | None = msgspec.field(name="session_id", default=None)
    stream_version: str | None = msgspec.field(name="claude_code_version", default=None)
    model: str | None = None
    parent_tool_use_id: str | None = msgspec.field(name="parent_tool_use_id", default=None)
    usage: msgspec.Raw = msgspec.Raw()
    model_usage: dict[str, ModelTotals] | None = None
    total_cost_usd: Decimal | None = msgspec.field(name="total_cost_usd", default=None)


class _Kind(msgspec.Struct):
    type: str | None = None


_line = msgspec.json.Decoder(_Line)
_array = msgspec.json.Decoder(list[msgspec.Raw])
_kind = msgspec.json.Decoder(_Kind)


class ClaudeCodeReader:
    """Reads one session's file, or one stream's."""

    name: ClassVar[str] = _OURS
    needles: ClassVar[tuple[bytes, ...]] = (b'"usage"', b'"inputTokens"', b'"claude_code_version"')

    def __init__(self, path: str, state: str | None) -> None:
        """Read the file at `path`; the state is None but for a stream."""
        self._path = path
        self._place: _Place | None = None
        self._stream = Stream.restored(state)
        self._usual = UsualLines(f"{_OURS}:", self.read)

    @property
    def state(self) -> str | None:
        """Return what a stream has told so far; None for a session's file, each line of which stands for itself."""
        return None if self._stream is None else self._stream.state

    def quick(
        self, telling: Telling, lines: Sequence[tuple[int, bytes]], the_long_way: Callable[[int, bytes], None]
    ) -> None:
        """Add the calls of lines, odd ones the long way."""
        self._usual.read(telling, lines, the_long_way)

    def settle(self, telling: Telling) -> None:
        """Add what is held back."""
        self._usual.settle(telling)

    def read(self, line: bytes) -> list[Told]:
        """Return the call, and the side calls, of a message's line; or what a stream's result adds to its messages."""
        if line.startswith(b"["):
            return [told for part in _parts(line) for told in self._read_record(part)]
        return self._read_record(line)

    def _read_record(self, line: bytes) -> list[Told]:
        record = _decoded(line)
        if record is None:
            return []
        if record.session_id is None and (record.stream_session is not None or self._stream is not None):
            return self._read_stream(record, line)
        if record.data is not None and record.data.message is not None:
            return self._read_progress(record, record.data, line)
        return self._calls(record, line)

    def _read_progress(self, outer: _Line, data: _Progress, line: bytes) -> list[Told]:
        record = data.message
        if record is None:
            return []
        record.session_id = record.session_id or outer.session_id
        record.timestamp = record.timestamp or outer.timestamp
        record.cwd = record.cwd or outer.cwd
        record.git_branch = record.git_branch or outer.git_branch
        record.version = record.version or outer.version
        record.agent_id = record.agent_id or data.agent_id
        record.is_sidechain = True
        return self._calls(record, line)

    def _read_stream(self, record: _Line, line: bytes) -> list[Told]:
        stream = self._stream = self._stream or Stream()
        stream.begin(record.stream_session, record.stream_version, record.cwd, record.model)
        record.session_id = record.session_id or stream.session
        record.version, record.cwd = record.version or stream.version, record.cwd or stream.cwd
        stream.at = at = moment(record.timestamp) or stream.at or changed_at(self._path)
        record.is_sidechain = record.parent_tool_use_id is not None
        if record.type == "result":
            return self._rest(record, stream, at)
        told = self._calls(record, line, at)
        for call in told:
            stream.saw(call)
        return told

    def _rest(self, record: _Line, stream: Stream, at: int | None) -> list[Told]:
        """Return what a stream's result has beyond its messages."""
        whole = spent(bytes(record.usage))
        rest = stream.rest(StreamTotals(record.model_usage, whole.usage if whole else None))
        if rest and at is None:
            raise BrokenRecordError(NO_TIME)
        turn = record.uuid or f"{stream.turns}"
        return [
            _told(self._named(record), key(_OURS, "result", stream.session or "", turn, model), at or 0, model, usage)
            for model, usage in rest
        ]

    def _calls(self, record: _Record, line: bytes, at: int | None = None) -> list[Told]:
        message = record.message
        if message is None or message.model == UNASKED or record.is_api_error_message:
            return []
        found = spent(bytes(message.usage))
        if found is None:
            found = _flat(record)
        if found is None:
            return []
        usage, model, sides, raw = found
        at = moment(record.timestamp) or at or changed_at(self._path)
        if at is None:
            raise BrokenRecordError(NO_TIME)
        record = self._named(record)
        name = self._key(record, message, line)
        model = model or text(message.model)
        own = _told(record, name, at, model, usage, response_id=text(message.id), raw=raw)
        return [own, *self._side_calls(own, sides)] if sides else [own]

    def _side_calls(self, own: Told, sides: tuple[SideCall, ...]) -> list[Told]:
        return [
            msgspec.structs.replace(
                own,
                key=key(own.key, kind, str(number)),
                usage=usage,
                response_model=model or own.response_model,
                response_id=None,
                reported_cost_pico=None,
                raw_usage=None,
                tags={"inference": kind},
            )
            for number, (kind, model, usage) in enumerate(sides)
        ]

    def _key(self, record: _Record, message: _Message, line: bytes) -> str:
        if message.id:
            return key(_OURS, message.id)
        if record.uuid:
            return key(_OURS, "uuid", record.uuid)
        place = self._place or _Place(self._path)
        return f"{_OURS}:line:{digest(place.project or '', place.session, line.strip())}"

    def _named(self, record: _Record) -> _Record:
        """Fill in what the record does not say and the path does."""
        if not record.session_id or not record.cwd or (record.is_sidechain and not record.agent_id):
            place = self._place = self._place or _Place(self._path)
            record.session_id = record.session_id or place.session
            record.cwd = record.cwd or place.project
            if record.is_sidechain:
                record.agent_id = record.agent_id or place.agent or "sidechain"
        return record


class _Place:
    """What a path names: projects/<project>/<session>.jsonl, or projects/<project>/<session>/.../<file>.jsonl."""

    def __init__(self, path: str) -> None:
        parts = PurePosixPath(path.replace("\\", "/")).parts
        below = parts[len(parts) - parts[::-1].index("projects") :] if "projects" in parts else parts[-1:]
        stem = parts[-1].partition(".")[0] if parts else ""
        self.project = below[0] if len(below) > 1 else None
        self.session = below[1] if len(below) > 2 else stem  # noqa: PLR2004 -- a project, a session, a file
        self.agent = stem if stem.startswith("agent-") else None


def claims(path: str, head: bytes) -> bool:
    """Say whether a file is one of Claude Code's, by its first lines; in a folder of projects less of them will do."""
    is_session = b'"sessionId"' in head and b'"parentUuid"' in head
    is_message = b'"message"' in head and b'"usage"' in head and b'"input_tokens"' in head
    is_flat = "projects" in PurePosixPath(path.replace("\\", "/")).parts and b'"inputTokens"' in head
    is_stream = b'"claude_code_version"' in head or (b'"modelUsage"' in head and b'"total_cost_usd"' in head)
    return is_session or is_message or is_flat or is_stream


def _decoded(line: bytes) -> _Line | None:
    """Return a line's record; None when it is of a kind that tells no call, whatever is in it."""
    line = line.removeprefix(BYTE_ORDER_MARK)
    try:
        return _line.decode(line)
    except (ValueError, RecursionError):
        pass
    try:
        kind = _kind.decode(line).type
    except (ValueError, RecursionError):
        raise BrokenRecordError(NO_JSON) from None
    if kind in _CALLS:
        raise BrokenRecordError(OTHER_SHAPE)
    return None


def _parts(line: bytes) -> list[bytes]:
    """Return the records of a stream that was printed as one array (--output-format json --verbose)."""
    try:
        return [bytes(part) for part in _array.decode(line)]
    except (ValueError, RecursionError):
        raise BrokenRecordError(NO_JSON) from None


def _flat(record: _Record) -> Spent | None:
    """Return the counts of the first versions' records, which have them beside the message."""
    if record.input_tokens is None and record.output_tokens is None:
        return None
    fresh, output = count(record.input_tokens), count(record.output_tokens)
    read, written = count(record.cache_read_input_tokens), count(record.cache_creation_input_tokens)
    return Spent(plain_usage(fresh, read, written, output), None, (), None)


def _told(  # noqa: PLR0913 -- the parts of one call
    record: _Record,
    name: str,
    at: int,
    model: str | None,
    usage: TokenUsage,
    *,
    response_id: str | None = None,
    raw: str | None = None,
) -> Told:
    return Told(
        key=name,
        at=at,
        usage=usage,
        is_growing=True,
        provider_name=_provider(model),
        response_model=model,
        response_id=response_id,
        conversation_id=text(record.session_id),
        client=_OURS,
        client_version=text(record.version),
        agent=text(record.agent_id) if record.is_sidechain else None,
        project=project(record.cwd),
        branch=text(record.git_branch),
        reported_cost_pico=dollars(record.cost_usd),
        raw_usage=raw,
    )


@lru_cache(maxsize=256)
def _provider(model: str | None) -> str | None:
    """Return who served a model: Bedrock and Vertex write its name in ways of their own."""
    if model is None:
        return "anthropic"
    if "anthropic." in model:
        return "bedrock"
    return "vertex" if model.startswith("claude") and "@" in model else provider_of_model(model)
