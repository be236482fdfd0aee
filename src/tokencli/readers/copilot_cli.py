"""GitHub Copilot's command line: the events of each session.

While a session runs, its messages tell their output alone; when it shuts down it tells what each model has used since
it was started or resumed. What the totals have beyond the messages is one more call of each model, so that a session
adds up to its own totals, and one that was cut off has at least its output.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import ClassVar, Final

import msgspec

from tokencli.domain.providers import provider_of_model
from tokencli.domain.usage import Basis, TokenUsage
from tokencli.readers.agent_fields import (
    NO_TIME,
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
from tokencli.readers.agent_usage import whole
from tokencli.readers.told import BrokenRecordError, Told

NAME: Final = "copilot-cli"
_EVENTS: Final = "events.jsonl"
_CWD: Final = re.compile(rb"(?m)^cwd:[ \t]*['\"]?([^'\"\r\n]+)")
_START, _CHANGE, _MESSAGE, _END = "session.start", "session.model_change", "assistant.message", "session.shutdown"


class _Context(msgspec.Struct):
    cwd: str | None = None
    model: str | None = None
    branch: str | None = None


class _Usage(msgspec.Struct, rename="camel"):
    input_tokens: Number = None
    output_tokens: Number = None
    cache_read_tokens: Number = None
    cache_write_tokens: Number = None
    reasoning_tokens: Number = None


class _Metric(msgspec.Struct):
    usage: _Usage | None = None


class _Data(msgspec.Struct, rename="camel"):
    session_id: str | None = None
    copilot_version: str | None = None
    context: _Context | None = None
    new_model: str | None = None
    message_id: str | None = None
    model: str | None = None
    output_tokens: Number = None
    model_metrics: dict[str, _Metric] | None = None


class _Line(msgspec.Struct):
    type: str | None = None
    timestamp: Moment = None
    data: _Data | None = None


class _State(msgspec.Struct, omit_defaults=True):
    """What is known of the session; `told` is the output that messages have told since the last totals."""

    session: str | None = None
    version: str | None = None
    cwd: str | None = None
    branch: str | None = None
    model: str | None = None
    ends: int = 0
    told: dict[str, int] = {}


_line = Shape(_Line, frozenset({_MESSAGE, _END}))
_state = msgspec.json.Decoder(_State)


class CopilotReader:
    """Reads one session's file."""

    name: ClassVar[str] = NAME
    needles: ClassVar[tuple[bytes, ...]] = (
        b'"outputTokens"',
        b'"session.start"',
        b'"session.model_change"',
        b'"session.shutdown"',
    )

    def __init__(self, path: str, state: str | None) -> None:
        """Begin, or go on with what is known of the session."""
        self._path = path
        self._now = _state.decode(state) if state else _State()
        *folders, file = parts_of(path) or [""]
        self._stem = folders[-1] if file == _EVENTS and folders else file.partition(".")[0]

    @property
    def state(self) -> str | None:
        """Return what is known of the session."""
        return msgspec.json.encode(self._now).decode() if self._now != _State() else None

    def read(self, line: bytes) -> list[Told]:
        """Return the output of a message, or what a session's totals have beyond its messages."""
        record = _line.decoded(line)
        data = None if record is None else record.data
        if record is None or data is None:
            return []
        if record.type == _START:
            self._begin(data)
        elif record.type == _CHANGE:
            self._now.model = _named(data.new_model) or self._now.model
        elif record.type == _MESSAGE:
            return self._message(record, data, line)
        elif record.type == _END:
            return self._rest(record, data.model_metrics or {})
        return []

    def _begin(self, data: _Data) -> None:
        now, context = self._now, data.context or _Context()
        now.session, now.version = text(data.session_id), text(data.copilot_version)
        now.cwd, now.branch = project(context.cwd), text(context.branch)
        now.model = _named(context.model) or now.model

    def _message(self, record: _Line, data: _Data, line: bytes) -> list[Told]:
        output = count(data.output_tokens)
        if not output:
            return []
        model = _named(data.model) or self._now.model
        told = self._told(record, data.message_id or digest(line.strip()), model, TokenUsage(output_tokens=output))
        self._now.told[model or ""] = self._now.told.get(model or "", 0) + output
        return [msgspec.structs.replace(told, basis=Basis.PARTIAL, is_growing=True)]

    def _rest(self, record: _Line, metrics: dict[str, _Metric]) -> list[Told]:
        """Return what the totals have beyond the messages; a shutdown without totals leaves all to the next one."""
        now, found = self._now, list[Told]()
        names = {_named(name) or "" for name in metrics}
        spare = sum(output for name, output in now.told.items() if name not in names)
        for name, metric in metrics.items():
            used, model = metric.usage or _Usage(), _named(name)
            left = max(0, count(used.output_tokens) - now.told.get(model or "", 0))
            output, spare = max(0, left - spare), max(0, spare - left)
            usage = whole(
                count(used.input_tokens), count(used.cache_read_tokens), count(used.cache_write_tokens), output
            )
            if usage.total_tokens:
                found.append(self._told(record, f"totals:{now.ends}:{name}", model, usage))
        if metrics:
            now.ends, now.told = now.ends + 1, {}
        return found

    def _told(self, record: _Line, name: str, model: str | None, usage: TokenUsage) -> Told:
        at = moment(record.timestamp) or changed_at(self._path)
        if at is None:
            raise BrokenRecordError(NO_TIME)
        session = self._now.session or self._stem
        return Told(
            key=key(NAME, session, name),
            at=at,
            usage=usage,
            provider_name=provider_of_model(model or ""),
            response_model=model,
            conversation_id=text(session),
            client=NAME,
            client_version=self._now.version,
            project=self._now.cwd or self._folder(),
            branch=self._now.branch,
        )

    def _folder(self) -> str | None:
        found = _CWD.search(neighbour(Path(self._path).with_name("workspace.yaml"))) if self._path else None
        return project(found[1].decode("utf-8", "replace").strip()) if found else None


def claims(path: str, head: bytes) -> bool:
    """Say whether a file has the events of a session."""
    is_his = any(f'"{kind}"'.encode() in head for kind in (_START, _MESSAGE, _CHANGE))
    return is_his and b'"data"' in head and not path.endswith(".json")


def _named(model: str | None) -> str | None:
    """Return a model without who made it: openai/gpt-5.4 is gpt-5.4."""
    return text((model or "").rpartition("/")[2])
