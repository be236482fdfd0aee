"""Kimi CLI and Kimi Code: the wire.jsonl of each session.

A status update (Kimi Code since its second form: a usage record) tells what one answer used, in four counts that do
not overlap. The model stands in the client's configuration, unless the record names one.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
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
    key,
    moment,
    project,
    text,
)
from tokencli.readers.agent_json import Shape, neighbour, parts_of
from tokencli.readers.agent_usage import apart, raw_text
from tokencli.readers.told import BrokenRecordError, Told

if TYPE_CHECKING:
    from tokencli.domain.usage import TokenUsage

NAME: Final = "kimi"
_SUBSCRIBED: Final = "kimi-code/"
_STATUS, _SUBAGENT, _RECORD = "StatusUpdate", "SubagentEvent", "usage.record"


class _Counts(msgspec.Struct):
    input_other: Number = None
    input_cache_read: Number = None
    input_cache_creation: Number = None
    output: Number = None
    total: Number = None


class _CamelCounts(msgspec.Struct, rename="camel"):
    input_other: Number = None
    input_cache_read: Number = None
    input_cache_creation: Number = None
    output: Number = None
    total: Number = None


class _Payload(msgspec.Struct):
    message_id: str | None = None
    model_name: str | None = None
    model: str | None = None
    token_usage: msgspec.Raw = msgspec.Raw()
    event: msgspec.Raw = msgspec.Raw()
    subagent_type: str | None = None
    agent_id: str | None = None


class _Message(msgspec.Struct):
    type: str | None = None
    payload: msgspec.Raw = msgspec.Raw()


class _Line(msgspec.Struct):
    type: str | None = None
    timestamp: Moment = None
    time: Moment = None
    message: _Message | None = None
    model: str | None = None
    usage: msgspec.Raw = msgspec.Raw()


_line = Shape(_Line, frozenset({None, _RECORD}))
_message = msgspec.json.Decoder(_Message)
_payload = msgspec.json.Decoder(_Payload)
_counts = msgspec.json.Decoder(_Counts)
_camel = msgspec.json.Decoder(_CamelCounts)
_NONE: Final = frozenset({b"", b"null"})


class KimiReader:
    """Reads one session's file."""

    name: ClassVar[str] = NAME
    needles: ClassVar[tuple[bytes, ...]] = (b'"token_usage"', b'"usage.record"')

    def __init__(self, path: str, state: str | None) -> None:
        """Read the file at `path`; every line stands for itself."""
        self._path = path
        self.state = state
        self._place = _Place(path)

    def read(self, line: bytes) -> list[Told]:
        """Return the call of a status update, or of a sub-agent's."""
        record = _line.decoded(line)
        if record is None:
            return []
        if record.type == _RECORD:
            return self._calls(record, _Payload(model=record.model), bytes(record.usage), line)
        payload = None if record.message is None else _status_of(record.message)
        return [] if payload is None else self._calls(record, payload, bytes(payload.token_usage), line)

    def _calls(self, record: _Line, payload: _Payload, raw: bytes, line: bytes) -> list[Told]:
        found = _usage_of(raw, is_camel=record.type == _RECORD)
        if found is None:
            return []
        at = moment(record.timestamp) or moment(record.time) or changed_at(self._path)
        if at is None:
            raise BrokenRecordError(NO_TIME)
        place, usage = self._place, found if found.total_tokens else None
        chosen = place.setting.named(payload.model_name or payload.model)
        told = Told(
            key=_key(place.session, payload.message_id, line),
            at=at,
            usage=usage,
            basis=Basis.MISSING if usage is None else Basis.REPORTED,
            is_growing=True,
            provider_name=chosen.provider,
            response_model=chosen.model,
            response_id=text(payload.message_id),
            conversation_id=text(place.session),
            client=place.client,
            agent=text(payload.subagent_type or payload.agent_id) or place.agent,
            project=place.project,
            raw_usage=raw_text(raw),
        )
        return [told]


class Choice(NamedTuple):
    """A model, and who serves it."""

    model: str | None = None
    provider: str | None = None


class _Model(msgspec.Struct):
    model: str | None = None
    provider: str | None = None


class _Setting(msgspec.Struct):
    model: str | None = None
    default_model: str | None = None
    models: dict[str, _Model] = {}

    def named(self, name: str | None) -> Choice:
        """Return the model that a record names, else the configured one."""
        wanted = name or self.default_model or self.model
        known = self.models.get(wanted or "", _Model())
        if known.model is None and wanted is not None and wanted.startswith(_SUBSCRIBED):
            return Choice(text(wanted.removeprefix(_SUBSCRIBED)), canonical_provider(NAME))
        provider = canonical_provider(known.provider) if known.provider else None
        return Choice(text(known.model or wanted), text(provider))


class _State(msgspec.Struct, rename="camel"):
    work_dir: str | None = None


class _Known(msgspec.Struct):
    path: str | None = None


class _Places(msgspec.Struct):
    work_dirs: list[_Known] = []


class _Place:
    """What a path names: <home>/sessions/<digest of the folder>/<session>/[subagents/<agent>/]wire.jsonl."""

    def __init__(self, path: str) -> None:
        parts = parts_of(path)
        depth = parts[::-1].index("sessions") if "sessions" in parts else 0
        below = parts[len(parts) - depth :] if depth else parts[-2:]
        self.client = "kimi-code" if ".kimi-code" in parts else "kimi-cli"
        self.session = below[1] if len(below) > 2 else below[0] if below else ""  # noqa: PLR2004
        is_nested = len(below) > 3  # noqa: PLR2004 -- a group, a session, a sub-agent, a file
        self.agent = None if not is_nested or below[-2] in {"main", "agents"} else text(below[-2])
        home = Path(path).parents[depth] if depth else None
        self.setting = _Setting() if home is None else _setting(home)
        self.project = None
        if home is not None and len(below) > 2:  # noqa: PLR2004
            self.project = _folder(home, below[0]) or _work_dir(home / "sessions" / below[0] / below[1])


def claims(path: str, head: bytes) -> bool:
    """Say whether a file is one of Kimi's."""
    is_wire = parts_of(path)[-1:] == ("wire.jsonl",)
    return is_wire or (b'"StatusUpdate"' in head and b'"token_usage"' in head)


def _key(session: str, message: str | None, line: bytes) -> str:
    """Return a call's name: a message's id in its session, else the record itself, which a fork copies as it is."""
    return key(NAME, session, message) if message else f"{NAME}:line:{digest(line.strip())}"


def _status_of(message: _Message) -> _Payload | None:
    """Return what a status update tells, also one that stands in a sub-agent's event; None for another message."""
    if message.type not in {_STATUS, _SUBAGENT}:
        return None
    try:
        payload = _payload.decode(message.payload)
        if message.type == _STATUS:
            return payload
        inner = _message.decode(payload.event)
        if inner.type != _STATUS:
            return None
        status = _payload.decode(inner.payload)
    except (ValueError, RecursionError):
        raise BrokenRecordError(OTHER_SHAPE) from None
    status.subagent_type, status.agent_id = payload.subagent_type, payload.agent_id or "subagent"
    return status


def _usage_of(raw: bytes, *, is_camel: bool) -> TokenUsage | None:
    """Return the usage, with nothing in it where only a total is told; None when nothing is told."""
    if raw in _NONE:
        return None
    try:
        told = (_camel if is_camel else _counts).decode(raw)
    except (ValueError, RecursionError):
        raise BrokenRecordError(OTHER_SHAPE) from None
    usage = apart(
        count(told.input_other), count(told.input_cache_read), count(told.input_cache_creation), count(told.output)
    )
    return usage if usage.total_tokens or count(told.total) else None


def _setting(home: Path) -> _Setting:
    """Return what the configuration says about models; nothing when there is none that can be read."""
    import tomllib

    try:
        if data := neighbour(home / "config.toml"):
            return msgspec.convert(tomllib.loads(data.decode()), _Setting)
        if data := neighbour(home / "config.json"):
            return msgspec.json.decode(data, type=_Setting)
    except (ValueError, RecursionError):
        pass
    return _Setting()


def _folder(home: Path, group: str) -> str | None:
    """Return the folder whose digest names a group of sessions, where the client's list has it."""
    try:
        known = msgspec.json.decode(neighbour(home / "kimi.json") or b"{}", type=_Places)
    except (ValueError, RecursionError):
        return None
    for item in known.work_dirs:
        path = item.path or ""
        if hashlib.md5(path.encode("utf-8", "replace"), usedforsecurity=False).hexdigest() == group:
            return project(path)
    return None


def _work_dir(session: Path) -> str | None:
    """Return the folder that a session's state names."""
    try:
        return project(msgspec.json.decode(neighbour(session / "state.json") or b"{}", type=_State).work_dir)
    except (ValueError, RecursionError):
        return None
